"""The life of a socket: what it takes while it is open is given back at its end, whatever ended it."""

import asyncio
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from hubster.lib.metrics import SOCKETS


class Socket(AsyncWebsocketConsumer):  # type: ignore[misc]
    """A consumer with one task of its own, the pump, and a count of those that are open."""

    channel_layer_alias = ""  # none: the switchboard listens for all, and a socket opens without Redis
    protocol: str  # as metrics name it
    pump: asyncio.Task[None] | None = None
    counted = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Until the client goes, the server ends us, or a fault does: no goodbye is read after the last two."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.release()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Not by way of a thread, as Channels does: the database is not used out here."""
        await getattr(self, get_handler_name(message))(message)

    def count(self) -> None:
        """It is open now."""
        SOCKETS.labels(self.protocol).inc()
        self.counted = True

    def release(self) -> None:
        """Everything that was taken; more than once is harmless."""
        if self.pump:
            self.pump.cancel()
        if self.counted:
            self.counted = False
            SOCKETS.labels(self.protocol).dec()

    async def disconnect(self, code: int) -> None:
        """The client has gone."""
        raise StopConsumer
