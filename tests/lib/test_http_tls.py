"""The secure connection: asked for and verified by the name in the URL, whatever address it goes to."""

import socket
import ssl
from pathlib import Path

import pytest

from hubster.lib.http import TlsFailure
from tests.lib.http_receivers import NAME, RECEIVERS, StartReceiver, echo, header_lines, over_tls, post

pytest_plugins = ["tests.lib.http_receivers"]

BODY = bytes(range(256)) * 200


def test_tls_asks_for_and_verifies_the_name_in_the_url(
    start_receiver: StartReceiver, receiver_tls: ssl.SSLContext, tls_authority: Path
) -> None:
    asked: list[str | None] = []
    receiver_tls.sni_callback = lambda connection, name, context: asked.append(name)
    receiver = start_receiver(over_tls(receiver_tls, echo))
    answer = post(receiver.url(host=NAME, scheme="https"), BODY, ca_file=str(tls_authority))
    assert (answer.body, answer.address, asked) == (BODY, RECEIVERS, [NAME])
    assert f"host: {NAME}:{receiver.port}".encode() in header_lines(receiver.requests[0])


@pytest.mark.parametrize("host", ["other.example.test", RECEIVERS])
def test_a_certificate_for_another_name_is_refused_before_anything_is_sent(
    start_receiver: StartReceiver, receiver_tls: ssl.SSLContext, tls_authority: Path, host: str
) -> None:
    receiver = start_receiver(over_tls(receiver_tls, echo))
    with pytest.raises(TlsFailure, match="certificate is not"):
        post(receiver.url(host=host, scheme="https"), ca_file=str(tls_authority))
    assert receiver.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(
    start_receiver: StartReceiver, receiver_tls: ssl.SSLContext
) -> None:
    receiver = start_receiver(over_tls(receiver_tls, echo))
    with pytest.raises(TlsFailure, match="self-signed"):
        post(receiver.url(host=NAME, scheme="https"))
    assert receiver.requests == []


@pytest.mark.parametrize("reply", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_a_receiver_that_speaks_no_tls_is_a_failed_secure_connection(
    start_receiver: StartReceiver, reply: bytes
) -> None:
    def script(connection: socket.socket, receiver: object) -> None:
        connection.recv(1)
        connection.sendall(reply)

    with pytest.raises(TlsFailure):
        post(start_receiver(script).url(host=NAME, scheme="https"))
