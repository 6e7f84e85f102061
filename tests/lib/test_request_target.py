"""A whole address as the target of a request (RFC 9112, 3.2.2) is understood, and its host counts."""

from types import SimpleNamespace

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransportWithDisconnection

from hubster.lib.connections import LimitedFactory
from hubster.lib.request_target import BadTarget, origin_form


class Server:
    """Stands for Daphne's server; notes the requests that get as far as the application, and the sockets."""

    proxy_forwarded_address_header = None
    root_path, request_buffer_size, server_name, http_timeout = "", 8192, "x", 0

    def __init__(self) -> None:
        self.requests, self.upgraded = [], b""
        self.ws_factory = SimpleNamespace(buildProtocol=lambda _: self)

    def protocol_connected(self, *_):
        pass

    def protocol_disconnected(self, *_):
        pass

    def makeConnection(self, _):  # noqa: N802
        pass

    def dataReceived(self, data):  # noqa: N802
        self.upgraded += data

    def create_application(self, protocol, scope):
        self.requests.append(SimpleNamespace(scope=scope, refusal=protocol.refusal))
        return SimpleNamespace(put_nowait=lambda message: None)


@pytest.fixture
def send():
    """A connection: takes bytes, gives the server."""
    server = Server()
    factory = LimitedFactory(server)
    address = IPv4Address("TCP", "127.0.0.1", 5000)
    protocol = factory.buildProtocol(address)
    transport = StringTransportWithDisconnection(hostAddress=address, peerAddress=address)
    transport.protocol = protocol
    protocol.callLater = lambda *_: SimpleNamespace(cancel=lambda: None, active=lambda: False, reset=lambda _: None)
    protocol.makeConnection(transport)

    def sent(data: bytes) -> Server:
        protocol.dataReceived(data)
        return server

    return sent


TARGETS = {
    "http://hub.example/healthz": ("/healthz", b"", b"hub.example"),
    "HTTPS://hub.example:8443/api/v1/hubs?pageSize=2&x=http://y/z": (
        "/api/v1/hubs", b"pageSize=2&x=http://y/z", b"hub.example:8443"),
    "http://[::1]:8000/a%20b": ("/a b", b"", b"[::1]:8000"),
    "http://hub.example": ("/", b"", b"hub.example"),
    "http://hub.example?a=1": ("/", b"a=1", b"hub.example"),
    "/http://hub.example/x?y": ("/http://hub.example/x", b"y", b"a"),
    "//hub.example/x": ("//hub.example/x", b"", b"a"),
}  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_a_whole_address_is_understood_and_its_host_counts(send, target):
    (request,) = send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode()).requests
    hosts = [value for name, value in request.scope["headers"] if name == b"host"]
    assert (request.scope["path"], request.scope["query_string"], *hosts) == TARGETS[target]
    assert request.refusal is None


def test_a_body_behind_a_whole_address_comes_through(send):
    head = b"POST http://hub.example/api/v1/hubs HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
    (request,) = send(head + b"{}").requests
    assert (request.scope["path"], request.refusal) == ("/api/v1/hubs", None)


def test_a_whole_address_is_understood_where_a_socket_is_opened(send):
    target = b"http://hub.example:8000/engine-chat-hub?iId=5&access_token=t"
    head = b" HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    lines = send(b"GET " + target + head).upgraded.split(b"\r\n")
    assert lines[0] == b"GET /engine-chat-hub?iId=5&access_token=t HTTP/1.1"
    assert [line for line in lines if line.lower().startswith(b"host:")] == [b"Host: hub.example:8000"]


ODD = [
    *("healthz", "ftp://hub.example/x", "ws://hub.example/x", "http:/hub.example/x", "http:///x", "http://", "?x=1"),
    *("http://user:secret@hub.example/x", "http://hub.example/x#part", "hub.example:443", "*", "http://hub.example\\x"),
]


@pytest.mark.parametrize("target", ODD)
def test_a_target_that_names_nothing_of_ours_is_refused(send, target):
    with pytest.raises(BadTarget):
        origin_form(b"GET", target.encode())
    (request,) = send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode()).requests
    assert request.refusal.status == 400
    assert request.scope["path"] == "/"


def test_the_server_as_a_whole_may_be_asked_for_its_options(send):
    (request,) = send(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").requests
    assert (request.scope["path"], request.refusal) == ("*", None)
