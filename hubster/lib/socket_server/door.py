"""Where WebSockets begin: HTTP connections that become one, or ask for the state of the process, or are sent away."""

import asyncio
from typing import Any

import h11
from django.conf import settings
from uvicorn.protocols.http.h11_impl import H11Protocol

from hubster.lib.request_target import BadTarget, origin_form

STATUS_PAGES = ("/healthz", "/readyz", "/metrics")
_ELSEWHERE = b"This process serves WebSockets. Let your proxy pass all other requests to one that serves HTTP.\n"
_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Door(H11Protocol):
    """A connection on which a request must come within the deadline."""

    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The time runs."""
        super().connection_made(transport)
        self.deadline = self.loop.call_later(settings.HUBSTER_REQUEST_DEADLINE, self._late)

    def data_received(self, data: bytes) -> None:
        """Read on; with its head a request has come in time, as no body is read."""
        super().data_received(data)
        if self.cycle is not None:
            self._in_time()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """It becomes a WebSocket. A whole address as the target is understood, and its host counts."""
        self._in_time()
        try:
            target, host = origin_form(event.method, event.target)
        except BadTarget:
            self.send_400_response("The request line must name a path, or a whole http address.")
            return
        if host is not None:
            self.headers = [(b"host", host), *(pair for pair in self.headers if pair[0] != b"host")]
        super().handle_websocket_upgrade(h11.Request(method=event.method, headers=self.headers, target=target))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self._in_time()
        super().connection_lost(exc)

    def _in_time(self) -> None:
        if self.deadline:
            self.deadline.cancel()
            self.deadline = None

    def _late(self) -> None:
        self.deadline = None
        self.transport.write(_LATE)
        self.transport.close()


def sockets_only(application: Any) -> Any:
    """The application for WebSockets and for pages about the process; each HTTP answer ends its connection."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def send_closing(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
            await send(message)

        if scope["type"] == "websocket":
            await application(scope, receive, send)
        elif scope["path"] in STATUS_PAGES and scope["method"] in ("GET", "HEAD"):
            await application(scope, _without_body(receive), send_closing)
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8"),
                       (b"content-length", str(len(_ELSEWHERE)).encode())]  # fmt: skip
            await send_closing({"type": "http.response.start", "status": 421, "headers": headers})
            await send({"type": "http.response.body", "body": _ELSEWHERE})

    return wrapped


def _without_body(receive: Any) -> Any:
    """Receives an empty body at once; after it nothing until the client is gone, as the application expects."""
    begun = False

    async def receive_end() -> dict[str, Any]:
        nonlocal begun
        if not begun:
            begun = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] != "http.disconnect":
            pass
        return dict(message)

    return receive_end
