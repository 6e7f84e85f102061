"""Answers one request: calls the application and sends what it says. Runs in a thread."""

import logging
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any

from hubster.lib.http_server.incoming import Incoming

log = logging.getLogger("hubster.serve")
Headers = list[tuple[str, str]]
Application = Callable[..., Iterable[bytes]]
Send = Callable[[bytes], None]
_FAILED = ("500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")])
_date = [0, ""]  # the second, and its text


class Answer:
    """The answer to one request, on its way to the client."""

    def __init__(self, request: Incoming, send: Send, last: bool) -> None:
        """`last`: the connection ends with it, whatever the client wants."""
        self.request, self.send = request, send
        self.closes = last or not request.keeps_open
        self.status, self.headers = _FAILED
        self.begun = False

    def start(self, status: str, headers: Headers, exc_info: Any = None) -> Send:
        """`start_response` of PEP 3333, without the write function that nobody uses."""
        self.status, self.headers = status, headers
        return _refuse_to_write

    def give(self, application: Application, environ: dict[str, Any]) -> None:
        """Ask the application, send its answer. A fault in the middle of an answer ends the connection."""
        try:
            found = application(environ, self.start)
            try:
                self._send(found)
            finally:
                close = getattr(found, "close", None)
                if close:
                    close()
        except Exception:
            log.exception("the application failed")
            self.closes = True
            if not self.begun:
                self.status, self.headers = _FAILED
                self._send_whole(b"Internal Server Error")

    def _send(self, found: Iterable[bytes]) -> None:
        if getattr(found, "streaming", True):
            self._send_pieces(found)
        else:
            self._send_whole(b"".join(found))

    @property
    def _has_no_body(self) -> bool:
        return self.request.method == "HEAD" or self.status[:3] in ("204", "304")

    def _send_whole(self, body: bytes) -> None:
        length = "" if self.status[:3] in ("204", "304") else f"Content-Length: {len(body)}\r\n"
        head = self._head(length)
        self.begun = True
        self.send(head if self._has_no_body else head + body)

    def _send_pieces(self, found: Iterable[bytes]) -> None:
        told = any(name.lower() == "content-length" for name, _ in self.headers)
        chunked = not told and self.request.version == "1.1"
        self.closes = self.closes or not (told or chunked)
        self.begun = True
        self.send(self._head("Transfer-Encoding: chunked\r\n" if chunked else "", keep_length=True))
        if self._has_no_body:
            return
        for piece in found:
            if piece:
                self.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.send(b"0\r\n\r\n")

    def _head(self, more: str, keep_length: bool = False) -> bytes:
        lines = "".join(
            f"{name}: {value}\r\n" for name, value in self.headers if keep_length or name.lower() != "content-length"
        )
        kept = "Connection: close\r\n" if self.closes else ""
        if not self.closes and self.request.version == "1.0":
            kept = "Connection: keep-alive\r\n"
        text = f"HTTP/1.1 {self.status}\r\nServer: hubster\r\nDate: {date()}\r\n{lines}{more}{kept}\r\n"
        return text.encode("latin-1")


def date() -> str:
    """The present time for the header."""
    now = int(time.time())
    if _date[0] != now:
        _date[:] = [now, formatdate(now, usegmt=True)]
    return str(_date[1])


def _refuse_to_write(_: bytes) -> None:
    raise NotImplementedError("Answers are returned, not written.")
