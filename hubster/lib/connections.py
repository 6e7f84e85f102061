"""HTTP connections that nobody can hold for long: limits on bodies, deadlines, and an end that clients understand.

The server under us keeps a whole body before it hands it on, and waits for it as long as a byte a minute comes. It also
reads forms, for the sake of handlers that we do not have, in the one thread that serves everybody.

A request that is refused still goes to the application, without its body: only that knows the shape of the answer, and
the headers that let a page of another origin read it. What the client goes on sending is read and thrown away for a
while. A connection that is closed on top of unread bytes is reset, and the client never sees the answer.
"""

from collections import OrderedDict
from io import BytesIO
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from twisted.web.http import HTTPChannel

from hubster.lib.body_limits import (
    LINGER,
    LINGER_QUIET,
    MOST_QUIET,
    NO_TARGET,
    HeldBody,
    Refusal,
    earned,
    limit_of,
    takes_files,
    too_large,
)
from hubster.lib.middleware import client_address, network_of
from hubster.lib.request_target import BadTarget, origin_form

_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class LimitedRequest(WebRequest):  # type: ignore[misc]
    """A request whose body is limited in size and time."""

    body: HeldBody | None = None
    limit: int | None = None  # None: the head has not come whole
    refusal: Refusal | None = None
    handed_on = False
    _counted = 0  # bytes of the body that have earned their time

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "parsePOSTFormSubmission": False})

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """The head is here. `length` is None where the client does not say it."""
        self.content = BytesIO()
        self.limit = limit_of(self.channel.target)
        if length == 0:
            return
        forwarded = self.requestHeaders.getRawHeaders(b"x-forwarded-for") or []
        address = client_address(str(self.client.host), b",".join(forwarded).decode("latin-1"))
        self.body = HeldBody(network_of(address), takes_files(self.channel.target))
        self.refuse(too_large(self.limit) if length and length > self.limit else self.body.add(b""))

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Keep a piece, while there is room."""
        if self.refusal is None and self.body is not None and self.limit is not None:
            over = self.body.received + len(data) > self.limit
            self.refuse(too_large(self.limit) if over else self.body.add(data))

    def refuse(self, refusal: Refusal | None) -> None:
        """Take no more of it, unless there is no reason to."""
        if refusal is None:
            return
        self.refusal = refusal
        if self.body is not None:
            self.body.close()
        self.channel.persistent = 0
        self.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        self.requestHeaders.removeHeader(b"Expect")

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """It goes to the application, whole or refused."""
        if self.handed_on:
            return
        self.handed_on = True
        try:
            path, host = origin_form(command, path)
        except BadTarget:
            self.refuse(NO_TARGET)
            path, host = b"/", None
        if host is not None:
            self.requestHeaders.setRawHeaders(b"host", [host])
        if self.body is not None and self.refusal is None:
            self.body.seek(0)
        super().requestReceived(command, path, version)
        if self.transport is None and self.body is not None:  # it has become a websocket
            self.body.close()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        """The client is gone. From when the application has it, the body is the application's to close."""
        if self.body is not None and not self.handed_on:
            self.body.close()
        super().connectionLost(reason)

    def earned(self) -> tuple[float, Refusal]:
        """(seconds that the bytes since the last look are worth, the answer when it is not one)."""
        found = earned(self.body, self.channel.target, self._counted)
        self._counted = self.body.received if self.body else 0
        return found


class LimitedChannel(HTTPChannel):  # type: ignore[misc]
    """A connection with a deadline for each request, that is quiet only as long as there is room for it."""

    _deadline: Any = None
    _draining = False
    _lingering: Any = None

    @property
    def target(self) -> str:
        """The target of the request line; '' once the whole request has arrived."""
        return str(getattr(self, "_path", b"").decode("latin-1"))

    def connectionMade(self) -> None:  # noqa: N802
        """Quiet, until a request comes."""
        super().connectionMade()
        self.factory.quiet_began(self)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Read on, or throw away."""
        if self._draining:
            self.resetTimeout()
            return
        if self._deadline is None and not self._handlingRequest:
            self._set_deadline(settings.HUBSTER_REQUEST_DEADLINE)
        super().dataReceived(data)
        request = self.requests[-1] if self.requests else None
        if request is not None and request.refusal is not None:
            self._hand_on(request)

    def _set_deadline(self, seconds: float | None) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.callLater(seconds, self._late)

    def _hand_on(self, request: LimitedRequest) -> None:
        self._draining = True
        if not request.handed_on:
            self.allContentReceived()

    def _late(self) -> None:
        self._deadline = None
        request = self.requests[-1] if self.requests else None
        if request is None or request.limit is None:
            self._end_with(_LATE)
            return
        more, refusal = request.earned()
        if more >= 1:
            self._set_deadline(more)
            return
        request.refuse(refusal)
        self._hand_on(request)

    def _end_with(self, answer: bytes) -> None:
        """There is no request to hand on: its head has not come whole."""
        self._draining = True
        self.transport.write(answer)
        self.loseConnection()

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802, ARG002
        """The target, or a header, is longer than a head may be."""
        self._end_with(_LONG)

    def headerReceived(self, line: bytes) -> bool:  # noqa: N802
        """Keep a header; a length of thousands of digits is no number for Python."""
        try:
            return bool(super().headerReceived(line))
        except ValueError:
            return bool(self._failChooseTransferDecoder())

    def allHeadersReceived(self) -> None:  # noqa: N802
        """No longer quiet."""
        self.factory.quiet_ended(self)
        super().allHeadersReceived()

    def allContentReceived(self) -> None:  # noqa: N802
        """The request is here, or as much of it as we want."""
        self._set_deadline(None)
        super().allContentReceived()

    def requestDone(self, request: Any) -> None:  # noqa: N802
        """Answered: quiet again."""
        if self.persistent:
            self.factory.quiet_began(self)
        super().requestDone(request)

    def loseConnection(self) -> None:  # noqa: N802
        """Close; after a refusal only our side, and the other once the client has stopped."""
        if not self._draining:
            super().loseConnection()
        elif self._lingering is None:
            self._networkProducer.unregisterProducer()
            self.transport.loseWriteConnection()
            self.transport.resumeProducing()
            self._lingering = self.callLater(LINGER, self.transport.abortConnection)
            self.setTimeout(LINGER_QUIET)

    def timeoutConnection(self) -> None:  # noqa: N802
        """Nothing has come for too long."""
        if self._lingering is not None:
            self.transport.abortConnection()
        else:
            super().timeoutConnection()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        """It is closed."""
        self.factory.quiet_ended(self)
        self._set_deadline(None)
        if self._lingering is not None and self._lingering.active():
            self._lingering.cancel()
        super().connectionLost(reason)


class LimitedFactory(HTTPFactory):  # type: ignore[misc]
    """Makes connections that are limited, and knows which are quiet, the longest first."""

    protocol = LimitedChannel

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.timeOut = settings.HUBSTER_KEEP_ALIVE
        self.quiet: OrderedDict[LimitedChannel, None] = OrderedDict()

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        """Daphne's own, with our request."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = LimitedRequest
        return protocol

    def quiet_began(self, channel: LimitedChannel) -> None:
        """Nothing is under way on it; there may be too many of them now."""
        self.quiet[channel] = None
        if len(self.quiet) > MOST_QUIET:
            longest, _ = self.quiet.popitem(last=False)
            longest.transport.abortConnection()

    def quiet_ended(self, channel: LimitedChannel) -> None:
        """A request came, or the connection is closed."""
        self.quiet.pop(channel, None)
