"""How much a client may send before the application sees any of it.

The server under us keeps a whole body before it hands it on, and then all of it at once: without a limit here one
request could fill the memory, whatever the application refuses. It also reads forms, for the sake of handlers that we
do not have, and in the one thread that serves everybody: a form of many small fields would hold up all for a minute.
"""

from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings

ROOM = 8_388_608  # bytes above the largest upload, so that what is a little too large is refused in a sentence
_REFUSAL = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def most() -> int:
    """Bytes of one body."""
    return int(settings.HUBSTER_FILES_SIZE) + ROOM


class LimitedRequest(WebRequest):  # type: ignore[misc]
    """A request whose connection ends when its body is too long, whether it told its length or not."""

    received = 0
    refused = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "parsePOSTFormSubmission": False})

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """The length is known, or not."""
        super().gotLength(length)
        if length is not None and length > most():
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Keep a piece, while there is room."""
        self.received += len(data)
        if self.received > most():
            self._refuse()
        elif not self.refused:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """It has come whole; what was refused goes no further."""
        if not self.refused:
            super().requestReceived(command, path, version)

    def _refuse(self) -> None:
        if not self.refused:
            self.refused = True
            self.channel.transport.write(_REFUSAL)
            self.channel.loseConnection()


class LimitedFactory(HTTPFactory):  # type: ignore[misc]
    """Makes connections whose requests are limited."""

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        """Daphne's own, with our request."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = LimitedRequest
        return protocol
