"""Closes conversations that have been idle for as long as their hub allows."""

from datetime import timedelta

from engine.actions.dormant import do_close_dormant

EVERY = timedelta(hours=1)
run = do_close_dormant
