"""A text for many websockets: its frame is right at every length, and goes the short way only where that is free."""

import inspect

import pytest
from autobahn.websocket.protocol import PreparedMessage
from twisted.internet import main
from twisted.internet.abstract import FileDescriptor

from hubster.lib.shared_text import SharedText
from hubster.lib.websocket_limits import LimitedSocket


@pytest.mark.parametrize(
    "text", ["", "a" * 125, "a" * 126, "ü" * 100, "a" * 65_535, "a" * 65_536, "\U0001f375" * 40_000]
)
def test_a_frame_is_as_the_server_makes_it(text):
    made = SharedText(text)
    assert made.frame == PreparedMessage(text.encode(), False, False, True).payloadHybi
    assert made.message == {"type": "websocket.send", "text": text}
    assert made.frame is made.frame


class Connection:
    """A connection that takes `room` bytes at once."""

    def __init__(self, room, waiting: bytes = b"") -> None:
        self.room, self.written, self.sent = room, [], []
        self.dataBuffer, self._tempDataBuffer = waiting, []

    def writeSomeData(self, data: bytes):
        if not isinstance(self.room, int):
            return self.room
        self.sent.append(data[: self.room])
        return min(self.room, len(data))

    def write(self, data: bytes) -> None:
        self.written.append(data)


def pushed(connection, state=LimitedSocket.STATE_OPEN) -> Connection:
    socket = LimitedSocket.__new__(LimitedSocket)
    socket.transport, socket.state = connection, state
    socket.push(SharedText("hello"))
    return connection


WHOLE = b"\x81\x05hello"


def test_what_the_connection_takes_goes_out_at_once():
    found = pushed(Connection(100))
    assert (found.sent, found.written) == ([WHOLE], [])


@pytest.mark.parametrize("room", [0, 3])
def test_what_it_does_not_take_waits_in_its_buffer(room):
    found = pushed(Connection(room))
    assert (found.sent, found.written) == ([WHOLE[:room]], [WHOLE[room:]])


def test_nothing_overtakes_what_waits():
    found = pushed(Connection(100, waiting=b"before"))
    assert (found.sent, found.written) == ([], [WHOLE])


def test_a_lost_connection_is_left_to_notice_it():
    assert pushed(Connection(main.CONNECTION_LOST)).written == [WHOLE]


@pytest.mark.parametrize("state", [LimitedSocket.STATE_CLOSED, LimitedSocket.STATE_CLOSING])
def test_one_that_has_ended_gets_nothing(state):
    found = pushed(Connection(100), state)
    assert (found.sent, found.written) == ([], [])


def test_twisted_still_keeps_what_waits_where_we_look():
    source = inspect.getsource(FileDescriptor)
    assert "self._tempDataBuffer.append(data)" in source
    assert 'self.dataBuffer = b""' in source
