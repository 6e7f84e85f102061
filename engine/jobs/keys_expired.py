"""Deletes signing keys that have expired."""

from datetime import timedelta

from engine.actions.retention import do_delete_expired_keys

EVERY = timedelta(hours=1)
run = do_delete_expired_keys
