"""Deletes the answers that were kept for repeats with an `Idempotency-Key`, when their day is over."""

from collections.abc import Iterator
from datetime import timedelta

from portal.once import do_forget_old_answers

EVERY = timedelta(minutes=10)


def run() -> Iterator[int]:
    """One statement."""
    yield do_forget_old_answers()
