"""Scripted receivers on loopback, as fixtures and scripts for the tests of the network door."""

import datetime
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hubster.lib.http import Answer, Outgoing, Policy, send

RECEIVERS = "127.0.1.1"
CANARY = "127.0.2.1"
NAME = "bot.example.test"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TICK = 0.02

Script = Callable[[socket.socket, "Receiver"], None]
StartReceiver = Callable[..., "Receiver"]


class Receiver:
    """A server that plays one script on each connection and remembers what it was sent."""

    def __init__(self, script: Script, address: str = RECEIVERS) -> None:
        self.script = script
        self.done = Event()
        self.requests: list[bytes] = []
        self.listener = socket.create_server((address, 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/", host: str = RECEIVERS, scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def close(self) -> None:
        self.done.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        while not self.done.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            Thread(target=self._play, args=(connection,), daemon=True).start()

    def _play(self, connection: socket.socket) -> None:
        try:
            with connection:
                self.script(connection, self)
        except OSError:
            pass


def read_request(connection: socket.socket, receiver: Receiver) -> bytes:
    with connection.makefile("rb") as stream:
        head = b"".join(iter(stream.readline, b"\r\n"))
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        receiver.requests.append(head + b"\r\n" + stream.read(int(length[1]) if length else 0))
    return receiver.requests[-1]


def answering(*pieces: bytes) -> Script:
    def script(connection: socket.socket, receiver: Receiver) -> None:
        read_request(connection, receiver)
        for piece in pieces:
            connection.sendall(piece)

    return script


def with_body(body: bytes, *headers: str) -> Script:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return answering("\r\n".join(lines).encode(), body)


def repeating(first: bytes, piece: bytes, pause: float = 0) -> Script:
    def script(connection: socket.socket, receiver: Receiver) -> None:
        read_request(connection, receiver)
        connection.sendall(first)
        while not receiver.done.wait(pause):
            connection.sendall(piece)

    return script


def echo(connection: socket.socket, receiver: Receiver) -> None:
    body = read_request(connection, receiver).partition(b"\r\n\r\n")[2]
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def hanging(connection: socket.socket, receiver: Receiver) -> None:
    receiver.done.wait()


def dripping_handshake(connection: socket.socket, receiver: Receiver) -> None:
    connection.sendall(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb\x03\x03")
    while not receiver.done.wait(TICK):
        connection.sendall(b"\x00")


def reading_slowly(connection: socket.socket, receiver: Receiver) -> None:
    while not receiver.done.wait(TICK):
        connection.recv(20_000)


def over_tls(context: ssl.SSLContext, inner: Script) -> Script:
    def script(connection: socket.socket, receiver: Receiver) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            inner(secured, receiver)

    return script


def resolving(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda host, port: list(addresses)


def policy(**changes: object) -> Policy:
    settings = {"allowed_networks": ("127.0.1.0/24",), "resolver": resolving(RECEIVERS), **changes}
    return Policy(**settings)  # type: ignore[arg-type]


def post(url: str, body: bytes = b"{}", headers: dict[str, str] | None = None, **changes: object) -> Answer:
    return send(Outgoing("POST", url, headers or {}, body), policy(**changes))


def header_lines(request: bytes) -> list[bytes]:
    return request.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")[1:]


@pytest.fixture
def start_receiver() -> Iterator[StartReceiver]:
    started: list[Receiver] = []

    def run(script: Script, address: str = RECEIVERS) -> Receiver:
        started.append(Receiver(script, address))
        return started[-1]

    yield run
    for receiver in started:
        receiver.close()


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """A listener that nobody may reach: after the test not one connection waits in its queue."""
    with socket.create_server((CANARY, 0)) as listener:
        listener.setblocking(False)
        yield listener
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.fixture(scope="module")
def tls_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for NAME that is its own authority, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(certificate.public_bytes(pem) + private)
    return path


@pytest.fixture
def receiver_tls(tls_authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls_authority)
    return context


@pytest.fixture
def full_queue() -> Iterator[str]:
    """The URL of a listener whose queue is full: the system answers no further connection."""
    with socket.create_server((RECEIVERS, 0), backlog=0) as listener, ExitStack() as waiting:
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield f"http://{RECEIVERS}:{listener.getsockname()[1]}/"
