"""The only door to the network: `send` for each outgoing HTTP call, `check_url` for each URL a user saves.

The receiver's URL is a stranger's. So each call goes to a public address that was checked before it was
connected to, ends at its deadline as a whole, follows no redirect and reads no more than its cap.
"""

import asyncio
import errno
import os
import re
import ssl
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import aiohttp
from yarl import URL

from hubster.lib.http_address import Target, check_target, parse_url
from hubster.lib.http_body import BrokenBody, read_capped
from hubster.lib.http_policy import (
    DEFAULT_POLICY,
    ConnectFailure,
    DeadlineExceeded,
    DnsFailure,
    InvalidUrl,
    NetworkError,
    Policy,
    ProtocolFailure,
    RefusedAddress,
    Resolver,
    TlsFailure,
    TooLarge,
)
from hubster.lib.http_wire import Call, call_of_task, new_session

__all__ = [
    "Answer",
    "ConnectFailure",
    "DeadlineExceeded",
    "DnsFailure",
    "InvalidUrl",
    "NetworkError",
    "Outgoing",
    "Policy",
    "ProtocolFailure",
    "RefusedAddress",
    "Resolver",
    "TlsFailure",
    "TooLarge",
    "asend",
    "check_url",
    "close",
    "redacted",
    "send",
]

USER_AGENT = "Hubster"
_READ_SIZE = 16 * 1024
# Ours to set: how the request is framed, where it goes, and that the answer should come uncompressed.
_OWN_HEADERS = {
    *("accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection"),
    *("te", "trailer", "transfer-encoding", "upgrade"),
}
_SECRET_HEADER = re.compile(r"auth|cookie|signature|token|secret|password|api-?key", re.IGNORECASE)
MASK = "***"

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
_KEPT_TRIED = 2  # connections that turn out to be closed before a new one is made for certain
_LOWEST_STATUS = 100
_Sessions = dict[tuple[Policy, bool], aiohttp.ClientSession]  # by policy, and whether connections are kept
_sessions: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Sessions]" = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request. The body goes out exactly as given; headers that frame it or name the host are set here.

    Only the method shows in the repr; the rest may hold secrets. One that is not `repeatable` does twice what is asked
    for twice, so nobody may make it again who does not know that it did not arrive.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, whatever its status; a redirect is a response like any other.

    Header names are lower-case. `body` is unpacked and cut at the policy's cap (`truncated` says so);
    `milliseconds` is the whole call, `address` the one that was connected to.
    """

    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    truncated: bool
    milliseconds: int
    address: str


async def asend(request: Outgoing, policy: Policy = DEFAULT_POLICY) -> Answer:
    """Send one request and read its answer. Raises a subclass of NetworkError and nothing else.

    Connections are kept for the next call of this event loop; `close` ends them.
    """
    target = parse_url(request.url)
    check_target(target, policy)
    headers = _checked_headers(request)
    started = time.monotonic()
    call_of_task.set(Call())
    try:
        async with asyncio.timeout(policy.deadline):
            found = await _exchange(request, target, headers, policy)
    except TimeoutError:
        fault = DeadlineExceeded(f"{target.place} did not answer in full within {policy.deadline:g} seconds.")
        fault.may_have_arrived = call_of_task.get().sent
        raise fault from None
    except (aiohttp.ClientError, BrokenBody, OSError, ValueError, AssertionError) as fault:
        # The cause is left out on purpose: its text holds the whole URL.
        raise _named(fault, target) from None
    return replace(found, milliseconds=round((time.monotonic() - started) * 1000))


def send(request: Outgoing, policy: Policy = DEFAULT_POLICY) -> Answer:
    """`asend` for callers that may wait: the thread of a request, or of a job. Not where an event loop runs."""

    async def once() -> Answer:
        try:
            return await asend(request, policy)
        finally:
            await close()

    return asyncio.run(once())


async def close() -> None:
    """End all connections of the running event loop."""
    for session in _sessions.pop(asyncio.get_running_loop(), {}).values():
        await session.close()


def check_url(url: str, policy: Policy = DEFAULT_POLICY) -> None:
    """Refuse a URL at the moment it is saved. Raises InvalidUrl or RefusedAddress; looks no name up."""
    check_target(parse_url(url), policy)


def redacted(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers for a log: credentials, cookies and signatures are masked, names stay."""
    return {name: MASK if _SECRET_HEADER.search(name) else value for name, value in headers.items()}


def _checked_headers(request: Outgoing) -> dict[str, str]:
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN_HEADERS}
    if not any(name.lower() == "user-agent" for name in headers):
        headers["User-Agent"] = USER_AGENT
    good = all(_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value) for name, value in headers.items())
    if not good or not re.fullmatch("[A-Z]+", request.method):
        raise ProtocolFailure("The request has a method or a header that HTTP does not allow.")
    return {**headers, "Accept-Encoding": "identity"}


def _session(policy: Policy, keep: bool) -> aiohttp.ClientSession:
    mine = _sessions.setdefault(asyncio.get_running_loop(), {})
    if (policy, keep) not in mine:
        mine[policy, keep] = new_session(policy, keep)
    return mine[policy, keep]


async def _exchange(request: Outgoing, target: Target, headers: Mapping[str, str], policy: Policy) -> Answer:
    """The call itself. A kept connection that the receiver has just closed is no failure: another one is taken.

    Nobody knows whether it took the request before. So one that is not repeatable has a connection of its own.
    """
    url, session, body = URL(target.url, encoded=True), _session(policy, request.repeatable), _payload(request)
    for tried in range(_KEPT_TRIED + 1):
        call = Call()
        call_of_task.set(call)
        try:
            found = session.request(request.method, url, data=body, headers=headers, allow_redirects=False)
            async with found as response:
                return await _read(response, call, policy)
        except (aiohttp.ClientError, BrokenBody) as fault:
            if call.socket and call.socket.flooded:
                raise TooLarge(f"{target.place} sent a response that is too large.") from None
            lost = isinstance(fault, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError)
            stale = call.kept and lost and not call.answered
            if not stale or tried == _KEPT_TRIED:
                raise
    raise AssertionError


def _payload(request: Outgoing) -> aiohttp.BytesPayload | None:
    """The body as it is: the library would first look for somebody who knows how to send it."""
    return aiohttp.BytesPayload(request.body) if request.body else None


async def _read(response: aiohttp.ClientResponse, call: Call, policy: Policy) -> Answer:
    if response.status < _LOWEST_STATUS:
        raise BrokenBody
    chunks = response.content.iter_chunked(_READ_SIZE)
    body, truncated = await read_capped(chunks, response.headers.get("Content-Encoding", ""), policy.max_body)
    if truncated:
        response.close()
    headers: dict[str, str] = {}
    for name, value in ((name.lower(), _printable(value)) for name, value in response.headers.items()):
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Answer(response.status, headers, body, truncated, 0, call.address)


def _named(fault: Exception, target: Target) -> NetworkError:
    """The failure in the words of this door."""
    if isinstance(fault, aiohttp.ClientConnectorCertificateError):
        return TlsFailure(f"No secure connection to {target.place}: {_tls_reason(fault.certificate_error)}.")
    if isinstance(fault, aiohttp.ClientConnectorSSLError):
        return TlsFailure(f"No secure connection to {target.place}: {_tls_reason(fault.os_error)}.")
    if isinstance(fault, aiohttp.ClientConnectorError):
        number = fault.os_error.errno
        if target.scheme == "https" and number in (None, errno.ECONNRESET, errno.EPIPE):
            return TlsFailure(f"No secure connection to {target.place}: it closed the connection.")
        reason = os.strerror(number).lower() if number else "no answer"
        return ConnectFailure(f"{target.place} did not accept a connection ({reason}).")
    return ProtocolFailure(f"{target.place} closed the connection or sent an invalid HTTP response.")


def _tls_reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message.rstrip('.')})"
    if isinstance(error, ssl.SSLError) and error.reason:
        return f"the handshake failed ({error.reason.replace('_', ' ').lower()})"
    return "it closed the connection"


def _printable(value: str) -> str:
    return "".join(character if character.isprintable() else " " for character in value)
