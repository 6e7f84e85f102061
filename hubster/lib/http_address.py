"""Which URLs and addresses the network door accepts: every spelling of a private address is refused."""

import ipaddress
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import idna
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

from hubster.lib.http_policy import InvalidUrl, Policy, RefusedAddress

log = logging.getLogger("hubster.http")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_URL = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}

# Of IPv6 only this block is in public use, so it is the one thing allowed. Outside of it are loopback,
# unspecified, IPv4-compatible, NAT64, unique local, link-local, site-local (fec0::/10) and multicast ones.
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
# What `ipaddress` of this Python calls public and is not; the library's list comes on top of ours.
_NOT_PUBLIC: tuple[Network, ...] = (
    ipaddress.ip_network("168.63.129.16/32"),  # a cloud's control address, answered inside its machines only
    ipaddress.ip_network("192.0.0.0/24"),  # protocol assignments
    ipaddress.ip_network("2001::/23"),  # Teredo, ORCHID, benchmarks
    ipaddress.ip_network("2001:db8::/32"),  # documentation
    ipaddress.ip_network("2002::/16"),  # 6to4, which wraps any IPv4 address
    *EXTRA_BLOCKED_NET_RANGES,
)

# The pattern of RFC 3986, appendix B. Python's own splitter silently drops tabs and line ends.
_URL = re.compile(r"(?P<scheme>https?)://(?P<place>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_PLACE = re.compile(r"(?:\[(?P<ipv6>[0-9a-fA-F:.]+)\]|(?P<name>[^\[\]:@]+))(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

_LOOPBACK_NAMES = {"localhost", "ip6-localhost", "ip6-loopback"}
_LOOPBACK_ENDINGS = (".localhost", ".localdomain")
# Endings that never exist on the public internet (RFC 6762, RFC 8375, ICANN's reservation of .internal).
_LOCAL_ENDINGS = (".local", ".internal", ".home.arpa")
_LOOPBACK = (ipaddress.IPv4Address("127.0.0.1"), ipaddress.IPv6Address("::1"))


@dataclass(frozen=True)
class Target:
    """The parts of a URL. `host` is lower-case ASCII without brackets, `path` includes the query.

    `literal` is set where the host is an address and not a name.
    """

    scheme: str
    host: str
    port: int
    path: str
    literal: Address | None

    @property
    def place(self) -> str:
        """Host and port as they stand in a URL: the only parts of it that may appear in a message."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL built anew from the checked parts, so that no later parser finds another host in it."""
        return f"{self.scheme}://{self.place}{self.path}"


@lru_cache(maxsize=4_096)
def parse_url(url: str) -> Target:
    """The parts of `url`. Raises InvalidUrl, or RefusedAddress for a disguised private address."""
    if len(url) > MAX_URL:
        raise InvalidUrl(f"The URL is longer than {MAX_URL} characters.")
    if "\\" in url or any(character.isspace() or not character.isprintable() for character in url):
        raise InvalidUrl("The URL contains a space, a backslash or an invisible character.")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise InvalidUrl("The URL must start with http:// or https://.")
    if "@" in parts["place"]:
        raise InvalidUrl("The URL must not contain a user name or password.")
    place = _PLACE.fullmatch(parts["place"])
    if place is None:
        raise InvalidUrl("The URL has no valid host name.")
    host, literal = _ipv6(place["ipv6"]) if place["ipv6"] else _host(place["name"])
    scheme = parts["scheme"].lower()
    port = int(place["port"] or _DEFAULT_PORTS[scheme])
    return Target(scheme, host, port, (parts["path"] or "/") + (parts["query"] or ""), literal)


def check_target(target: Target, policy: Policy) -> None:
    """Raises InvalidUrl or RefusedAddress for a port, address or name that the policy forbids; no look-up."""
    if not 0 < target.port < 65536 or target.port in policy.refused_ports:
        raise InvalidUrl(f"Port {target.port} is not allowed in a web address.")
    if target.literal is not None:
        check_addresses(target.host, [target.literal], policy)
    elif _is_local_name(target.host, policy):
        raise RefusedAddress(f"{target.host} is a name on a private network, not on the public internet.")


def check_addresses(host: str, addresses: Iterable[Address], policy: Policy) -> None:
    """Raises RefusedAddress if even one of the addresses is not public and not allowed by the policy."""
    for address in addresses:
        if not is_allowed(address, policy):
            if host != str(address):  # where a name leads is for operators: no tenant maps a private network by it
                log.warning("a private address was refused", extra={"host": host, "leads_to": str(address)})
            raise RefusedAddress(f"{host} is not on the public internet.")


def is_allowed(address: Address, policy: Policy) -> bool:
    """True if the door may connect to this address."""
    if policy.allow_loopback and address.is_loopback:
        return True
    return is_public(address) or any(address in network for network in _networks(policy.allowed_networks))


def is_public(address: Address) -> bool:
    """True if anybody on the internet can reach this address."""
    if isinstance(address, ipaddress.IPv6Address):
        routable = address in _PUBLIC_IPV6 and address.scope_id is None
    else:
        routable = address.is_global and not address.is_multicast
    return routable and not any(address in network for network in _NOT_PUBLIC)


def as_address(text: str) -> Address:
    """The address in `text`; one mapped from IPv4 becomes the IPv4 address it means. Raises ValueError."""
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _ipv6(text: str) -> tuple[str, Address]:
    try:
        return str(ipaddress.IPv6Address(text)), as_address(text)
    except ValueError:
        raise InvalidUrl("The address in square brackets is not valid.") from None


def _host(text: str) -> tuple[str, Address | None]:
    host = _ascii(text).removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidUrl("The URL has no valid host name.")
    # The rule of browsers (WHATWG URL, "ends in a number"): such a host is an IPv4 address or nothing.
    return host, _ipv4(host, labels) if _NUMBER.fullmatch(labels[-1]) else None


def _ascii(text: str) -> str:
    """Wide digits, circled letters and the like become what they look like; other scripts become punycode."""
    try:
        host = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode().lower()
        for label in host.split("."):
            if label.startswith("xn--"):
                idna.decode(label)
    except idna.IDNAError:
        raise InvalidUrl("The URL has no valid host name.") from None
    return host


def _ipv4(host: str, labels: list[str]) -> Address:
    """The address meant by one to four decimal, octal or hexadecimal numbers, if spelled in the usual way."""
    try:
        *head, tail = (_number(label) for label in labels)
    except ValueError:
        raise InvalidUrl("The URL has no valid host name.") from None
    if len(head) > 3 or any(number > 255 for number in head) or tail >= 256 ** (4 - len(head)):
        raise InvalidUrl("The URL has no valid host name.")
    address = ipaddress.IPv4Address(tail + sum(number << 24 - 8 * place for place, number in enumerate(head)))
    if host == str(address):
        return address
    if is_public(address):
        raise InvalidUrl(f"Write the address in its usual form, {address}.")
    raise RefusedAddress(f"{host} means {address}, which is not on the public internet.")


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label.startswith("0") else 10)


def _is_local_name(host: str, policy: Policy) -> bool:
    if host in _LOOPBACK_NAMES or host.endswith(_LOOPBACK_ENDINGS):
        return not any(is_allowed(address, policy) for address in _LOOPBACK)
    return host.endswith(_LOCAL_ENDINGS) and not policy.allowed_networks


@lru_cache(maxsize=64)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)
