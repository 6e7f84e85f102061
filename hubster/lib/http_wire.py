"""The connection itself: looked up once, opened to a checked address, metered from first to last.

`requests` alone cannot do this: its time-out is per read, so a server that drips bytes never meets it. The
adapter of `requests-hardened` pins too, but it looks names up without a time limit, checks and uses the
first address only and knows no allowed networks. So its list of blocked ranges is used (http_address) and the
sockets are ours.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import lru_cache
from threading import Thread
from typing import TYPE_CHECKING, Any

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from hubster.lib.http_address import Address, Target, as_address, check_addresses
from hubster.lib.http_policy import (
    ConnectFailure,
    DeadlineExceeded,
    DnsFailure,
    NetworkError,
    Policy,
    TlsFailure,
    TooLarge,
)
from hubster.lib.http_response import FinalResponse

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

# How many addresses of one name are tried; a name with hundreds must not make us knock on hundreds of doors.
_TRIED_ADDRESSES = 4
# Octets a receiver may send besides the body: status line, headers, interim answers.
_HEADER_ALLOWANCE = 128 * 1024
# A body sent in chunks of one octet takes six on the wire.
_FRAMING_FACTOR = 8


class Meter:
    """The rest of one call's time and of the octets it may receive. Messages name `place`."""

    def __init__(self, place: str, policy: Policy) -> None:
        self._place = place
        self._seconds = policy.deadline
        self._started = time.monotonic()
        self._octets = _HEADER_ALLOWANCE + _FRAMING_FACTOR * policy.max_body

    @property
    def milliseconds(self) -> int:
        """Time since the start of the call."""
        return round((time.monotonic() - self._started) * 1000)

    def left(self) -> float:
        """Seconds until the deadline, always more than 0. Raises DeadlineExceeded when there are none."""
        seconds = self._started + self._seconds - time.monotonic()
        if seconds <= 0:
            raise self.expired()
        return seconds

    def expired(self) -> DeadlineExceeded:
        """The error that says that the deadline has passed."""
        return DeadlineExceeded(f"{self._place} did not answer in full within {self._seconds:g} seconds.")

    def count(self, octets: int) -> None:
        """Take received octets off. Raises TooLarge."""
        self._octets -= octets
        if self._octets < 0:
            raise TooLarge(f"{self._place} sent a response that is too large.")

    @contextmanager
    def limits(self, sock: socket.socket) -> Iterator[None]:
        """One operation on `sock` may take the time that is left, and no longer. Raises DeadlineExceeded."""
        sock.settimeout(self.left())
        try:
            yield
        except TimeoutError:
            raise self.expired() from None


class PlainSocket(socket.socket):
    """A socket on which the two operations that an HTTP exchange uses are metered."""

    meter: Meter

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive what is there, within the remaining time."""
        with self.meter.limits(self):
            octets = super().recv_into(buffer, nbytes, flags)
        self.meter.count(octets)
        return octets

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        """Send everything, within the remaining time: a plain socket's time-out covers the whole of it."""
        with self.meter.limits(self):
            super().sendall(data, flags)


class TlsSocket(ssl.SSLSocket):
    """A metered socket over TLS, where `sendall` is a loop of `send` with a time-out each."""

    meter: Meter

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive what is there, within the remaining time."""
        with self.meter.limits(self):
            octets = super().recv_into(buffer, nbytes, flags)
        self.meter.count(octets)
        return octets

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        """Send as much as fits, within the remaining time."""
        with self.meter.limits(self):
            return super().send(data, flags)


class Route:
    """The way to one target: its checked addresses, the running meter and the trusted authorities."""

    def __init__(self, target: Target, policy: Policy) -> None:
        self.target = target
        self.meter = Meter(target.place, policy)
        self.address = ""
        self._addresses = _look_up(target, policy, self.meter)
        self._ca_file = policy.ca_file

    def dial(self) -> PlainSocket:
        """A connection to the first checked address that answers, each getting a fair share of the time."""
        addresses = self._addresses[:_TRIED_ADDRESSES]
        reason = ""
        for tried, address in enumerate(addresses):
            try:
                sock = self._connect(address, share=len(addresses) - tried)
            except OSError as error:
                reason = (error.strerror or "no answer").lower()
            else:
                self.address = str(address)
                return sock
        self.meter.left()
        raise ConnectFailure(f"{self.target.place} did not accept a connection ({reason}).")

    def secure(self, sock: PlainSocket) -> TlsSocket:
        """TLS on top of `sock`, for the host name in the URL and not for the address."""
        try:
            context = tls_context(self._ca_file)
            # OpenSSL's handshake takes the socket's time-out as the limit of the whole handshake.
            sock.settimeout(self.meter.left())
            secured = context.wrap_socket(sock, server_hostname=self.target.host)
        except TimeoutError:
            raise self.meter.expired() from None
        except OSError as error:
            raise TlsFailure(f"No secure connection to {self.target.place}: {_tls_reason(error)}.") from None
        assert isinstance(secured, TlsSocket)
        secured.meter = self.meter
        return secured

    def _connect(self, address: Address, share: int) -> PlainSocket:
        sock = PlainSocket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        sock.meter = self.meter
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(self.meter.left() / share)
            sock.connect((str(address), self.target.port))
        except (OSError, NetworkError):
            sock.close()
            raise
        return sock


class _PlainConnection(HTTPConnection):
    response_class = FinalResponse

    def __init__(self, *args: Any, route: Route, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._route = route

    def connect(self) -> None:
        self.sock = self._route.dial()


class _TlsConnection(HTTPSConnection):
    response_class = FinalResponse

    def __init__(self, *args: Any, route: Route, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._route = route

    def connect(self) -> None:
        # urllib3's own way changes settings of the context at each connection, which is not safe while
        # another thread uses the same context; ours is complete before its first use.
        self.sock = self._route.dial()
        self.sock = self._route.secure(self.sock)
        self.is_verified = True


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class PinnedAdapter(HTTPAdapter):
    """Sends one request along one route.

    It is used without a session, and so without cookies, redirects, and the environment's proxies and netrc.
    """

    def __init__(self, route: Route) -> None:
        super().__init__()
        pool = _TlsPool if route.target.scheme == "https" else _PlainPool
        self._pool = pool(route.target.host, route.target.port, maxsize=1, route=route)

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> HTTPConnectionPool:
        """The pool of the pinned route, whatever the request's URL and the environment's proxies say."""
        return self._pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing to prepare: the route's context always verifies."""

    def close(self) -> None:
        """Close the connection, also one whose answer was not read to its end."""
        self._pool.close()
        super().close()


@lru_cache(maxsize=8)
def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """The TLS settings for one set of authorities. Kept, because reading the public ones takes long."""
    context = ssl.create_default_context(cafile=ca_file or DEFAULT_CA_BUNDLE_PATH)
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = TlsSocket
    return context


def _look_up(target: Target, policy: Policy, meter: Meter) -> list[Address]:
    """All addresses of the target, each one checked. Raises DnsFailure, RefusedAddress, DeadlineExceeded."""
    if target.literal is not None:
        return [target.literal]
    try:
        answer = _resolve(target, policy).result(timeout=meter.left())
        addresses = [as_address(text) for text in dict.fromkeys(answer)]
    except TimeoutError:
        raise meter.expired() from None
    except (OSError, ValueError, RuntimeError):  # the last one when the system has no more threads
        addresses = []
    if not addresses:
        raise DnsFailure(f"The name {target.host} could not be looked up.")
    check_addresses(target.host, addresses, policy)
    return addresses


def _resolve(target: Target, policy: Policy) -> Future[list[str]]:
    """Look up in a thread of its own, because the system's resolver cannot be interrupted.

    A pool's threads would all be taken by the first dead name servers. This one outlives the call by the
    resolver's own time-out at most.
    """
    future: Future[list[str]] = Future()

    def work() -> None:
        try:
            future.set_result(list(policy.resolver(target.host, target.port)))
        except Exception as error:
            future.set_exception(error)

    Thread(target=work, name="hubster-dns", daemon=True).start()
    return future


def _tls_reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message.rstrip('.')})"
    if isinstance(error, ssl.SSLError) and error.reason:
        return f"the handshake failed ({error.reason.replace('_', ' ').lower()})"
    return "it closed the connection"
