"""Websites as people write them, kept in the form in which browsers name them in the `Origin` header (RFC 6454)."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna

from hubster.lib.payloads import PayloadError

APP_SCHEMES = (
    "capacitor",
    "ionic",
    "tauri",
)  # apps in a shell have an origin of their own, such as capacitor://localhost
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

_SITE = re.compile(
    r"(?:(?:(?P<scheme>[a-z][a-z0-9+.-]*):)?//)?(?P<host>\[[^\]]*\]|[^/?#:]*)(?::(?P<port>[^/?#]*))?(?:[/?#].*)?",
    re.I | re.S,
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_USUAL_PORTS = {"https": "443", "http": "80"}  # browsers leave them out
_EXAMPLE = "give a domain such as shop.example.com, or an origin such as https://shop.example.com."


def site_of(written: str) -> str:
    """A bare domain or a full origin, from a domain, an address or a whole URL; raises ValueError in words.

    Only a domain without scheme and port stays bare, because a bare domain stands for more than one origin.
    """
    text = written.strip().strip("\"'<>,;").strip()
    if "*" in text:
        raise _fault("wildcards are not supported; give each domain by its full name.")
    if _is_ipv6(text):
        return f"[{IPv6Address(text)}]"
    found = _SITE.fullmatch(text)
    if not found or "@" in text.split("//")[-1].split("/")[0]:
        raise _fault(_EXAMPLE)
    scheme, host = (found["scheme"] or "").lower(), _host(found["host"])
    port = _port(found["port"])
    if not scheme and not port:
        return _with_dot(host)
    scheme = scheme or _scheme_of(host, port)
    if scheme not in (*_USUAL_PORTS, *APP_SCHEMES):
        raise _fault(f"“{scheme}” is not the start of a website's address; {_EXAMPLE}")
    usual = port == _USUAL_PORTS.get(scheme)
    return f"{scheme}://{host}{f':{port}' if port and not usual else ''}"


def origin_allowed(origin: str, allowed: list[str]) -> bool:
    """True if an `Origin` header is one of the allowed ones, compared exactly: scheme, host and port.

    A bare domain means that host over https on the default port; one of this machine means any port, http too.
    """
    match = re.fullmatch(r"(?P<scheme>https?)://(?P<host>[^/:\[\]]+|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?", origin)
    host = match["host"] if match and not match["port"] and match["scheme"] == "https" else None
    if match and match["host"] in LOOPBACK:
        host = match["host"]
    return any(entry == origin if "://" in entry else entry == host for entry in allowed)


def _host(written: str) -> str:
    """A host as browsers write it: lower case, in ASCII, an IPv6 address in brackets and in its short form."""
    if written.startswith("["):
        if not _is_ipv6(written[1:-1]):
            raise _fault(f"“{written}” is not an IPv6 address.")
        return f"[{IPv6Address(written[1:-1])}]"
    host = _ascii(written).removesuffix(".")
    labels = host.split(".")
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) and len(label) < 64 for label in labels):
        raise _fault(_EXAMPLE)
    if labels[-1].isdigit():
        try:
            IPv4Address(host)
        except AddressValueError:
            raise _fault(f"“{host}” is not an IPv4 address.") from None
    return host


def _ascii(host: str) -> str:
    """Letters of any alphabet in the form that stands in the header, by the mapping that browsers use."""
    try:
        mapped = idna.uts46_remap(host, std3_rules=False, transitional=False)
    except (idna.IDNAError, ValueError):
        raise _fault(f"“{host}” is not the name of a website.") from None
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in mapped.split(".")
    )


def _port(written: str | None) -> str:
    """The number without zeros before it; empty without one."""
    if not written:
        return ""
    if not re.fullmatch("[0-9]{1,5}", written):
        raise _fault(_EXAMPLE)
    if not 0 < int(written) < 65536:
        raise _fault("the port must be from 1 to 65535.")
    return str(int(written))


def _with_dot(host: str) -> str:
    """A bare word is a slip, unless it is this machine."""
    if "." not in host and host not in LOOPBACK and not host.startswith("["):
        raise _fault(f"“{host}” is not a whole domain; {_EXAMPLE}")
    return host


def _scheme_of(host: str, port: str) -> str:
    """For a host and port without a scheme: what people mean by it."""
    return "http" if host in LOOPBACK or port == "80" else "https"


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return "%" not in text


def _fault(words: str) -> PayloadError:
    return PayloadError("format", words)
