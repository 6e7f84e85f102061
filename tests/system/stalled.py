"""A client of a socket that stops reading: what is sent to it fills the connection."""

import base64
import json
import os
import socket
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

REST, TEXT, CLOSE, PING = 0, 1, 8, 9  # opcodes of frames
PLAIN, HUB = "/api/v1/events", "/engine-chat-hub"


class Stalled:
    """Opens a socket and reads nothing but the handshake until it is told to."""

    def __init__(self, base: str, token: str, integration: str, leid: int = 0, path: str = PLAIN) -> None:
        place, self.path = urlsplit(base), path
        self.link = socket.socket()
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.link.settimeout(20)
        self.link.connect((place.hostname or "", place.port or 80))
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path}?iId={integration}&leid={leid} HTTP/1.1", f"Host: {place.netloc}",
                 "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
                 f"Authorization: Bearer {token}", "", ""]  # fmt: skip
        self.link.sendall("\r\n".join(lines).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.link.recv(1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def read_on(self) -> tuple[list[dict[str, Any]], int | None]:
        """Everything until the end: the activities, and the close code if one came."""
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        data = b""
        with suppress(ConnectionResetError):
            while more := self.link.recv(1 << 20):
                data += more
        frames, _ = _frames(data)
        self.heard = b"".join(payload for opcode, payload in frames if opcode == TEXT)
        codes = [int.from_bytes(payload[:2], "big") for opcode, payload in frames if opcode == CLOSE]
        return _activities(frames) if self.path == PLAIN else [], codes[0] if codes else None

    def push(self, data: bytes) -> int:
        """As many bytes as the server and the kernels between take at once, of what is to be said; how many that is."""
        self.link.setblocking(False)
        taken = 0
        with suppress(BlockingIOError):
            while taken < len(data):
                taken += self.link.send(data[taken:])
        self.link.settimeout(20)
        return taken

    def take(self, count: int, pause: float) -> list[dict[str, Any]]:
        """The first `count` activities, read in small bits with a pause after each."""
        said: list[dict[str, Any]] = []
        rest = b""
        while len(said) < count:
            data = self.link.recv(1 << 16)
            assert data, f"closed after {len(said)} activities"
            frames, rest = _frames(rest + data)
            said += _activities(frames)
            time.sleep(pause)
        return said

    def close(self) -> None:
        """Leave."""
        self.link.close()

    def __enter__(self) -> "Stalled":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def framed(opcode: int, payload: bytes, end: bool = True) -> bytes:
    """A client's frame, with a mask that changes nothing; `end`: the message is complete with it."""
    length, mask = len(payload), bytes(4)
    size = bytes([128 | length]) if length < 126 else bytes([128 | 126]) + length.to_bytes(2, "big")
    return bytes([128 * end | opcode]) + size + mask + payload


Frame = tuple[int, bytes]  # (opcode, payload)


def _activities(frames: list[Frame]) -> list[dict[str, Any]]:
    return [json.loads(payload) for opcode, payload in frames if opcode == TEXT]


def _frames(data: bytes) -> tuple[list[Frame], bytes]:
    """Every whole frame, and what is left; servers do not mask."""
    found, at = [], 0
    while at + 2 <= len(data):
        length, start = data[at + 1], at + 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length, start = int.from_bytes(data[start : start + size], "big"), start + size
        if start + length > len(data):
            break
        found.append((data[at] & 15, data[start : start + length]))
        at = start + length
    return found, data[at:]
