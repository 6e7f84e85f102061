"""Sockets as clients hold them: the plain one, and SignalR spoken by hand."""

import json
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

END = "\x1e"


class Listener:
    """A plain socket (`/api/v1/events`)."""

    path = "/api/v1/events"

    def __init__(
        self, base: str, token: str, integration: str, conversation: str = "", leid: int | None = None
    ) -> None:
        query = {"iId": integration, "cId": conversation, "leid": "" if leid is None else str(leid)}
        given = urlencode({name: value for name, value in query.items() if value})
        url = f"{base.replace('http', 'ws', 1)}{self.path}?{given}"
        headers = {"Authorization": f"Bearer {token}"}
        self.link: ClientConnection = connect(
            url, additional_headers=headers, proxy=None, open_timeout=20, close_timeout=2, max_queue=None
        )
        self.waiting: list[dict[str, Any]] = []
        self.begin()

    def begin(self) -> None:
        """Nothing to say first."""

    def frames(self, text: str) -> list[dict[str, Any]]:
        """What a frame says."""
        return [json.loads(text)]

    def next(self, seconds: float = 60) -> dict[str, Any]:
        """The next activity."""
        end = time.monotonic() + seconds
        while not self.waiting:
            self.waiting += self.frames(str(self.link.recv(max(0.0, end - time.monotonic()))))
        return self.waiting.pop(0)

    def take(self, count: int, seconds: float = 60) -> list[dict[str, Any]]:
        """The next `count` activities."""
        return [self.next(seconds) for _ in range(count)]

    def silent(self, seconds: float = 0.7) -> bool:
        """Whether nothing more comes; only after what was to come has come."""
        try:
            self.next(seconds)
        except TimeoutError:
            return True
        return False

    def end(self, seconds: float = 60) -> tuple[list[Any], int | None]:
        """Everything the server says until it closes, and the close code."""
        said: list[Any] = list(self.waiting)
        try:
            while True:
                said += self.frames(str(self.link.recv(seconds)))
        except ConnectionClosed as closed:
            return said, closed.rcvd.code if closed.rcvd else None

    def cut(self) -> None:
        """Break the connection without a word, as a lost network does."""
        self.link.socket.close()

    def close(self) -> None:
        """Leave politely."""
        with suppress(Exception):
            self.link.close()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SignalR(Listener):
    """`/engine-chat-hub`, JSON protocol version 1."""

    path = "/engine-chat-hub"

    def begin(self) -> None:
        """The handshake. Its answer is empty, or says why there will be no more."""
        self.link.send('{"protocol":"json","version":1}' + END)
        answer = json.loads(str(self.link.recv(60)).removesuffix(END))
        self.waiting += [answer] if answer else []

    def frames(self, text: str) -> list[dict[str, Any]]:
        """Activities of invocations; a close record as it is; pings are left out."""
        records = [json.loads(record) for record in text.split(END) if record]
        return [
            record["arguments"][0] if record["type"] == 1 else record for record in records if record["type"] in (1, 7)
        ]
