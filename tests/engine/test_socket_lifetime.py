"""What a socket takes is given back whatever ends it, and one that never begins is neither free nor for ever."""

import asyncio
import json
import time
import uuid
from collections import defaultdict
from types import SimpleNamespace

import pytest
from channels.testing import WebsocketCommunicator

from engine.sockets import base, signalr
from engine.sockets import desk as desk_module
from engine.sockets import switchboard as switchboard_module
from engine.sockets.connection_limits import ConnectionLimits
from engine.sockets.desk import DeskConsumer
from engine.sockets.plain import EventsConsumer
from engine.sockets.signalr import END, SignalRConsumer
from engine.sockets.switchboard import switchboard
from engine.sockets.token_watch import TokenWatch
from hubster.lib import codes
from hubster.lib.errors import fail
from hubster.lib.metrics import SOCKETS
from portal.identity.tokens import Visitor

VISITOR = Visitor(uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), 9e9)
HELLO = '{"protocol":"json","version":1}' + END
OWN = [(b"host", b"hub.example"), (b"origin", b"https://hub.example")]


@pytest.fixture(autouse=True)
def process(monkeypatch, settings):
    """A process of its own, with no Redis and no database: a visitor whose feed is empty."""
    settings.HUBSTER_SOCKETS_ADDRESS = settings.HUBSTER_SOCKETS_VISITOR = 2
    monkeypatch.setattr(switchboard_module.settings, "EMBEDDED", True)
    monkeypatch.setattr(switchboard, "listeners", defaultdict(set))
    monkeypatch.setattr(base, "connection_limits", ConnectionLimits())
    monkeypatch.setattr(base, "token_watch", TokenWatch())
    monkeypatch.setattr(base, "caller_of", lambda token: VISITOR)
    monkeypatch.setattr(base, "open_feed", lambda *_: SimpleNamespace(begin=lambda heard: None))
    monkeypatch.setattr(desk_module, "_hubs_of", lambda session: [("h:h1", "Shop")])
    yield
    if base.token_watch.task:
        base.token_watch.task.cancel()


def taken() -> tuple[int, int, int, int]:
    """How many counted connections, listeners, watched sockets and counted sockets there are."""
    counted = sum(sample.value for metric in SOCKETS.collect() for sample in metric.samples)
    return (
        sum(base.connection_limits.taken.values()),
        len(switchboard.listeners),
        len(base.token_watch.open),
        int(counted),
    )


async def connected(consumer) -> WebsocketCommunicator:
    made = WebsocketCommunicator(consumer, f"/?iId={uuid.uuid4()}&access_token=x", headers=OWN)
    made.scope["session"] = SimpleNamespace(session_key="s")
    made.scope["client"] = ["192.0.2.1", 5]
    assert (await made.connect())[0]
    return made


async def running(consumer) -> WebsocketCommunicator:
    """A socket whose feed runs."""
    made = await connected(consumer)
    if isinstance(consumer, SignalRConsumer):
        await made.send_to(HELLO)
        assert await made.receive_from(60) == "{}" + END
    async with asyncio.timeout(60):
        while not (switchboard.listeners and (base.token_watch.open or isinstance(consumer, DeskConsumer))):
            await asyncio.sleep(0)
    return made


async def ended(socket: WebsocketCommunicator, consumer) -> None:
    """Wait for a consumer and its pump."""
    await asyncio.wait([socket.future], timeout=60)
    await asyncio.wait([consumer.pump], timeout=60)
    assert consumer.pump.done()


@pytest.fixture(params=[SignalRConsumer, EventsConsumer, DeskConsumer])
def consumer(request):
    return request.param()


async def test_a_consumer_that_the_server_cancels_leaves_nothing_behind(consumer):
    before = taken()
    socket = await running(consumer)
    assert taken() != before
    socket.future.cancel()
    await ended(socket, consumer)
    assert taken() == before


async def test_a_consumer_that_fails_leaves_nothing_behind(consumer, monkeypatch):
    async def broken(**_):
        raise LookupError

    before = taken()
    socket = await running(consumer)
    monkeypatch.setattr(consumer, "receive", broken)
    await socket.send_to("anything")
    await ended(socket, consumer)
    with pytest.raises(LookupError):
        socket.future.result()
    assert taken() == before


async def test_a_client_that_goes_is_given_back_once(consumer):
    before = taken()
    socket = await running(consumer)
    await socket.disconnect()
    await ended(socket, consumer)
    assert taken() == before


@pytest.mark.parametrize("turns", range(5))
async def test_a_listener_that_hears_something_while_it_is_cancelled_ends_all_the_same(turns):
    ear = switchboard.join("c:1")

    async def listen() -> None:
        while True:
            await ear.wait(600)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    ear.hear("1")
    for _ in range(turns):
        await asyncio.sleep(0)
    listening.cancel()
    await asyncio.wait([listening], timeout=60)
    done = listening.done()
    listening.cancel()
    assert done


NONSENSE = [
    "[" * 60_000,
    '{"type":' + "[" * 60_000,
    '{"type":1,"invocationId":' + "[" * 800 + "]" * 800 + ',"target":"x"}',
    '{"type":1,"invocationId":"1","target":' + "[" * 800 + "]" * 800 + "}",
    "1" * 5_000,
]


@pytest.mark.parametrize("record", NONSENSE, ids=range(len(NONSENSE)))
async def test_a_record_that_cannot_be_read_is_told_once_and_ends_the_socket(record):
    before, consumer = taken(), SignalRConsumer()
    socket = await running(consumer)
    await socket.send_to((record + END) * (1 if len(record) > 30_000 else 3))
    said = json.loads((await socket.receive_from(60)).rstrip(END))
    assert said["type"] == 7
    assert "JSON object" in said["error"] or "must be strings" in said["error"]
    assert (await socket.receive_output(60))["type"] == "websocket.close"
    assert await socket.receive_nothing(0.01)
    await socket.disconnect()
    await ended(socket, consumer)
    assert taken() == before


async def test_half_a_surrogate_is_answered_with_what_can_be_sent_and_the_socket_lives():
    socket = await running(SignalRConsumer())
    for invocation in ("1", "\\udc00"):
        await socket.send_to('{"type":1,"target":"\\ud800","invocationId":"' + invocation + '"}' + END)
        said = await socket.receive_from(60)
        assert "Unknown hub method '?'" in said.encode().decode()
    await socket.disconnect()


async def test_a_socket_takes_its_place_before_it_shakes_hands():
    sockets = [await connected(SignalRConsumer()) for _ in range(2)]
    late = await connected(SignalRConsumer())
    assert "[ENG000107]" in json.loads((await late.receive_from(60)).rstrip(END))["error"]
    assert (await late.receive_output(60))["type"] == "websocket.close"
    await sockets[0].disconnect()
    again = await connected(SignalRConsumer())
    await again.send_to(HELLO)
    assert await again.receive_from(60) == "{}" + END
    for socket in (sockets[1], late, again):
        await socket.disconnect()
    assert not base.connection_limits.taken


async def test_one_that_never_shakes_hands_is_told_and_closed(monkeypatch):
    assert signalr.HANDSHAKE == 15
    monkeypatch.setattr(signalr, "HANDSHAKE", 0.01)
    socket = await connected(SignalRConsumer())
    assert "No handshake came" in json.loads((await socket.receive_from(60)).rstrip(END))["error"]
    assert (await socket.receive_output(60))["type"] == "websocket.close"
    await socket.send_to(HELLO)
    assert await socket.receive_nothing(0.01)
    await socket.disconnect()
    assert not base.connection_limits.taken


async def test_one_that_has_shaken_hands_has_no_such_clock(monkeypatch):
    consumer = SignalRConsumer()
    socket = await connected(consumer)
    clock = consumer.pump
    await socket.send_to(HELLO)
    assert await socket.receive_from(60) == "{}" + END
    await asyncio.wait([clock], timeout=60)
    assert clock.cancelled()
    assert consumer.pump is not clock
    await socket.disconnect()


REFUSALS = ["ENG000102", "ENG000101", "ENG002001", "ENG006000", "ENG000203"]


async def records(socket: WebsocketCommunicator) -> list[dict]:
    """The records of a SignalR socket until it closes."""
    said = ""
    while (output := await socket.receive_output(60))["type"] == "websocket.send":
        said += output["text"]
    assert output["type"] == "websocket.close"
    return [json.loads(record) for record in said.split(END)[:-1]]


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("step", ["caller_of", "open_feed"])
async def test_a_refusal_is_the_answer_to_the_handshake(monkeypatch, code, step):
    def refuse(*_):
        raise fail(code)

    monkeypatch.setattr(base, step, refuse)
    consumer = SignalRConsumer()
    socket = await connected(consumer)
    await socket.send_to(HELLO + '{"type":1,"target":"x","invocationId":"1"}' + END)
    text = codes.TABLE[code].text
    assert await records(socket) == [{"error": f"HubException: [{code}]: {text}"}]
    await socket.disconnect()
    await ended(socket, consumer)


async def test_a_socket_without_a_token_is_refused_at_its_handshake():
    socket = WebsocketCommunicator(SignalRConsumer(), f"/?iId={uuid.uuid4()}")
    assert (await socket.connect())[0]
    await socket.send_to(HELLO)
    (said,) = await records(socket)
    assert said["error"].startswith("HubException: [ENG000102]: ")
    await socket.disconnect()


async def test_after_a_fault_of_ours_a_client_is_told_that_it_may_come_back(monkeypatch):
    def broken(*_):
        raise LookupError("internals")

    monkeypatch.setattr(base, "open_feed", broken)
    socket = await connected(SignalRConsumer())
    await socket.send_to(HELLO)
    hello, close = await records(socket)
    assert (hello, close["type"], close["allowReconnect"]) == ({}, 7, True)
    assert close["error"] == "HubException: [EVT000100]: System Error."
    await socket.disconnect()


async def test_an_invocation_that_comes_with_the_handshake_is_answered_behind_it():
    socket = await connected(SignalRConsumer())
    await socket.send_to(HELLO + '{"type":1,"target":"x","invocationId":"1"}' + END)
    assert await socket.receive_from(60) == "{}" + END
    assert json.loads((await socket.receive_from(60)).rstrip(END))["type"] == 3
    await socket.disconnect()


PINGED, INVOKED, UNKNOWN = '{"type":6}', '{"type":1,"target":"x"}', '{"type":99}'


@pytest.mark.parametrize("said", ["", INVOKED, UNKNOWN, PINGED, INVOKED + END + PINGED])
async def test_a_client_is_timed_from_its_first_ping_on(said):
    consumer = SignalRConsumer()
    socket = await running(consumer)
    if said:
        await socket.send_to(said + END)
        while consumer.buffer or consumer.pings != (PINGED in said):
            await asyncio.sleep(0)
    consumer.last_heard -= signalr.SILENCE + 1
    await consumer.keep_alive()
    told = json.loads((await socket.receive_from(60)).rstrip(END))
    if PINGED in said:
        assert (told["type"], told["allowReconnect"]) == (7, True)
        assert "has sent nothing for 60 seconds" in told["error"]
        assert (await socket.receive_output(60))["type"] == "websocket.close"
    else:
        assert told == {"type": 6}
    await socket.disconnect()


async def test_a_client_that_goes_on_pinging_stays():
    consumer = SignalRConsumer()
    socket = await running(consumer)
    for _ in range(3):
        consumer.last_heard -= signalr.SILENCE + 1
        await socket.send_to(PINGED + END)
        while consumer.last_heard < time.monotonic() - signalr.SILENCE:
            await asyncio.sleep(0)
        await consumer.keep_alive()
        assert json.loads((await socket.receive_from(60)).rstrip(END)) == {"type": 6}
    await socket.disconnect()


async def test_a_plain_socket_that_only_listens_stays():
    consumer = EventsConsumer()
    socket = await running(consumer)
    await consumer.keep_alive()
    assert await socket.receive_nothing(0.01)
    await socket.disconnect()


@pytest.mark.parametrize("version", [0, 1])
async def test_every_version_of_the_protocol_up_to_ours_is_taken(version):
    socket = await connected(SignalRConsumer())
    await socket.send_to(json.dumps({"protocol": "json", "version": version}) + END)
    assert await socket.receive_from(60) == "{}" + END
    await socket.disconnect()


@pytest.mark.parametrize("hello", [{"version": 2}, {"version": -1}, {"version": True}, {"version": "1"}, {},
                                   {"protocol": "messagepack", "version": 1}])  # fmt: skip
async def test_another_protocol_or_version_is_refused(hello):
    socket = await connected(SignalRConsumer())
    await socket.send_to(json.dumps({"protocol": "json", **hello}) + END)
    assert await records(socket) == [{"error": "Only the 'json' protocol in version 1 is supported."}]
    await socket.disconnect()
