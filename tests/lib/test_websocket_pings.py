"""Pings of silent websockets: each client is asked now and then, and given up when nothing comes back."""

from types import SimpleNamespace

import pytest

from hubster.lib import websocket_pings as module
from hubster.lib.websocket_limits import LimitedSocket
from hubster.lib.websocket_rules import ANSWER, EVERY, MOST, PING
from tests.lib.test_shared_text import Connection

MASK = b"abcd"


class Socket(LimitedSocket):
    """An open socket without a network."""

    def __init__(self, clock) -> None:
        self.clock, self.transport, self.state = clock, Connection(100), self.STATE_OPEN
        self.server, self.socket_opened = SimpleNamespace(websocket_timeout=86_400), module.time.time()
        self.pinged, self.data, self.current_frame = clock[0], b"", None
        self.given_up, self.read, self.closed = False, [], []

    def onAutoPingTimeout(self) -> None:
        self.given_up = True

    def consumeData(self) -> None:
        self.read.append(self.data)

    def _dataReceived(self, data) -> None:
        self.read.append(data)

    def sendClose(self, code=None, reason=None) -> None:
        self.closed.append(code)

    def later(self, seconds: float) -> None:
        self.clock[0] += seconds
        self.check_timeouts()


@pytest.fixture
def socket(monkeypatch):
    clock = [1_000.0]
    fake = SimpleNamespace(monotonic=lambda: clock[0], time=module.time.time)
    monkeypatch.setattr(module, "time", fake)
    return Socket(clock)


def test_a_silent_client_is_pinged_once_and_stays_while_it_answers(socket):
    socket.later(EVERY)
    assert socket.transport.sent == []
    for turn in range(3):
        socket.later(EVERY + 1)
        assert socket.transport.sent == [PING] * (turn + 1)
        socket.dataReceived(b"\x8a\x80" + MASK)
        socket.later(ANSWER + 1)
        assert not socket.given_up
    assert socket.read == [], "a pong costs no parsing"


@pytest.mark.parametrize("sign", [b"\x81\x80" + MASK, b"\x8a\x81" + MASK + b"x", b"\x8a", b"\x89\x80" + MASK])
def test_any_data_is_a_sign_of_life_and_is_read(socket, sign):
    socket.later(EVERY + 1)
    socket.dataReceived(sign)
    socket.later(ANSWER + 1)
    assert not socket.given_up
    assert socket.read == [sign]


def test_one_that_does_not_answer_is_given_up(socket):
    socket.later(EVERY + 1)
    socket.later(ANSWER)
    assert not socket.given_up
    socket.later(1)
    assert socket.given_up


def test_a_pong_in_the_middle_of_a_frame_is_its_content(socket):
    socket.current_frame = object()
    socket.dataReceived(b"\x8a\x80" + MASK)
    assert socket.read == [b"\x8a\x80" + MASK]


def test_pongs_count_as_frames(socket):
    for _ in range(MOST + 1):
        socket.dataReceived(b"\x8a\x80" + MASK)
    assert socket.closed == [4429]


def test_one_that_is_open_for_a_day_is_closed(socket):
    socket.socket_opened -= 86_401
    socket.later(1)
    assert socket.closed == [1000]
