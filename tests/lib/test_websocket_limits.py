"""Limits of a WebSocket before the application sees it. Frames of open ones: tests/system."""

from types import SimpleNamespace

import pytest

from hubster.lib.websocket_limits import LimitedSocket
from hubster.lib.websocket_rules import UNOPENED


@pytest.fixture
def socket(monkeypatch):
    """A websocket that nobody has let in yet."""
    made = LimitedSocket()
    made.state, made.data, made.gone = LimitedSocket.STATE_CONNECTING, b"", []
    made.transport = SimpleNamespace(abortConnection=lambda: made.gone.append(True))

    def keep(_, data):
        made.data += data

    monkeypatch.setattr("hubster.lib.websocket_pings.WebSocketProtocol.dataReceived", keep)
    return made


def test_who_sends_on_before_being_let_in_is_cut_off(socket):
    for _ in range(4):
        socket.dataReceived(b"x" * (UNOPENED // 4))
    assert not socket.gone
    socket.dataReceived(b"x")
    assert socket.gone
    assert len(socket.data) == UNOPENED


def test_an_open_one_may_send_what_a_message_may_hold(socket):
    socket.state = LimitedSocket.STATE_OPEN
    socket.dataReceived(b"x" * 3 * UNOPENED)
    assert not socket.gone
