"""Announces to the sockets of all processes: "this conversation has something new for these integrations"."""

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

log = logging.getLogger("engine.work")
GROUP = "hubster.wake-ups"
ANSWER = 5.0  # seconds that Redis is given
Announcement = dict[str, Any]
_lock = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []
_listeners: list[Callable[[Announcement], None]] = []


def listen_here(listener: Callable[[Announcement], None]) -> None:
    """Have a function told of what is announced in this process, where one process is all; from any thread."""
    _listeners[:] = [listener]


def announce(hub_id: uuid.UUID, conversation_id: uuid.UUID, ends: list[uuid.UUID], event_id: int) -> None:
    """After the present commit, wake the sockets concerned. A lost wake-up is made up for by the sockets' own tick."""
    announcement = {
        "hub": str(hub_id),
        "conversation": str(conversation_id),
        "ends": [str(end) for end in ends],
        "event": event_id,
    }
    transaction.on_commit(lambda: _send(announcement), robust=True)


async def publish(layer: Any, announcement: Announcement | None) -> None:
    """To all processes; None only shows that the way is open. Raises what Redis does, and TimeoutError."""
    async with asyncio.timeout(ANSWER):
        await layer.group_send(GROUP, {"type": "wake-up", "wake-up": announcement})


def _send(announcement: Announcement) -> None:
    if settings.EMBEDDED:
        for listener in _listeners:
            listener(announcement)
        return
    future = asyncio.run_coroutine_threadsafe(publish(get_channel_layer(), announcement), _loop())
    future.add_done_callback(_report)


def _report(future: Any) -> None:
    fault = None if future.cancelled() else future.exception()
    if fault:
        log.warning("wake-up to sockets lost", extra={"fault": type(fault).__name__})


def _loop() -> asyncio.AbstractEventLoop:
    """A living loop in a thread of its own: a new loop and connection per wake-up would cost 30 times as much."""
    with _lock:
        if not _loops:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="wake-ups", daemon=True).start()
            _loops.append(loop)
        return _loops[0]
