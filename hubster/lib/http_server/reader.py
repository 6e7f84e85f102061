"""Reads requests from what a client sends, within the limits of size. The parser is Node's, which is strict."""

import logging
from collections import deque
from collections.abc import Callable

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from hubster.lib.body_limits import NO_TARGET, Refusal, body_for, limit_of, too_large
from hubster.lib.http_server.incoming import Incoming

log = logging.getLogger("hubster.serve")
LONGEST_HEAD = 65_536  # bytes
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
BAD = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_NO_SOCKETS = Refusal(
    421, "202", "This process answers HTTP only. Let your proxy pass WebSockets to a process that serves them."
)


class Reader:
    """Makes requests of bytes. The methods that begin with `on_` are called by the parser."""

    def __init__(self, peer: str, send: Callable[[bytes], None]) -> None:
        self.peer, self.send = peer, send
        self.parser = HttpRequestParser(self)
        self.request: Incoming | None = None  # that arrives now
        self.whole: deque[Incoming] = deque()  # arrived or refused, and not handed on
        self.done = False  # nothing that comes is wanted any more
        self._head = 0  # bytes of a head that is not whole

    @property
    def knows_head(self) -> bool:
        """A request arrives, and its head has come whole."""
        return self.request is not None and self.request.limit is not None

    def feed(self, data: bytes) -> bytes | None:
        """Read on. Returns the answer to what is no request at all."""
        if not self.knows_head:
            self._head += len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            self.done = True  # we go on as if nothing else had been asked for
        except HttpParserError as fault:
            log.debug("a request that is none", exc_info=fault)
            self.done = True
            return None if self.whole else BAD
        return LONG if self._head > LONGEST_HEAD and not self.whole else None

    def on_message_begin(self) -> None:
        """A request begins."""
        self.request = None if self.done else Incoming()

    def on_url(self, data: bytes) -> None:
        """A piece of the target."""
        if self.request:
            self.request.target += data

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        if self.request:
            self.request.add_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is here: refuse what is too large, make room for the rest."""
        request, parser = self.request, self.parser
        if request is None:
            return
        self._head = 0
        request.method, request.version = parser.get_method().decode("latin-1"), parser.get_http_version()
        request.limit = limit_of(request.path)
        if request.length != 0:
            request.body = body_for(request.network(self.peer), request.path, request.length)
            too_much = (request.length or 0) > request.limit
            self.refuse(too_large(request.limit) if too_much else request.body.add(b""))
            if request.asks_to_go_on and not request.refusal:
                self.send(CONTINUE)
        if request.wants_socket and parser.should_upgrade():
            self.refuse(_NO_SOCKETS)

    def on_body(self, data: bytes) -> None:
        """A piece of the body; kept while there is room."""
        request = self.request
        if request and request.body and request.limit:
            over = request.body.received + len(data) > request.limit
            self.refuse(too_large(request.limit) if over else request.body.add(data))

    def on_message_complete(self) -> None:
        """All of a request is here."""
        if self.request:
            self.request.keeps_open = self.parser.should_keep_alive()
            self._complete()

    def refuse(self, refusal: Refusal | None) -> None:
        """Take no more of it, unless there is no reason to."""
        if refusal is None or self.request is None:
            return
        self.request.refusal = refusal
        self.done = True
        self._complete()

    def _complete(self) -> None:
        assert self.request
        request, self.request = self.request, None
        if not request.has_good_target():
            request.refusal = request.refusal or NO_TARGET
            self.done = True
        if request.body and request.refusal:
            request.body.close()
        elif request.body:
            request.body.seek(0)
        self.whole.append(request)

    def close(self) -> None:
        """Forget what has not come whole."""
        if self.request and self.request.body:
            self.request.body.close()
