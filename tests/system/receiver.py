"""A webhook receiver on 127.0.0.1 that answers by script and remembers every request."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.services import wait_until


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    status: int

    @property
    def id(self) -> str:
        """The webhook id."""
        return self.headers["webhook-id"]

    @property
    def payload(self) -> dict[str, Any]:
        """The body's JSON."""
        return dict(json.loads(self.body))

    @property
    def text(self) -> str:
        """What the one activity in it says."""
        payload = self.payload
        activity = payload["activity"] if "activity" in payload else payload["activities"][0]
        return str(activity.get("message", {}).get("text", ""))


class Receiver:
    """`answer(path, text)` gives the status; an event in `hang` holds every answer to paths under /hang back."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answer: Callable[[str, str], int] = lambda path, text: 200
        self.release = threading.Event()
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            """Hands each POST to the receiver."""

            def do_POST(self) -> None:
                """Read, remember, answer."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.take(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            """Takes a burst of connections, and is silent about callers that died."""

            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_: object) -> None:
                """A caller was killed in the middle, as planned."""

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Remember a request at its arrival and decide the answer."""
        call = Call(path, headers, body, 0)
        with self.lock:
            status = self.answer(path, call.text)
            self.calls.append(Call(path, headers, body, status))
        if path.startswith("/hang"):
            self.release.wait(60)
        return status

    def url(self, path: str = "/") -> str:
        """Where to send."""
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def of(self, path: str = "/") -> list[Call]:
        """The requests to one path so far."""
        with self.lock:
            return [call for call in self.calls if call.path == path]

    def wait(self, count: int, path: str = "/", seconds: float = 120) -> list[Call]:
        """The requests to a path once there are `count`."""
        wait_until(f"{count} calls at {path}", lambda: len(self.of(path)) >= count, seconds)
        return self.of(path)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A running receiver."""
    made = Receiver()
    try:
        yield made
    finally:
        made.release.set()
        made.server.shutdown()
        made.server.server_close()
