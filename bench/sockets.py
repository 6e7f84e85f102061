"""Clients of sockets: one that notes when each message arrives, and a crowd that only counts.

The crowd speaks the protocol by hand, for a thousand sockets in Python must cost less than the servers that we measure.
"""

import asyncio
import base64
import os
import re
import select
import socket
import struct
import time
from contextlib import suppress
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect

_NUMBER = re.compile(r"#(\d+)#")
PONG, PING, CLOSE = 10, 9, 8
WHOLE_TEXT = 0x81


class Ear:
    """An asyncio client that notes the moment at which each numbered message arrives."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.headers = url, {"Authorization": f"Bearer {token}"}
        self.heard: dict[int, float] = {}
        self.link: ClientConnection | None = None
        self.task: asyncio.Task[None] | None = None

    async def _listen(self) -> None:
        assert self.link
        async for text in self.link:
            found = _NUMBER.search(str(text))
            if found:
                self.heard.setdefault(int(found[1]), time.perf_counter())

    async def wait(self, count: int, seconds: float) -> None:
        """Until so many have arrived."""
        end = time.perf_counter() + seconds
        while len(self.heard) < count:
            assert time.perf_counter() < end, f"{len(self.heard)} of {count} messages arrived in {seconds:g} s"
            await asyncio.sleep(0.02)

    async def __aenter__(self) -> "Ear":
        self.link = await connect(
            self.url, additional_headers=self.headers, proxy=None, open_timeout=20, max_queue=None, compression=None
        )
        self.task = asyncio.create_task(self._listen())
        await asyncio.sleep(0.3)  # a product may begin to listen just after it has answered
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.link and self.task
        self.task.cancel()
        await self.link.close()


class Crowd:
    """Many sockets of one address; `collect` counts the texts that arrive, and answers pings."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}  # by file descriptor
        self.rest: dict[int, bytes] = {}  # the begin of a frame

    def __len__(self) -> int:
        return len(self.sockets)

    def grow(self, count: int, at_once: int = 50) -> None:
        """Open sockets until there are so many."""
        while len(self) < count:
            fresh = [self._begin() for _ in range(min(at_once, count - len(self)))]
            for link in fresh:
                self._finish(link)
            self.collect(0, 0)

    def _begin(self) -> socket.socket:
        place = urlsplit(self.url)
        link = socket.create_connection((place.hostname or "", place.port or 80), 60)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {place.path}?{place.query} HTTP/1.1", f"Host: {place.netloc}", "Upgrade: websocket",
                 "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
                 f"Authorization: Bearer {self.token}", "", ""]  # fmt: skip
        link.sendall("\r\n".join(lines).encode())
        return link

    def _finish(self, link: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += link.recv(4096)
        head, _, rest = data.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head.decode()
        link.setblocking(False)
        self.sockets[link.fileno()] = link
        self.rest[link.fileno()] = rest
        self.poll.register(link, select.EPOLLIN)

    def collect(self, count: int, seconds: float) -> list[float]:
        """The moments at which so many texts arrived; fewer after so many seconds without any."""
        moments: list[float] = []
        last = time.perf_counter()
        while len(moments) < count or not count:
            ready = self.poll.poll(min(0.5, seconds))
            for number, _ in ready:
                texts = self._read(number)
                last = time.perf_counter()
                moments += [last] * texts
            if not ready and (not count or time.perf_counter() - last > seconds):
                break
        return moments

    def stay(self, seconds: float) -> None:
        """Keep the sockets alive for so long, whatever arrives."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            for number, _ in self.poll.poll(min(1.0, left)):
                self._read(number)

    def _read(self, number: int) -> int:
        link = self.sockets[number]
        data = link.recv(65_536)
        assert data, "The server closed a socket."
        if self.rest[number]:
            data = self.rest[number] + data
        elif data[0] == WHOLE_TEXT and len(data) == frame_size(data):  # the usual case, which must be quick
            return 1
        texts = 0
        while (size := frame_size(data)) and len(data) >= size:
            texts += self._frame(link, data[0] & 15, data[:size])
            data = data[size:]
        self.rest[number] = data
        return texts

    def _frame(self, link: socket.socket, kind: int, frame: bytes) -> int:
        assert kind != CLOSE, f"The server closed a socket: {frame[4:].decode('utf-8', 'replace')}"
        if kind == PING:
            body = frame[2:]
            link.sendall(bytes([128 | PONG, 128 | len(body)]) + b"\0\0\0\0" + body)
        return int(kind == 1)

    def close(self) -> None:
        """End all at once."""
        for link in self.sockets.values():
            with suppress(OSError):
                link.close()
        self.poll.close()


def frame_size(data: bytes) -> int:
    """Bytes of the unmasked frame that begins here; 0 if its head has not arrived."""
    if len(data) < 2:
        return 0
    short = data[1] & 127
    if short < 126:
        return 2 + short
    head, form = (4, ">H") if short == 126 else (10, ">Q")
    return head + int(struct.unpack(form, data[2:head])[0]) if len(data) >= head else 0
