"""Deletes login sessions that have expired."""

from datetime import timedelta

from engine.actions.retention import do_delete_expired_sessions

EVERY = timedelta(hours=1)
run = do_delete_expired_sessions
