"""Limits of the network door and the closed list of ways in which a call through it can fail."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

REFUSED_ADDRESS = "refused_address"
INVALID_URL = "invalid_url"
DNS = "dns"
CONNECT = "connect"
TLS = "tls"
TIMEOUT = "timeout"
PROTOCOL = "protocol"
TOO_LARGE = "too_large"

# What browsers refuse (WHATWG Fetch, "bad port"): services that can be made to act on the text of a request.
_BROWSER_BAD_PORTS = {
    *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102),
    *(103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512),
    *(513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719),
    *(1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697),
    *(10080,),
}
# Databases, caches, brokers and control ports, which browsers leave to their users.
_SERVER_PORTS = {445, 873, 1433, 1521, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5672}
_SERVER_PORTS |= {5900, 6379, 9042, 11211, 26379, 27017}
REFUSED_PORTS = frozenset(_BROWSER_BAD_PORTS | _SERVER_PORTS)

Resolver = Callable[[str, int], Sequence[str]]
"""Takes a host name and a port, gives every address as text; raises OSError when there is none."""


class NetworkError(Exception):
    """A call that brought no answer. `kind` is for programs, `text` is one sentence for people.

    `text` names at most the host and port: paths and queries of customers' URLs often hold secrets. With
    `may_have_arrived` the receiver may have got the request, and acted on it.
    """

    kind: ClassVar[str]
    may_have_arrived = False

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class RefusedAddress(NetworkError):
    """The URL leads to an address that is not on the public internet; nothing was sent."""

    kind = REFUSED_ADDRESS


class InvalidUrl(NetworkError):
    """The URL cannot be used at all; nothing was sent."""

    kind = INVALID_URL


class DnsFailure(NetworkError):
    """The host name could not be looked up; nothing was sent."""

    kind = DNS


class ConnectFailure(NetworkError):
    """No connection could be opened; nothing was sent."""

    kind = CONNECT


class TlsFailure(NetworkError):
    """The secure connection could not be set up or the certificate is not good; nothing was sent."""

    kind = TLS


class DeadlineExceeded(NetworkError):
    """The call as a whole took too long; the receiver may have got the request."""

    kind = TIMEOUT
    may_have_arrived = True


class ProtocolFailure(NetworkError):
    """The connection broke or the answer is not valid HTTP; the receiver may have got the request."""

    kind = PROTOCOL
    may_have_arrived = True


class TooLarge(NetworkError):
    """The receiver sent far more than an answer may hold, for example endless headers."""

    kind = TOO_LARGE
    may_have_arrived = True


def system_resolver(host: str, port: int) -> list[str]:
    """Every address the operating system knows for `host`, in its order of preference."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class Policy:
    """The limits of one call: its cost, and where it may go.

    `deadline` is in seconds for look-up, connection, TLS, request and answer together; `max_body` is in
    octets. `allowed_networks` are CIDRs that count as public although they are not. `ca_file` is a PEM file
    of certificate authorities that replaces the public ones. Raises ValueError for a wrong CIDR or no file.
    """

    deadline: float = 10.0
    max_body: int = 64 * 1024
    allow_loopback: bool = False
    allowed_networks: tuple[str, ...] = ()
    refused_ports: frozenset[int] = REFUSED_PORTS
    ca_file: str | None = None
    resolver: Resolver = system_resolver

    def __post_init__(self) -> None:
        for network in self.allowed_networks:
            ipaddress.ip_network(network)
        if self.ca_file is not None and not Path(self.ca_file).is_file():
            raise ValueError("The file of certificate authorities was not found.")


DEFAULT_POLICY = Policy()
