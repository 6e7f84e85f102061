"""Job: handback of idle conversations."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions import rules
from engine.actions.handover import HANDBACK
from engine.actions.moves import do_hand_over_all

PURPOSE = _("Returns idle conversations to the bot.")
EVERY = timedelta(minutes=1)


def run() -> Iterator[int]:
    """One after the other; yields how many."""
    yield from do_hand_over_all(rules.silent(), HANDBACK, "silence")
