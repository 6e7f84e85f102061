"""Production's processes, one for HTTP and one for sockets: they end in order, and send away what is not theirs."""

import http.client
import os
import signal
import socket
import time
from contextlib import suppress

import pytest
import requests
from websockets.sync.client import connect

from tests import live as living
from tests.services import NotHere, wait_until
from tests.system.account import Account, texts
from tests.system.listeners import Listener, SignalR
from tests.system.test_shutdown import Cutter

HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture(scope="module")
def split():
    """The processes, which hear of a head for three seconds at most."""
    try:
        with living.split(HUBSTER_REQUEST_DEADLINE="3") as made:
            yield made
    except NotHere as missing:
        pytest.skip(f"{missing} is not installed")


@pytest.fixture
def shop(split):
    """A hub of its own."""
    return Account(split.http.base).shop()


def raw(node, data: bytes) -> bytes:
    """All that is answered, until the end of the connection."""
    with socket.create_connection(("127.0.0.1", node.port), 20) as link:
        link.sendall(data)
        heard = b""
        with suppress(ConnectionResetError):
            while piece := link.recv(65_536):
                heard += piece
        return heard


def test_a_message_goes_from_one_to_the_other(split, shop):
    conversation = shop.conversation()
    with Listener(split.sockets.base, shop.account.token, shop.agent) as agent:
        shop.say(conversation, "over")
        assert texts([agent.next()]) == ["over"]
    with SignalR(split.sockets.base, shop.account.token, shop.agent, conversation) as agent:
        shop.say(conversation, "again")
        assert texts([agent.next()]) == ["again"]


@pytest.mark.parametrize("kept_open", [False, True], ids=["a connection each", "connections kept open"])
def test_no_request_is_cut_off_by_the_end_of_its_process(split, shop, kept_open):
    conversation = shop.conversation()
    talkers = Cutter(split.http.base, shop.account, conversation, kept_open)
    for thread in talkers.threads:
        thread.start()
    wait_until("the customers talk", lambda: len(talkers.good) > 10)
    assert split.http.stop(25) == 0
    talkers.stopping.set()
    for thread in talkers.threads:
        thread.join(30)
    assert talkers.errors == []
    split.http.start()
    stored = texts(shop.activities(conversation))
    assert sorted(stored) == sorted(talkers.good), "what was not answered came too late to be read at all"


def test_one_that_dies_is_replaced(split):
    before = split.http.serving
    os.kill(before, signal.SIGKILL)
    wait_until("another one serves", lambda: split.http.serving != before and answers(split.http))


def answers(node) -> bool:
    try:
        return requests.get(f"{node.base}/healthz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def test_the_end_tells_open_sockets_and_does_not_wait_for_them(split, shop):
    with connect(socket_url(split, shop)) as link:
        began = time.monotonic()
        assert split.sockets.stop(25) == 0
        assert time.monotonic() - began < 10
        with pytest.raises(Exception, match="1012"):
            while True:
                link.recv(5)
    split.sockets.start()


def socket_url(split, shop) -> str:
    base = split.sockets.base.replace("http", "ws", 1)
    return f"{base}/api/v1/events?iId={shop.agent}&access_token={shop.account.token}"


def test_sockets_are_not_served_with_http_nor_pages_with_sockets(split):
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    there = raw(split.http, b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n" + upgrade + b"A" * 22 + b"==\r\n\r\n")
    assert there.startswith(b"HTTP/1.1 421 ")
    assert b"WebSockets" in there
    for data in (b"POST /connect/token HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=1",
                 b"GET /admin/ HTTP/1.1\r\nHost: a\r\n\r\n"):  # fmt: skip
        here = raw(split.sockets, data)
        assert here.startswith(b"HTTP/1.1 421 ")
        assert b"one that serves HTTP" in here


@pytest.mark.parametrize("page", ["/healthz", "/readyz", "/metrics"])
def test_each_tells_of_itself(split, page):
    for node in (split.http, split.sockets):
        asked = [requests.get(node.base + page, timeout=10).status_code for _ in range(30)]
        assert asked == [200] * 30  # a race of the server's was lost once in many
    if page == "/metrics":
        assert 'role="web"' in requests.get(split.sockets.base + page, timeout=10).text


@pytest.mark.parametrize("begin", [b"", b"GET /api/v1/ev", HEAD + b"X: "])
def test_who_does_not_finish_a_head_at_the_sockets_is_ended(split, begin):
    assert raw(split.sockets, begin).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("node", ["http", "sockets"])
def test_a_head_has_its_limit(split, node):
    heard = raw(getattr(split, node), HEAD + b"X: " + b"x" * 140_000 + b"\r\n\r\n")
    assert heard[9:12] == b"431" if node == "http" else b" 200 " not in heard


def test_a_whole_address_is_understood_where_a_socket_is_opened(split, shop):
    url = f"http://127.0.0.1/api/v1/events?iId={shop.agent}&access_token={shop.account.token}"
    link = http.client.HTTPConnection("127.0.0.1", split.sockets.port, timeout=10)
    link.putrequest("GET", url, skip_host=True)
    for name, value in (("Host", "elsewhere"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
                        ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "A" * 22 + "==")):  # fmt: skip
        link.putheader(name, value)
    link.endheaders()
    assert link.getresponse().status == 101
    link.close()
