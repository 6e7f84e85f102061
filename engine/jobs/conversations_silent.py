"""Hands conversations that have been silent for as long as their hub sets back to the bot."""

from collections.abc import Iterator
from datetime import timedelta

from engine.actions import rules
from engine.actions.floor import HANDBACK
from engine.actions.receive import do_move_floor
from hubster.lib.errors import HubsterError

EVERY = timedelta(minutes=1)


def run() -> Iterator[int]:
    """One after the other; yields how many."""
    for conversation_id, still in list(rules.silent()):
        try:
            yield int(do_move_floor(conversation_id, HANDBACK, "silence", still))
        except HubsterError:  # deleted, or the bot is gone meanwhile
            yield 0
