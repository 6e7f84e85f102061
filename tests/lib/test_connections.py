"""No client can hold a connection, or fill the memory over it; and one that is refused sees why."""

from types import SimpleNamespace

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web import http

from hubster.lib import body_limits, connections
from hubster.lib.body_limits import BUSY, LINGER, LINGER_QUIET, STEP
from hubster.lib.connections import LimitedFactory
from hubster.lib.http_server import connection as connection_module
from hubster.lib.http_server import server as server_module

FILES = "/inbound/customer/v1/web-chat/1/files"
MB = 1_048_576


class Transport(StringTransport):
    """A connection that says how it was closed."""

    half = gone = False

    def loseWriteConnection(self):  # noqa: N802
        self.half = True

    def resumeProducing(self):  # noqa: N802
        pass

    def abortConnection(self):  # noqa: N802
        self.gone = True

    def loseConnection(self):  # noqa: N802
        self.gone = True


class Server:
    """Stands for Daphne's server: notes each request that gets to the application, and answers when told to."""

    proxy_forwarded_address_header = None
    root_path, request_buffer_size, server_name, http_timeout = "", 8192, "x", 0

    def __init__(self) -> None:
        self.made = []

    def protocol_connected(self, *_):
        pass

    def protocol_disconnected(self, *_):
        pass

    def log_action(self, *_):
        pass

    def create_application(self, protocol, scope):
        def answer():
            protocol.handle_reply({"type": "http.response.start", "status": 200})
            protocol.handle_reply({"type": "http.response.body", "body": b"done"})

        status = protocol.refusal.status if protocol.refusal else 200
        kept = {"body": protocol.body, "refusal": protocol.refusal, "status": status}
        self.made.append(SimpleNamespace(path=scope["path"], answer=answer, **kept))
        return SimpleNamespace(put_nowait=lambda message: None)


class Daphne:
    """Daphne's door, with connections of ours."""

    def __init__(self) -> None:
        self.factory, self.clock = LimitedFactory(Server()), Clock()
        self.factory.reactor, self.made = self.clock, self.factory.server.made

    def connect(self, peer):
        protocol = self.factory.buildProtocol(IPv4Address("TCP", peer, 5000))
        transport = Transport(IPv4Address("TCP", "127.0.0.1", 80), IPv4Address("TCP", peer, 5000))
        protocol.makeConnection(transport)
        return protocol.dataReceived, transport, transport.value

    def advance(self, seconds):
        self.clock.advance(seconds)

    def lose(self, connection):
        connection.send.__self__.connectionLost(http.PotentialDataLoss())


class Link:
    """A socket that says how it was closed."""

    half = gone = False

    def __init__(self) -> None:
        self.coming, self.sent = b"", b""

    def recv(self, size):
        data, self.coming = self.coming[:size], self.coming[size:]
        return data

    def send(self, data):
        self.sent += data
        return len(data)

    def shutdown(self, _):
        self.half = True

    def close(self):
        self.half = self.gone = True


class Threads:
    """The loop of our own server without loop, threads and network; `made` as above."""

    here, ending = ("127.0.0.1", 80), False

    def __init__(self, monkeypatch) -> None:
        self.clock, self.made, self.connections = Clock(), [], {}
        self.loop = SimpleNamespace(call_later=self.clock.callLater, **dict.fromkeys(
            ("add_reader", "add_writer", "remove_reader", "remove_writer"), lambda *_: None))  # fmt: skip
        self.threads = self
        monkeypatch.setattr(connection_module, "time", SimpleNamespace(monotonic=self.clock.seconds))

    def put(self, answer, request):
        status = request.refusal.status if request.refusal else 200
        kept = {"body": request.body, "refusal": request.refusal, "status": status}
        self.made.append(SimpleNamespace(path=request.path, answer=lambda: (answer(request), self.pump()), **kept))

    @staticmethod
    def application(environ, start_response):
        start_response("200 OK", [])
        return [b"done"]

    @staticmethod
    def call_soon(work, *args):
        work(*args)

    forget = server_module.HttpServer.forget
    close_longest_quiet = server_module.HttpServer.close_longest_quiet

    def connect(self, peer):
        link = Link()
        made = connection_module.Connection(self, link, (peer, 5000))
        self.connections[made] = None
        self.close_longest_quiet()

        def send(data):
            link.coming += data
            self.pump()

        link.made = made
        return send, link, lambda: link.sent

    def pump(self):
        for made in list(self.connections):
            while made.link.coming and not (made.busy or made.closed):
                made.readable()

    def advance(self, seconds):
        for _ in range(int(seconds)):
            self.clock.advance(1)
            for made in list(self.connections):
                made.look(self.clock.seconds())

    def lose(self, connection):
        connection.transport.made.readable()


class Connected:
    """A connection, whose time passes when a test says so."""

    def __init__(self, factory, peer="127.0.0.1"):
        self.factory, self.made, self.clock = factory, factory.made, factory
        self.send, self.transport, self.said = factory.connect(peer)

    def trickle(self, data, every=5, times=1):
        for _ in range(times):
            self.clock.advance(every)
            if not (self.transport.gone or self.transport.half):
                self.send(data)

    def lose(self):
        self.factory.lose(self)


@pytest.fixture(params=["daphne", "threads"])
def factory(request, settings, monkeypatch):
    monkeypatch.setattr(body_limits, "held", body_limits._Held())
    settings.HUBSTER_REQUEST_DEADLINE, settings.HUBSTER_KEEP_ALIVE, settings.HUBSTER_UPLOAD_RATE = 30, 75, 1024
    return Daphne() if request.param == "daphne" else Threads(monkeypatch)


@pytest.fixture
def connection(factory):
    return Connected(factory)


def head(path="/x", *lines):
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: a", *lines, "", ""]).encode()


# --- Heads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nHost: a\r\nCookie: "], ids=["target", "header"])
def test_a_line_that_is_too_long_is_answered(connection, start):
    connection.send(start)
    connection.send(b"x" * 70_000)
    connection.send(b"x\r\n\r\n")
    assert connection.said().startswith(b"HTTP/1.1 431 ")
    assert connection.transport.half
    assert not connection.made


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1e3", "1, 1", "0x10", ""])
@pytest.mark.parametrize("more", [[], ["X: y"]], ids=["last", "not the last"])
def test_a_length_that_is_none_is_answered(connection, length, more):
    connection.send(head("/x", f"Content-Length: {length}", *more))
    assert connection.said().startswith(b"HTTP/1.1 400 ")
    assert connection.transport.gone or connection.transport.half
    assert not connection.made


# --- Size ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/connect/token", "/api/v1/hubs", "/admin/login/", "/nowhere"])
def test_a_body_that_says_it_is_too_long_is_not_waited_for(connection, path):
    connection.send(head(path, f"Content-Length: {MB + 1}"))
    (request,) = connection.made
    assert request.status == 413
    assert "1 MB" in request.refusal.text


def test_a_body_without_a_length_is_refused_where_the_limit_is(connection):
    connection.send(head("/x", "Transfer-Encoding: chunked"))
    for _ in range(16):
        connection.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
    assert not connection.made
    connection.send(b"1\r\nx\r\n")
    assert [request.status for request in connection.made] == [413]
    connection.send(b"0\r\n\r\n")
    assert len(connection.made) == 1


def test_one_that_is_too_long_and_complete_in_the_same_moment_is_refused_once(connection):
    connection.send(head("/x", "Transfer-Encoding: chunked") + b"100001\r\n" + b"x" * (MB + 1) + b"\r\n0\r\n\r\n")
    assert [request.status for request in connection.made] == [413]


@pytest.mark.parametrize("told", [True, False])
def test_a_body_as_long_as_allowed_comes_through(connection, told):
    if told:
        connection.send(head("/x", f"Content-Length: {MB}") + b"x" * MB)
    else:
        connection.send(head("/x", "Transfer-Encoding: chunked") + b"100000\r\n" + b"x" * MB + b"\r\n0\r\n\r\n")
    (request,) = connection.made
    assert request.refusal is None
    assert len(request.body.read()) == MB


def test_where_files_go_more_is_taken(connection, settings):
    size = settings.HUBSTER_FILES_SIZE
    connection.send(head(FILES, f"Content-Length: {size}"))
    connection.send(b"x" * size)
    assert connection.made[0].refusal is None


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=B",
                                  "application/x-www-form-urlencoded"])  # fmt: skip
def test_a_form_is_left_to_the_application_unread(connection, monkeypatch, kind):
    for reader in ("parse_qs", "_getMultiPartArgs"):
        monkeypatch.setattr(http, reader, lambda *_: pytest.fail("read where everybody waits for it"))
    connection.send(head("/x", f"Content-Type: {kind}", "Content-Length: 9") + b"a=1&b=2&c")
    assert connection.made[0].body.read() == b"a=1&b=2&c"


def test_more_than_there_is_room_for_is_refused(factory, settings):
    settings.HUBSTER_BODIES_ADDRESS = 2 * STEP
    first, second, third = (Connected(factory) for _ in range(3))
    for one in (first, second, third):
        one.send(head("/x", "Content-Length: 5") + b"1234")
    assert [request.refusal for request in factory.made] == [BUSY]
    other = Connected(factory, "10.0.0.9")
    other.send(head("/x", "Content-Length: 5") + b"12345")
    assert factory.made[-1].refusal is None
    first.lose()
    again = Connected(factory)
    again.send(head("/x", "Content-Length: 5") + b"12345")
    assert factory.made[-1].refusal is None


def test_behind_our_own_proxies_the_client_s_address_counts(factory, settings):
    settings.HUBSTER_BODIES_ADDRESS, settings.HUBSTER_TRUSTED_PROXIES = STEP, 1
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.2"):
        Connected(factory).send(head("/x", f"X-Forwarded-For: {address}", "Content-Length: 5") + b"1234")
    assert [request.refusal for request in factory.made] == [BUSY]


def test_a_full_disk_is_answered(connection, monkeypatch):
    monkeypatch.setattr(body_limits.HeldBody, "write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    connection.send(head("/x", "Content-Length: 50000") + b"12345")
    assert [request.status for request in connection.made] == [503]


# --- The end of a refused request ----------------------------------------------------------------------------


def refused(connection, *lines):
    connection.send(head("/x", f"Content-Length: {2 * MB}", *lines))
    connection.made[0].answer()
    return connection.transport


def test_the_answer_says_that_the_connection_ends_and_our_side_is_closed(connection):
    transport = refused(connection)
    assert b"connection: close" in connection.said().lower()
    assert connection.said().removesuffix(b"\r\n0\r\n\r\n").endswith(b"\r\ndone")
    assert transport.half
    assert not transport.gone, "closed on top of unread bytes it would be reset"


def test_what_still_comes_is_thrown_away(connection):
    refused(connection)
    connection.send(b"x" * MB)
    connection.send(head("/other", "Content-Length: 0"))
    assert len(connection.made) == 1


def test_it_is_closed_when_the_client_has_stopped(connection):
    transport = refused(connection)
    for _ in range(2):
        connection.clock.advance(LINGER_QUIET - 1)
        connection.send(b"x")
    assert not transport.gone
    connection.clock.advance(LINGER_QUIET)
    assert transport.gone


def test_a_client_that_does_not_stop_is_cut_off(connection):
    transport = refused(connection)
    for _ in range(LINGER):
        connection.clock.advance(1)
        connection.send(b"x")
    assert transport.gone


def test_nobody_is_asked_to_go_on_who_is_refused(connection):
    refused(connection, "Expect: 100-continue")
    assert b"100 Continue" not in connection.said()


def test_who_asks_may_go_on(connection):
    connection.send(head("/x", "Content-Length: 5", "Expect: 100-continue"))
    assert b"100 Continue" in connection.said()


# --- Time ----------------------------------------------------------------------------------------------------


def test_a_head_that_trickles_ends_by_the_deadline(connection):
    for letter in "POST /x":
        connection.trickle(letter.encode())
    assert connection.said().startswith(b"HTTP/1.1 408 ")
    assert connection.transport.half
    assert not connection.made


@pytest.mark.parametrize("path", ["/connect/token", "/api/v1/hubs", FILES])
def test_a_body_that_trickles_ends_by_the_deadline(connection, path):
    connection.send(head(path, "Content-Length: 1000"))
    connection.trickle(b"x", times=5)
    assert not connection.made
    connection.trickle(b"x", times=2)
    (request,) = connection.made
    assert (request.status, request.refusal.digits) == (408, "108")
    request.answer()
    assert connection.transport.half


def test_the_deadline_is_for_head_and_body_together(connection):
    first, second = head("/x", "Content-Length: 1000")[:20], head("/x", "Content-Length: 1000")[20:]
    connection.trickle(first)
    connection.trickle(second, every=20)
    connection.trickle(b"x", every=9)
    assert not connection.made
    connection.clock.advance(2)
    assert [request.status for request in connection.made] == [408]


def test_an_upload_that_is_slow_but_steady_arrives(connection):
    connection.send(head(FILES, f"Content-Length: {300 * 1024}"))
    connection.trickle(b"x" * 5 * 1024, every=5, times=59)
    assert not connection.made
    connection.trickle(b"x" * 5 * 1024)
    assert connection.made[0].refusal is None


def test_an_upload_in_gusts_arrives(connection):
    connection.send(head(FILES, f"Content-Length: {300 * 1024}"))
    connection.trickle(b"x" * 30 * 1024, every=25, times=9)
    assert not connection.made
    connection.trickle(b"x" * 30 * 1024)
    assert connection.made[0].refusal is None


@pytest.mark.parametrize(("kilobytes", "more"), [(20, 20), (90, 30), (299, 30)])
def test_an_upload_that_stops_ends_soon_however_fast_it_came(connection, kilobytes, more):
    connection.send(head(FILES, f"Content-Length: {300 * 1024}") + b"x" * kilobytes * 1024)
    connection.trickle(b"x", every=1, times=29 + more)
    assert not connection.made
    connection.trickle(b"x", every=1, times=2)
    assert [request.status for request in connection.made] == [408]
    assert "1 KB a second" in connection.made[0].refusal.text


def test_an_answer_may_take_its_time(connection):
    connection.send(head("/x", "Content-Length: 1") + b"x")
    connection.clock.advance(100)
    assert not connection.transport.half
    connection.made[0].answer()
    assert connection.said().removesuffix(b"\r\n0\r\n\r\n").endswith(b"\r\ndone")


def test_each_request_of_a_connection_has_its_own_deadline(connection):
    for number in range(1, 4):
        connection.trickle(head("/x", "Content-Length: 1"), every=20)
        connection.trickle(b"x", every=20)
        assert len(connection.made) == number
        connection.made[-1].answer()
    assert {request.status for request in connection.made} == {200}


def test_a_quiet_connection_is_closed_after_a_while(connection):
    connection.send(head("/x", "Content-Length: 1") + b"x")
    connection.made[0].answer()
    connection.clock.advance(74)
    assert not connection.transport.gone
    connection.clock.advance(2)
    assert connection.transport.gone


def test_of_too_many_quiet_connections_the_longest_quiet_one_is_closed(factory, monkeypatch):
    for module in (connections, server_module):
        monkeypatch.setattr(module, "MOST_QUIET", 3)
    busy, *quiet = (Connected(factory) for _ in range(3))
    busy.send(head("/x", "Content-Length: 9"))
    quiet += [Connected(factory) for _ in range(2)]
    assert [one.transport.gone for one in (busy, *quiet)] == [False, True, False, False, False]
    factory.advance(1)
    quiet[1].send(head("/x", "Content-Length: 1") + b"x")
    factory.made[-1].answer()
    Connected(factory)
    assert [one.transport.gone for one in quiet] == [True, False, True, False]


# --- What the loop and the threads of our own server make of it ------------------------------------------------


@pytest.fixture
def threads(settings, monkeypatch):
    settings.HUBSTER_REQUEST_DEADLINE, settings.HUBSTER_KEEP_ALIVE = 30, 75
    return Threads(monkeypatch)


def test_requests_that_come_at_once_are_answered_one_after_the_other(threads):
    connection = Connected(threads)
    connection.send(head("/1", "Content-Length: 1") + b"x" + head("/2") + head("/3")[:9])
    assert [request.path for request in connection.made] == ["/1"]
    connection.made[0].answer()
    connection.made[1].answer()
    assert [request.path for request in connection.made] == ["/1", "/2"]
    assert connection.said().count(b"200 OK") == 2
    connection.clock.advance(31)
    assert connection.said().count(b" 408 ") == 1, "the third had its own deadline"


def test_what_comes_during_an_answer_is_read_after_it(threads):
    connection = Connected(threads)
    connection.send(head("/1"))
    connection.send(head("/2"))
    assert len(connection.made) == 1
    connection.made[0].answer()
    assert [request.path for request in connection.made] == ["/1", "/2"]


@pytest.mark.parametrize("lines", [["Connection: close"], ["Upgrade: h2c", "Connection: Upgrade"]])
def test_a_connection_that_its_client_wants_to_end_ends_with_the_answer(threads, lines):
    connection = Connected(threads)
    connection.send(head("/1", *lines))
    connection.made[0].answer()
    assert b"Connection: close\r\n" in connection.said()
    assert connection.transport.half


def test_a_socket_is_told_where_sockets_are(threads):
    connection = Connected(threads)
    connection.send(b"GET /api/v1/events HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    assert [request.status for request in connection.made] == [421]


def test_an_answer_that_the_client_does_not_take_waits_and_is_sent_whole(threads, monkeypatch):
    connection, room = Connected(threads), [40]

    def send(data):
        if not room[0]:
            raise BlockingIOError
        taken, room[0] = data[: room[0]], max(0, room[0] - len(data))
        connection.transport.sent += bytes(taken)
        return len(taken)

    monkeypatch.setattr(connection.transport, "send", send)
    connection.send(head("/1") + head("/2"))
    connection.made[0].answer()
    assert len(connection.said()) == 40
    assert len(connection.made) == 1, "the next one waits"
    room[0] = 10_000
    connection.transport.made._writable()
    assert connection.said().endswith(b"\r\n\r\n4\r\ndone\r\n0\r\n\r\n")
    assert len(connection.made) == 2


def test_a_client_that_takes_nothing_of_an_answer_is_given_up(threads, monkeypatch):
    connection = Connected(threads)
    monkeypatch.setattr(connection.transport, "send", lambda data: 0)
    connection.send(head("/1"))
    connection.made[0].answer()
    connection.clock.advance(76)
    assert connection.transport.gone


@pytest.mark.parametrize("raw", [
    b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"GET / HTTP/1.1\nHost: a\n\n", b"\x16\x03\x01\x02\x00",
])  # fmt: skip
def test_what_two_servers_could_read_differently_is_refused(threads, raw):
    connection = Connected(threads)
    connection.send(raw)
    assert connection.said().startswith(b"HTTP/1.1 400 ")
    assert not connection.made
