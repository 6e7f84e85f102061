"""Which URLs the network door accepts; nothing here opens a connection."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubster.lib.http import InvalidUrl, NetworkError, Outgoing, Policy, RefusedAddress, check_url, send
from hubster.lib.http_address import is_public, parse_url

PRIVATE = [
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0X7F.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0/",
    "http://0.0.0.0/",
    "http://0x/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://203.0.113.9/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]:8080/",
    "http://[::]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:53aa:64c:0:0:80ff:fffe]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://１２７.０.０.１/",
    "http://①②⑦.0.0.1/",
    "http://127。0。0。1/",
    "http://localhost/",
    "http://LOCALHOST:8080/",
    "http://localhost./",
    "http://ⓛocalhost/",
    "http://www.localhost/",
    "http://localhost.localdomain/",
    "http://ip6-localhost/",
    "http://metadata.google.internal/",
    "http://printer.local/",
]
INVALID = [
    "",
    "example.com",
    "//example.com/",
    "http:example.com",
    "http:/example.com",
    "http:///example.com",
    "http://",
    "http://:80/",
    "file:///etc/passwd",
    "gopher://example.com/_x",
    "data:text/html,x",
    "ftp://example.com/",
    "javascript:alert(1)",
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://example.com@127.0.0.1/",
    "http://example.com\\@127.0.0.1/",
    "http:\\\\example.com\\",
    "http://example.com/a b",
    "http://example.com/a\\b",
    " http://example.com/",
    "http://example.com/\r\nX: y",
    "http://exam\nple.com/",
    "http://exam\tple.com/",
    "http://example.com/\x00",
    "http://exam\u00adple.com/",
    "http://example.com\u2028/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1/",
    "http://[v1.x]/",
    "http://[::1]example.com/",
    "http://127.0.0.%31/",
    "http://%6c%6fcalhost/",
    "http://xn--127-0/",
    "http://example..com/",
    "http://example.com../",
    "http://-example.com/",
    "http://" + "a" * 64 + ".com/",
    "http://good.com／.evil.com/",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    "http://4294967296/",
    "http://example.08/",
    "http://08.8.8.8/",
    "http://8.8.2056/",
    "http://134744072/",
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:6379/",
    "http://example.com:5432/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:80:80/",
    "http://example.com:８０/",
    "http://example.com:+80/",
    "http://example.com/" + "a" * 2048,
]
ACCEPTED = [
    ("http://example.com", "http://example.com/"),
    ("HTTPS://Example.COM:443/A?b=C", "https://example.com/A?b=C"),
    ("https://example.com:8443?x", "https://example.com:8443/?x"),
    ("https://example.com./x#part", "https://example.com/x"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("http://8.8.8.8/", "http://8.8.8.8/"),
    ("http://[2606:4700:0::1111]:8080/", "http://[2606:4700::1111]:8080/"),
    ("http://my_bot.example.com/", "http://my_bot.example.com/"),
    ("http://1.example.com/", "http://1.example.com/"),
]
HOSTILE = [(url, RefusedAddress) for url in PRIVATE] + [(url, InvalidUrl) for url in INVALID]


def no_look_up(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was looked up")


@pytest.mark.parametrize(("url", "error"), HOSTILE)
def test_a_hostile_url_is_refused_when_saved(url: str, error: type[NetworkError]) -> None:
    with pytest.raises(error):
        check_url(url)


@pytest.mark.parametrize(("url", "error"), HOSTILE)
def test_a_hostile_url_is_refused_when_sent_to(url: str, error: type[NetworkError]) -> None:
    with pytest.raises(error):
        send(Outgoing("POST", url), Policy(resolver=no_look_up))


@pytest.mark.parametrize(("url", "canonical"), ACCEPTED)
def test_a_public_url_is_accepted_without_a_look_up(url: str, canonical: str) -> None:
    check_url(url, Policy(resolver=no_look_up))
    assert parse_url(url).url == canonical


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "http://[::1]/", "http://localhost/", "http://[::ffff:127.0.0.1]/"]
)
def test_loopback_is_accepted_where_the_policy_says_so(url: str) -> None:
    check_url(url, Policy(allow_loopback=True))


def test_allowing_loopback_allows_no_other_private_address() -> None:
    with pytest.raises(RefusedAddress):
        check_url("http://10.0.0.1/", Policy(allow_loopback=True))


def test_an_allowed_network_allows_its_own_addresses_only() -> None:
    policy = Policy(allowed_networks=("10.1.0.0/16", "fd00::/8"))
    check_url("http://10.1.2.3/", policy)
    check_url("http://[fd00::1]/", policy)
    check_url("http://bot.internal/", policy)
    for url in ("http://10.2.0.1/", "http://localhost/", "http://[fe80::1]/"):
        with pytest.raises(RefusedAddress):
            check_url(url, policy)


def test_the_refused_ports_come_from_the_policy() -> None:
    check_url("http://example.com:6379/", Policy(refused_ports=frozenset()))


def test_a_wrong_network_in_the_policy_is_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="10.0.0.1/8"):
        Policy(allowed_networks=("10.0.0.1/8",))


def test_a_refusal_says_what_to_change() -> None:
    hints = {
        "ftp://example.com/": "http:// or https://",
        "http://me:pw@example.com/": "user name",
        "http://example.com/a b": "space",
        "http://example.com:25/": "Port 25",
        "http://134744072/": "8.8.8.8",
        "http://0x7f.1/": "127.0.0.1",
        "http://localhost/": "localhost",
        "http://10.0.0.1/": "^10.0.0.1 is not on",
    }
    for url, hint in hints.items():
        with pytest.raises(NetworkError, match=hint):
            check_url(url)


def spellings(address: ipaddress.IPv4Address) -> list[str]:
    a, b, c, d = address.packed
    value = int(address)
    return [
        f"{a}.{b}.{c}.{d}",
        f"{value}",
        f"{value:#x}",
        f"0{value:o}",
        f"{a}.{value & 0xFFFFFF}",
        f"{a:#x}.{b:#x}.{value & 0xFFFF}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}.",
        f"[::ffff:{address}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
        f"[2002:{value >> 16:x}:{value & 0xFFFF:x}::1]",
    ]


PRIVATE_NETWORKS = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "192.168.0.0/16",
]


@given(st.sampled_from(PRIVATE_NETWORKS).flatmap(lambda network: st.ip_addresses(network=network)))
def test_no_spelling_of_a_private_address_is_accepted(address: ipaddress.IPv4Address) -> None:
    for host in spellings(address):
        with pytest.raises(NetworkError):
            check_url(f"http://{host}/")


@given(st.ip_addresses())
def test_nothing_python_calls_private_counts_as_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert not (is_public(address) and (address.is_private or address.is_multicast or address.is_reserved))


@given(st.text(max_size=40))
def test_any_text_is_accepted_or_refused_but_never_an_accident(text: str) -> None:
    for url in (text, f"http://{text}", f"http://{text}.com/", f"http://example.com/{text}"):
        try:
            check_url(url)
        except NetworkError as error:
            assert error.text
