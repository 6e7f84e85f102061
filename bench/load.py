"""A light HTTP client: kept connections, requests made beforehand, so that the load takes little of our two cores."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Answered = Callable[[int, float], None]  # (number of the request, seconds that it took)


def post(base: str, path: str, body: Any, **headers: str) -> bytes:
    """A whole POST request with JSON."""
    content = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", f"Host: {urlsplit(base).netloc}", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""]).encode() + content


class Line(asyncio.Protocol):
    """One connection with one request at a time."""

    def __init__(self) -> None:
        self.buffer = b""
        self.answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember what to write to."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Gather until the answer is whole."""
        self.buffer += data
        if self.answer and not self.answer.done() and is_whole(self.buffer):
            self.answer.set_result(self.buffer)
            self.buffer = b""

    def connection_lost(self, fault: Exception | None) -> None:
        """Nobody waits for ever."""
        if self.answer and not self.answer.done():
            self.answer.set_exception(fault or ConnectionError("The server closed the connection."))

    async def call(self, request: bytes) -> bytes:
        """The raw answer; raises for any status but 200."""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)  # type: ignore[attr-defined]
        answer = await self.answer
        assert answer.startswith(b"HTTP/1.1 200"), answer[:2000].decode("utf-8", "replace")
        return answer


def is_whole(data: bytes) -> bool:
    """True once an answer, with a length or in chunks, has arrived."""
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    place = head.lower().find(b"content-length:")
    if place < 0:
        return body.endswith(b"0\r\n\r\n")
    return len(body) >= int(head[place + 15 :].split(b"\r\n", 1)[0])


async def lines(base: str, count: int) -> list[Line]:
    """Connections to a server."""
    place, loop = urlsplit(base), asyncio.get_running_loop()
    made = [await loop.create_connection(Line, place.hostname, place.port) for _ in range(count)]
    return [line for _, line in made]


@dataclass
class Load:
    """Result of a load."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers."""
        return len(self.latencies) / self.seconds


async def closed(base: str, requests: Iterable[bytes], connections: int, seconds: float = 0.0) -> Load:
    """Each connection sends its next request as soon as it has its answer: for so long, or all there are."""
    load, source, open_lines = Load(), iter(requests), await lines(base, connections)
    began = time.perf_counter()

    async def work(line: Line) -> None:
        for request in source:
            start = time.perf_counter()
            await line.call(request)
            load.latencies.append(time.perf_counter() - start)
            if seconds and time.perf_counter() - began >= seconds:
                return

    await asyncio.gather(*(work(line) for line in open_lines))
    load.seconds = time.perf_counter() - began
    for line in open_lines:
        line.transport.close()
    return load


async def paced(
    base: str, requests: list[bytes], rate: float, connections: int, sending: Callable[[int], None]
) -> Load:
    """Requests at fixed moments, whatever became of those before; `sending(number)` is called at each moment."""
    load, loop = Load(), asyncio.get_running_loop()
    idle: asyncio.Queue[Line] = asyncio.Queue()
    open_lines = await lines(base, connections)
    for line in open_lines:
        idle.put_nowait(line)
    began = loop.time() + 0.05

    async def send(number: int) -> None:
        start = time.perf_counter()
        sending(number)
        line = await idle.get()
        await line.call(requests[number])
        idle.put_nowait(line)
        load.latencies.append(time.perf_counter() - start)

    tasks = []
    for number in range(len(requests)):
        await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
        tasks.append(asyncio.create_task(send(number)))
    await asyncio.gather(*tasks)
    load.seconds = loop.time() - began
    for line in open_lines:
        line.transport.close()
    return load
