"""The ASGI application: HTTP by Django, sockets by Channels."""

import os
from typing import Any

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")
django.setup(set_prefix=False)  # before anything that needs the applications to be loaded

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from engine.sockets.routing import websocket_urlpatterns  # noqa: E402


class _Receive:
    """Receives messages of a request whose body the server passes on as a file."""

    def __init__(self, receive: Any, body: Any) -> None:
        self._receive = receive
        self.body = body

    async def __call__(self) -> Any:
        """The next message."""
        return await self._receive()


class OneThreadHandler(ASGIHandler):
    """Handles a whole request in one thread, middleware and view together.

    Left alone, Django would hop between thread and event loop at each middleware that is not async. A thread that
    waits for the loop in the middle of a request waits for ever once the loop has ended, and the process with it.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, then delete its body."""
        body = scope.get("state", {}).get("body")
        try:
            await super().__call__(scope, _Receive(receive, body), send)
        finally:
            if body is not None:
                body.close()

    async def read_body(self, receive: Any) -> Any:
        """The body as the server holds it, not copied once more; a server that is not ours sends it in pieces."""
        if receive.body is None or receive.body.closed:
            return await super().read_body(receive)
        (await super().read_body(receive)).close()
        return receive.body

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002
        """The synchronous chain."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: Any) -> Any:
        """One hop there, one back."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


http = OneThreadHandler()
application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
