"""Django's SMTP back end with one deadline for the whole of a mail: its time-out is for each read only."""

import io
import smtplib
import socket
import time
from typing import TYPE_CHECKING, Any

from django.core.mail.backends import smtp

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

DEADLINE = 10.0  # seconds from connecting to the end


class _Reader(io.RawIOBase):
    """Reads what a server sends, until the deadline."""

    def __init__(self, sock: socket.socket, most: float, ends: float) -> None:
        self._sock, self._most, self._ends = sock, most, ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """The next octets. Raises TimeoutError."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the mail server did not finish in time")
        self._sock.settimeout(min(left, self._most))  # for what is sent next, too
        return self._sock.recv_into(buffer)


class _Hurried(smtplib.SMTP):
    """A connection that ends in time, also when the server drips its answers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.ends = time.monotonic() + DEADLINE
        super().__init__(*args, **kwargs)

    def getreply(self) -> tuple[int, bytes]:
        """Every answer is read here. smtplib drops its reader when the connection becomes an encrypted one."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Reader(self.sock, self.timeout, self.ends))
        return super().getreply()


class _HurriedSSL(_Hurried, smtplib.SMTP_SSL):
    """A connection with a deadline, encrypted from the start."""


class EmailBackend(smtp.EmailBackend):
    """Sends by connections with a deadline."""

    @property
    def connection_class(self) -> type[_Hurried]:
        return _HurriedSSL if self.use_ssl else _Hurried
