"""Deletes signing keys whose hand-over period has passed."""

from datetime import timedelta

from engine.actions.retention import do_delete_expired_keys

EVERY = timedelta(hours=1)
run = do_delete_expired_keys
