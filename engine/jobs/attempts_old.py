"""Empties what was sent and answered in old attempts; that they were made, and how they ended, stays."""

from datetime import timedelta

from engine.actions.retention import do_empty_attempts

EVERY = timedelta(hours=6)
run = do_empty_attempts
