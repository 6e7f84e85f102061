"""Work done at once, by whoever asks, without a loop."""

from typing import Any

from asgiref.sync import async_to_sync

from engine.wake import shutting_down
from engine.work.claim import claim
from engine.work.kind import Kind


def work_now(kind: Kind, key: Any) -> int:
    """Work on one row for as long as it is due and nobody holds it; the number of times something was stored."""
    rounds = 0
    while not shutting_down.is_set() and (held := claim(kind, only=key)):
        items = list(kind.load(held))
        for item in items:
            async_to_sync(item.work)()
        kind.commit(items)
        rounds += 1
    return rounds
