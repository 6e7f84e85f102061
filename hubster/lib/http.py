"""The only door to the network: `send` for each outgoing HTTP call, `check_url` for each URL a user saves.

The receiver's URL is a stranger's. So each call goes to a public address that was checked before it was
connected to, ends at its deadline as a whole, follows no redirect and reads no more than its cap.
"""

import logging
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException

import requests
from urllib3.exceptions import HTTPError

from hubster.lib.http_address import check_target, parse_url
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
from hubster.lib.http_wire import PinnedAdapter, Route

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
    "check_url",
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

# These loggers print whole URLs, and a URL's path or query may be a secret.
for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request. The body goes out exactly as given; headers that frame it or name the host are set here.

    Only the method shows in the repr; the rest may hold secrets.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


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


def send(request: Outgoing, policy: Policy = DEFAULT_POLICY) -> Answer:
    """Send one request and read its answer. Raises a subclass of NetworkError and nothing else."""
    target = parse_url(request.url)
    check_target(target, policy)
    prepared = _prepared(request, target.url)
    route = Route(target, policy)
    try:
        with closing(PinnedAdapter(route)) as adapter, adapter.send(prepared, stream=True) as response:
            body, truncated = _capped_body(response, policy.max_body)
    except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError):
        # The cause is left out on purpose: its text holds the whole URL.
        raise ProtocolFailure(f"{target.place} closed the connection or sent an invalid HTTP response.") from None
    headers = {name.lower(): _printable(value) for name, value in response.headers.items()}
    return Answer(response.status_code, headers, body, truncated, route.meter.milliseconds, route.address)


def check_url(url: str, policy: Policy = DEFAULT_POLICY) -> None:
    """Refuse a URL at the moment it is saved. Raises InvalidUrl or RefusedAddress; looks no name up."""
    check_target(parse_url(url), policy)


def redacted(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers for a log: credentials, cookies and signatures are masked, names stay."""
    return {name: MASK if _SECRET_HEADER.search(name) else value for name, value in headers.items()}


def _prepared(request: Outgoing, url: str) -> requests.PreparedRequest:
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN_HEADERS}
    if not any(name.lower() == "user-agent" for name in headers):
        headers["User-Agent"] = USER_AGENT
    headers |= {"Accept-Encoding": "identity", "Connection": "close"}
    try:
        for value in headers.values():
            value.encode("latin-1")
        if not re.fullmatch("[A-Z]+", request.method):
            raise ValueError(request.method)
        return requests.Request(request.method, url, headers, data=request.body).prepare()
    except ValueError:
        raise ProtocolFailure("The request has a method or a header that HTTP does not allow.") from None


def _capped_body(response: requests.Response, limit: int) -> tuple[bytes, bool]:
    """At most `limit` octets of the unpacked body, and whether there were more."""
    body = bytearray()
    for chunk in response.iter_content(_READ_SIZE):
        body += chunk
        if len(body) > limit:
            break
    return bytes(body[:limit]), len(body) > limit


def _printable(value: str) -> str:
    return "".join(character if character.isprintable() else " " for character in value)
