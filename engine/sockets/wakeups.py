"""Sends wake-ups to the sockets of all processes: "this conversation has something new for these ends"."""

import asyncio
import logging
import threading
import uuid
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from engine.sockets.switchboard import publish, switchboard

log = logging.getLogger("engine.sockets")
_lock = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []


def announce(hub_id: uuid.UUID, conversation_id: uuid.UUID, ends: list[uuid.UUID], event_id: int) -> None:
    """After the present commit, wake the sockets concerned. A lost wake-up is made up for by the sockets' own tick."""
    wakeup = {
        "hub": str(hub_id),
        "conversation": str(conversation_id),
        "ends": [str(end) for end in ends],
        "event": event_id,
    }
    transaction.on_commit(lambda: _send(wakeup), robust=True)


def _send(wakeup: dict[str, Any]) -> None:
    if settings.EMBEDDED:
        switchboard.dispatch_from_thread(wakeup)
        return
    future = asyncio.run_coroutine_threadsafe(publish(get_channel_layer(), wakeup), _loop())
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
