"""Job: handover from bots that are paused or keep failing."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions import rules
from engine.actions.handover import HANDOVER
from engine.actions.moves import do_hand_over_all

PURPOSE = _("Hands customers to agents when the bot is paused or keeps failing.")
EVERY = timedelta(seconds=10)


def run() -> Iterator[int]:
    """One after the other; yields how many."""
    yield from do_hand_over_all(rules.let_down(), HANDOVER, "failures")
