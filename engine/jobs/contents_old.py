"""Removes the content of messages that are older than their tenant keeps them."""

from datetime import timedelta

from engine.actions.retention import do_purge_contents

EVERY = timedelta(hours=6)
run = do_purge_contents
