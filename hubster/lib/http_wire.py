"""Connections of the network door: opened to checked addresses only, kept for a while, metered from first to last.

aiohttp has what is needed for that: a resolver and a factory of sockets of one's own. What a name leads to is checked
when it was looked up, and once more in the moment that the socket is made, so that no way around the look-up exists.
"""

import asyncio
import errno
import socket
import ssl
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection

from hubster.lib.http_address import as_address, check_addresses
from hubster.lib.http_policy import DnsFailure, Policy

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

KEPT_IDLE = 15  # seconds that an unused connection is kept: less than most receivers keep theirs
NAMES_KEPT = 10  # seconds that the addresses of a name are believed
# How many addresses of one name are tried; a name with hundreds must not make us knock on hundreds of doors.
_TRIED_ADDRESSES = 4
# Octets a receiver may send besides the body: status line, headers, interim answers.
_HEADER_ALLOWANCE = 128 * 1024
# A body sent in chunks of one octet takes six on the wire.
_FRAMING_FACTOR = 8
# Octets at most with which TLS says that a connection ends.
_FAREWELL = 85
_LONGEST_LINE = 64 * 1024  # octets of one header
_MOST_HEADERS = 256


class MeteredSocket(socket.socket):
    """A socket that receives only so many octets for one call: floods cost neither memory nor time."""

    allowance = 0
    left = 0

    @property
    def flooded(self) -> bool:
        """True if more came than one call may bring."""
        return self.left < 0

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Receive what is there. Raises OSError where that is more than a call may bring."""
        data = super().recv(bufsize, flags)
        self._count(len(data))
        return data

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        """The way in which TLS receives."""
        octets = super().recv_into(buffer, nbytes, flags)
        self._count(octets)
        return octets

    def _count(self, octets: int) -> None:
        self.left -= octets
        if self.flooded:
            raise OSError(errno.EMSGSIZE, "more than one call may bring")


_sockets: "weakref.WeakValueDictionary[int, MeteredSocket]" = weakref.WeakValueDictionary()


@dataclass
class Call:
    """The connection of one call. It is `kept` when an earlier call opened it; `sent`: the request is on its way."""

    kept: bool = False
    sent: bool = False
    address: str = ""
    socket: MeteredSocket | None = None
    secure: bool = False

    @property
    def answered(self) -> bool:
        """True if anything has come back, be it the beginning of an answer only."""
        received = self.socket.allowance - self.socket.left if self.socket else 0
        return received > (_FAREWELL if self.secure else 0)


call_of_task: ContextVar[Call] = ContextVar("call_of_task")


class _Response(aiohttp.ClientResponse):
    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the head; from here on the octets of this call count."""
        call = call_of_task.get()
        if transport := connection.transport:
            call.address = str(transport.get_extra_info("peername", ("",))[0])
            call.secure = transport.get_extra_info("sslcontext") is not None
            call.socket = _sockets.get(transport.get_extra_info("socket").fileno())
        if call.socket:
            call.socket.left = call.socket.allowance
        return await super().start(connection)


class _Resolver(AbstractResolver):
    """Looks names up and checks every address that they lead to."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All addresses of a name, at most as many as are tried. Raises DnsFailure, RefusedAddress."""
        try:
            addresses = [as_address(text) for text in dict.fromkeys(await _look_up(self.policy, host, port))]
        except (OSError, ValueError, RuntimeError):  # the last one when the system has no more threads
            addresses = []
        if not addresses:
            raise DnsFailure(f"The name {host} could not be looked up.")
        check_addresses(host, addresses, self.policy)
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses[:_TRIED_ADDRESSES]
        ]

    async def close(self) -> None:
        """Nothing is kept."""


async def _look_up(policy: Policy, host: str, port: int) -> Sequence[str]:
    """In a thread of its own, because the system's resolver cannot be interrupted.

    A pool's threads would all be taken by the first dead name servers. This one outlives the call by the resolver's own
    time-out at most.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Sequence[str]] = loop.create_future()

    def settle(found: "Sequence[str] | Exception") -> None:
        if future.done():
            return
        if isinstance(found, Exception):
            future.set_exception(found)
        else:
            future.set_result(found)

    def work() -> None:
        found: Sequence[str] | Exception
        try:
            found = list(policy.resolver(host, port))
        except Exception as fault:
            found = fault
        with suppress(RuntimeError):  # the event loop has ended
            loop.call_soon_threadsafe(settle, found)

    threading.Thread(target=work, name="hubster-dns", daemon=True).start()
    return await future


def _make_socket(policy: Policy, info: "tuple[Any, Any, int, str, tuple[Any, ...]]") -> socket.socket:
    """A socket for one address, which is checked once more."""
    family, kind, protocol, _name, address = info
    check_addresses(str(address[0]), [as_address(str(address[0]))], policy)
    made = MeteredSocket(family, kind, protocol)
    made.setblocking(False)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.allowance = _HEADER_ALLOWANCE + _FRAMING_FACTOR * policy.max_body
    made.left = made.allowance
    _sockets[made.fileno()] = made
    return made


@lru_cache(maxsize=8)
def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """The TLS settings for one set of authorities. Kept, because reading the public ones takes long."""
    context = ssl.create_default_context(cafile=ca_file or certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


async def _note_kept(*_: Any) -> None:
    call_of_task.get().kept = True


async def _note_sent(*_: Any) -> None:
    call_of_task.get().sent = True


def new_session(policy: Policy, keep: bool) -> aiohttp.ClientSession:
    """Connections under a policy, for the running event loop: no cookies, no proxies, no passwords from files.

    With `keep`, an unused connection waits for the next call for a while.

    How many there may be is not limited here: whoever calls is, and hanging calls must not use up the places of others.
    """
    connector = aiohttp.TCPConnector(
        ssl=tls_context(policy.ca_file),
        limit=0,
        **({"keepalive_timeout": KEPT_IDLE} if keep else {"force_close": True}),
        ttl_dns_cache=NAMES_KEPT,
        resolver=_Resolver(policy),
        socket_factory=partial(_make_socket, policy),
    )
    noting = aiohttp.TraceConfig()
    noting.on_connection_reuseconn.append(_note_kept)
    noting.on_request_headers_sent.append(_note_sent)
    return aiohttp.ClientSession(
        connector=connector,
        trace_configs=[noting],
        response_class=_Response,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),
        auto_decompress=False,
        trust_env=False,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
        max_headers=_MOST_HEADERS,
        read_bufsize=16 * 1024,
        skip_auto_headers=("Accept", "Content-Type", "User-Agent"),
    )
