"""Deletes responses kept for repeated requests with an `Idempotency-Key` once they expire."""

from collections.abc import Iterator
from datetime import timedelta

from portal.once import do_forget_old_answers

EVERY = timedelta(minutes=10)


def run() -> Iterator[int]:
    """One statement."""
    yield do_forget_old_answers()
