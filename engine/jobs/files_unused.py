"""Deletes files whose message was never sent, was deleted or no longer has content."""

from datetime import timedelta

from engine.files.actions import do_remove_unused

EVERY = timedelta(hours=1)
run = do_remove_unused
