"""No client can fill the memory with a body, whether it tells its length or not."""

from types import SimpleNamespace

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.web import http

from hubster.lib import bodies
from hubster.lib.bodies import LimitedFactory


class Server:
    """Stands for Daphne's server; notes the requests that get as far as the application."""

    proxy_forwarded_address_header = None
    root_path, request_buffer_size, server_name, http_timeout = "", 8192, "x", 0

    def __init__(self) -> None:
        self.made = []

    def protocol_connected(self, *_):
        pass

    def protocol_disconnected(self, *_):
        pass

    def create_application(self, protocol, scope):
        self.made.append(scope["path"])
        return SimpleNamespace(put_nowait=lambda message: None)


@pytest.fixture
def connection(monkeypatch, settings):
    settings.HUBSTER_FILES_SIZE = 1000
    monkeypatch.setattr(bodies, "ROOM", 24)
    factory = LimitedFactory(Server())
    address = IPv4Address("TCP", "127.0.0.1", 5000)
    protocol = factory.buildProtocol(address)
    transport = StringTransportWithDisconnection(hostAddress=address, peerAddress=address)
    transport.protocol = protocol
    protocol.makeConnection(transport)
    protocol.callLater = lambda *_: SimpleNamespace(cancel=lambda: None, active=lambda: False, reset=lambda _: None)
    return SimpleNamespace(send=protocol.dataReceived, transport=transport, made=factory.server.made)


HEAD = b"POST /x HTTP/1.1\r\nHost: a\r\n"


def test_a_body_that_says_it_is_too_long_is_not_waited_for(connection):
    connection.send(HEAD + b"Content-Length: 1025\r\n\r\n")
    assert connection.transport.value().startswith(b"HTTP/1.1 413 ")
    assert not connection.transport.connected
    assert connection.made == []


def test_a_body_without_a_length_is_cut_off_where_the_limit_is(connection):
    connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(2):
        connection.send(b"200\r\n" + b"x" * 512 + b"\r\n")
    assert not connection.transport.value()
    connection.send(b"1\r\nx\r\n")
    assert connection.transport.value().startswith(b"HTTP/1.1 413 ")
    connection.send(b"0\r\n\r\n")
    assert connection.made == []


def test_a_body_as_long_as_allowed_comes_through(connection):
    connection.send(HEAD + b"Content-Length: 1024\r\n\r\n" + b"x" * 1024)
    assert connection.made == ["/x"]
    assert not connection.transport.value()


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=B",
                                  "application/x-www-form-urlencoded"])  # fmt: skip
def test_a_form_is_left_to_the_application_unread(connection, monkeypatch, kind):
    for reader in ("parse_qs", "_getMultiPartArgs"):
        monkeypatch.setattr(http, reader, lambda *_: pytest.fail("read where everybody waits for it"))
    connection.send(HEAD + f"Content-Type: {kind}\r\nContent-Length: 9\r\n\r\n".encode() + b"a=1&b=2&c")
    assert connection.transport.connected
    assert connection.made == ["/x"]
