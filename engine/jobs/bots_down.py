"""Gives customers who wait for a bot that is paused, or that failed too often, to the agents."""

from collections.abc import Iterator
from datetime import timedelta

from engine.actions import rules
from engine.actions.floor import HANDOVER
from engine.actions.receive import do_move_floor
from hubster.lib.errors import HubsterError

EVERY = timedelta(seconds=10)


def run() -> Iterator[int]:
    """One after the other; yields how many."""
    for conversation_id, still in list(rules.let_down()):
        try:
            yield int(do_move_floor(conversation_id, HANDOVER, "failures", still))
        except HubsterError:  # deleted, or the agents are gone meanwhile
            yield 0
