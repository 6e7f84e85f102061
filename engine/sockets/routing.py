"""Addresses of the sockets."""

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.sessions import SessionMiddlewareStack
from django.urls import re_path

from engine.sockets.desk import DeskConsumer
from engine.sockets.plain import EventsConsumer
from engine.sockets.signalr import SignalRConsumer


class NoSocketHere(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Refuses unknown addresses without a trace in the log."""

    async def connect(self) -> None:
        """403 at the handshake."""
        await self.close()


websocket_urlpatterns = [
    re_path(r"^engine-chat-hub/?$", SignalRConsumer.as_asgi()),
    re_path(r"^api/v1/events/?$", EventsConsumer.as_asgi()),
    re_path(r"^admin/desk/events/?$", SessionMiddlewareStack(DeskConsumer.as_asgi())),
    re_path(r"^.*$", NoSocketHere.as_asgi()),
]
