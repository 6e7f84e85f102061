"""How sockets end: with a code that the server can send, soon, and never by falling silent."""

import asyncio
import uuid
from types import SimpleNamespace

import pytest
from channels.testing import WebsocketCommunicator

from engine.sockets import base, pulse
from engine.sockets import desk as desk_module
from engine.sockets import switchboard as switchboard_module
from engine.sockets.backpressure import TooSlow
from engine.sockets.base import FeedConsumer
from engine.sockets.desk import LOOK, DeskConsumer
from engine.sockets.plain import EventsConsumer
from engine.sockets.signalr import END, SignalRConsumer
from engine.sockets.switchboard import switchboard

OWN = [(b"host", b"hub.example"), (b"origin", b"https://hub.example")]
HINT = {"hub": "h1", "conversation": "c1", "ends": [], "event": 1}


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No Redis, and looks without a wait."""
    monkeypatch.setattr(switchboard_module.settings, "EMBEDDED", True)
    monkeypatch.setattr(desk_module, "LOOK", 0.01)


@pytest.fixture
async def desk():
    """An agent's desk, not yet connected."""
    made = WebsocketCommunicator(DeskConsumer.as_asgi(), "/admin/desk/events", headers=OWN)
    made.scope["session"] = SimpleNamespace(session_key="s")
    yield made
    await made.disconnect()


def seeing(monkeypatch, *answers):
    """What each look for the agent's hubs finds; the last one for ever."""
    left = list(answers)

    def hubs(_):
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(desk_module, "_hubs_of", hubs)


SHOP, OTHER = ("h:h1", "Shop"), ("h:h2", "Other")


async def test_a_desk_hears_of_its_hubs_and_is_closed_when_its_agent_may_no_more(desk, monkeypatch):
    seeing(monkeypatch, [SHOP])
    assert (await desk.connect())[0]
    assert await desk.receive_json_from(5) == {}
    switchboard.dispatch(HINT)
    assert await desk.receive_json_from(5) == {"conversations": ["c1"]}
    seeing(monkeypatch, None)
    assert await desk.receive_output(60) == {"type": "websocket.close", "code": 4401}


async def test_a_session_that_is_over_is_closed_with_a_code_that_browsers_can_see(desk, monkeypatch):
    seeing(monkeypatch, None)
    assert (await desk.connect())[0]
    assert await desk.receive_output(60) == {"type": "websocket.close", "code": 4401}


async def test_a_foreign_page_is_not_let_in(monkeypatch):
    seeing(monkeypatch, [SHOP])
    foreign = [(b"host", b"hub.example"), (b"origin", b"https://evil.example")]
    made = WebsocketCommunicator(DeskConsumer.as_asgi(), "/admin/desk/events", headers=foreign)
    assert (await made.connect())[0] is False


@pytest.mark.parametrize("after", [[SHOP, OTHER], [], [("h:h1", "Renamed")]], ids=["new", "gone", "renamed"])
async def test_a_desk_is_told_when_its_hubs_change(desk, monkeypatch, after):
    seeing(monkeypatch, [SHOP], after)
    assert (await desk.connect())[0]
    assert await desk.receive_json_from(5) == {}
    assert await desk.receive_json_from(5) == {"hubs": True}
    assert set(switchboard.listeners) == {key for key, _ in after}


async def test_what_is_heard_while_the_hubs_change_is_told(desk, monkeypatch):
    def changing(_):
        switchboard.dispatch(HINT)
        return [SHOP, OTHER]

    seeing(monkeypatch, [SHOP])
    assert (await desk.connect())[0]
    assert await desk.receive_json_from(5) == {}
    monkeypatch.setattr(desk_module, "_hubs_of", changing)
    found = [await desk.receive_json_from(5), await desk.receive_json_from(5)]
    assert {"conversations": ["c1"]} in found


async def test_hints_do_not_make_a_desk_look_more_often(desk, monkeypatch):
    looks = []
    monkeypatch.setattr(desk_module, "LOOK", 600)
    monkeypatch.setattr(desk_module, "_hubs_of", lambda session: looks.append(session) or [SHOP])
    assert (await desk.connect())[0]
    assert await desk.receive_json_from(5) == {}
    for _ in range(3):
        switchboard.dispatch(HINT)
        assert await desk.receive_json_from(5) == {"conversations": ["c1"]}
    assert looks == ["s"]


def test_a_desk_looks_often_enough_to_be_closed_within_five_seconds():
    assert LOOK < 5


async def test_a_desk_whose_database_is_away_is_closed_instead_of_falling_silent(desk, monkeypatch):
    seeing(monkeypatch, [SHOP], OSError("gone"))
    assert (await desk.connect())[0]
    assert await desk.receive_json_from(5) == {}
    assert await desk.receive_output(60) == {"type": "websocket.close", "code": 4500}


def opened(consumer) -> WebsocketCommunicator:
    return WebsocketCommunicator(consumer.as_asgi(), f"/?iId={uuid.uuid4()}")


async def test_a_fault_of_ours_closes_a_plain_socket_with_a_code_that_daphne_can_send(monkeypatch):
    async def broken(*_):
        raise OSError("gone")

    monkeypatch.setattr(FeedConsumer, "_open", broken)
    socket = opened(EventsConsumer)
    assert (await socket.connect())[0]
    assert "[EVT000100]" in (await socket.receive_json_from(5))["error"]
    assert await socket.receive_output(60) == {"type": "websocket.close", "code": 4500}


async def test_after_a_fault_of_ours_signalr_clients_may_come_back(monkeypatch):
    async def broken(*_):
        raise OSError("gone")

    monkeypatch.setattr(FeedConsumer, "_open", broken)
    socket = opened(SignalRConsumer)
    assert (await socket.connect())[0]
    await socket.send_to('{"protocol":"json","version":1}' + END)
    assert await socket.receive_from(60) == "{}" + END
    assert '"allowReconnect":true' in await socket.receive_from(60)
    assert (await socket.receive_output(60))["type"] == "websocket.close"


async def test_after_a_fault_of_its_own_a_signalr_client_is_not_called_back():
    socket = opened(SignalRConsumer)
    assert (await socket.connect())[0]
    await socket.send_to('{"protocol":"json","version":1}' + END)
    said = await socket.receive_from(60)
    assert "[ENG000102]" in said
    assert "allowReconnect" not in said


class Full:
    """A connection that takes nothing."""

    def __init__(self, *_) -> None:
        self.free = asyncio.Event()

    def stopProducing(self) -> None:
        """It is closed."""

    async def wait(self) -> None:
        raise TooSlow


async def test_one_that_takes_no_sign_of_life_is_told_to_resume(monkeypatch):
    async def nothing(*_):
        """No activity comes."""

    monkeypatch.setattr(pulse, "TICK", 0.01)
    monkeypatch.setattr(pulse, "BEAT", 0.01)
    monkeypatch.setattr(base, "BackPressure", Full)
    monkeypatch.setattr(FeedConsumer, "_open", nothing)
    monkeypatch.setattr(FeedConsumer, "_round", nothing)
    socket = opened(EventsConsumer)
    assert (await socket.connect())[0]
    assert await socket.receive_output(60) == {"type": "websocket.close", "code": 4408}


async def test_one_that_takes_no_answer_is_told_to_resume(monkeypatch):
    async def nothing(*_):
        """A feed that nobody reads."""

    monkeypatch.setattr(base, "BackPressure", Full)
    monkeypatch.setattr(FeedConsumer, "_open", nothing)
    socket = opened(SignalRConsumer)
    assert (await socket.connect())[0]
    await socket.send_to('{"protocol":"json","version":1}' + END)
    assert await socket.receive_output(60) == {"type": "websocket.close", "code": 4408}


async def test_one_that_takes_nothing_is_told_to_resume(monkeypatch):
    async def full(*_):
        raise TooSlow

    monkeypatch.setattr(FeedConsumer, "_open", full)
    socket = opened(EventsConsumer)
    assert (await socket.connect())[0]
    assert await socket.receive_output(60) == {"type": "websocket.close", "code": 4408}
