"""One per process: who listens to what. A wake-up from anywhere wakes those of this process whom it concerns."""

import asyncio
import logging
from collections import defaultdict
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from engine.work.announcements import ANSWER, GROUP, listen_here, publish

log = logging.getLogger("engine.sockets")
MOST = 1_000  # conversations that a listener remembers; of more it knows only that there is something
QUIET = 5.0  # seconds without a wake-up after which the subscription is tried


class Listener:
    """An ear: the keys it listens to, and what it heard since it last looked."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        self.event = asyncio.Event()
        self.heard: set[str] = set()  # ids of conversations with something new
        self.everywhere = False  # something is new, and `heard` does not say where

    def hear(self, conversation: str) -> None:
        """Something is new in a conversation."""
        self.heard.add(conversation)
        if len(self.heard) > MOST:
            self.look_everywhere()
        self.event.set()

    def look_everywhere(self) -> None:
        """Something may be new anywhere."""
        self.heard.clear()
        self.everywhere = True
        self.event.set()

    async def wait(self, seconds: float | None = None) -> set[str]:
        """The conversations heard of; none: look everywhere, or `seconds` of silence have passed."""
        try:
            async with asyncio.timeout(seconds):  # `wait_for` may lose a cancellation that comes with the event
                await self.event.wait()
        except TimeoutError:
            return set()
        self.event.clear()
        heard, self.heard = self.heard, set()
        everywhere, self.everywhere = self.everywhere, False
        return set() if everywhere else heard


class Switchboard:
    """Keys are `i:<integration>`, `i:<integration>/<conversation>` and `h:<hub>`."""

    def __init__(self) -> None:
        self.listeners: dict[str, set[Listener]] = defaultdict(set)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.subscription: asyncio.Task[None] | None = None

    def join(self, *keys: str) -> Listener:
        """Begin to listen; call it before reading the database. Must run in the process's event loop."""
        listener = Listener(list(keys))
        for key in keys:
            self.listeners[key].add(listener)
        self.loop = asyncio.get_running_loop()
        if not settings.EMBEDDED and (self.subscription is None or self.subscription.done()):
            self.subscription = asyncio.create_task(self._subscribe())
        return listener

    def leave(self, listener: Listener) -> None:
        """No longer listen."""
        for key in listener.keys:
            self.listeners[key].discard(listener)
            if not self.listeners[key]:
                del self.listeners[key]

    def rejoin(self, listener: Listener, keys: list[str]) -> Listener:
        """Listen to other keys from now on; what was heard and not yet looked at is kept."""
        self.leave(listener)
        other = self.join(*keys)
        for conversation in listener.heard:
            other.hear(conversation)
        if listener.everywhere:
            other.look_everywhere()
        return other

    def dispatch(self, wakeup: dict[str, Any]) -> None:
        """Wake those whom a wake-up concerns. Runs in the event loop."""
        conversation = wakeup["conversation"]
        ends = [f"i:{end}" for end in wakeup["ends"]]
        for key in [f"h:{wakeup['hub']}", *ends, *(f"{end}/{conversation}" for end in ends)]:
            for listener in self.listeners.get(key, ()):
                listener.hear(conversation)

    def dispatch_from_thread(self, wakeup: dict[str, Any]) -> None:
        """Dispatch from any thread of this process; nothing happens while nobody listens."""
        loop = self.loop
        if loop and not loop.is_closed():
            loop.call_soon_threadsafe(self.dispatch, wakeup)

    def _wake_all(self) -> None:
        """Make every listener look again: nobody heard what was announced before the subscription stood."""
        for listeners in self.listeners.values():
            for listener in listeners:
                listener.look_everywhere()

    async def _subscribe(self) -> None:
        """One subscription of the channel layer for the whole process, renewed when it fails or has died unnoticed."""
        layer = get_channel_layer()
        while True:
            try:
                async with asyncio.timeout(ANSWER):
                    channel = await layer.new_channel()
                    await layer.group_add(GROUP, channel)
                self._wake_all()
                await self._listen(layer, channel)
            except Exception as fault:
                log.warning("subscription lost", extra={"fault": type(fault).__name__})
                await asyncio.sleep(1)
                await _drop(layer)

    async def _listen(self, layer: Any, channel: str) -> None:
        """Dispatch what comes; raises TimeoutError when not even our own word comes back."""
        receiving, asked = asyncio.ensure_future(layer.receive(channel)), False
        try:
            while True:
                await asyncio.wait([receiving], timeout=QUIET)
                if receiving.done():
                    wakeup = receiving.result()["wake-up"]
                    receiving, asked = asyncio.ensure_future(layer.receive(channel)), False
                    if wakeup:
                        self.dispatch(wakeup)
                elif asked:
                    raise TimeoutError
                else:
                    asked = True
                    await publish(layer, None)
        finally:
            receiving.cancel()


async def _drop(layer: Any) -> None:
    """Close the layer's connections; what is wrong with them does not matter any more."""
    with suppress(Exception):
        async with asyncio.timeout(ANSWER):
            await layer.flush()


switchboard = Switchboard()
listen_here(switchboard.dispatch_from_thread)
