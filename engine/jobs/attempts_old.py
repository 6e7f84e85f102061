"""Removes requests and responses from old delivery attempts; their results stay."""

from datetime import timedelta

from engine.actions.retention import do_empty_attempts

EVERY = timedelta(hours=6)
run = do_empty_attempts
