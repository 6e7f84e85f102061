"""Slots for reading pictures: one at a time in a process, and nobody takes all the places of those who wait."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import BoundedSemaphore

from hubster.lib.concurrency import ConcurrencyLimit, Full

OF_VISITOR, OF_TENANT = 1, 2  # pictures that are read or wait for it in this process
PATIENCE = 20.0  # seconds that a picture waits for its turn
_reading = BoundedSemaphore(1)  # a large picture takes hundreds of megabytes
_limit = ConcurrencyLimit()


class Busy(Exception):
    """Other pictures come first; this one may come again. The text is a sentence for people."""


@contextmanager
def picture_slot(tenant_id: uuid.UUID, visitor: str) -> Iterator[None]:
    """The process's turn, within the shares of the visitor (empty: it is none) and of the tenant; raises `Busy`."""
    with ExitStack() as slots:
        if visitor:
            text = "Your last picture is still being processed. Send the next one when it has arrived."
            slots.enter_context(_slot(visitor, OF_VISITOR, text))
        text = f"{OF_TENANT} pictures of this tenant are being processed already. Try again in a few seconds."
        slots.enter_context(_slot(f"tenant:{tenant_id}", OF_TENANT, text))
        if not _reading.acquire(timeout=PATIENCE):
            raise Busy("Too many pictures are being processed. Try again later.")
        slots.callback(_reading.release)
        yield


@contextmanager
def _slot(name: str, most: int, text: str) -> Iterator[None]:
    with ExitStack() as slot:
        try:
            slot.enter_context(_limit.slot(name, most))
        except Full:
            raise Busy(text) from None
        yield
