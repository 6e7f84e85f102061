"""How many sockets a visitor and an address may have open."""

import json
import uuid

import pytest
from channels.testing import WebsocketCommunicator

from engine.sockets import base as module
from engine.sockets.connection_limits import ConnectionLimits
from engine.sockets.plain import EventsConsumer
from hubster.lib.errors import HubsterError
from portal.identity.tokens import Caller, Visitor

VISITOR = Visitor(uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), 9e9)


def scope(peer: str = "192.0.2.1", forwarded: str = "") -> dict:
    return {"client": [peer, 1234], "headers": [(b"x-forwarded-for", forwarded.encode())] if forwarded else []}


@pytest.fixture
def connection_limits(settings):
    settings.HUBSTER_SOCKETS_ADDRESS, settings.HUBSTER_SOCKETS_VISITOR = 3, 2
    return ConnectionLimits()


def test_an_address_has_so_many_and_another_one_its_own(connection_limits):
    for number in range(3):
        connection_limits.enter(number, scope())
    with pytest.raises(HubsterError) as refused:
        connection_limits.enter(3, scope())
    assert (refused.value.status, refused.value.faults[0].code) == (429, "ENG000107")
    connection_limits.enter(4, scope("192.0.2.2"))
    connection_limits.leave(0)
    connection_limits.enter(5, scope())


def test_a_forwarded_address_counts_as_far_as_our_proxies_wrote_it(connection_limits, settings):
    for number in range(3):
        connection_limits.enter(number, scope(forwarded=f"192.0.2.{number}"))
    with pytest.raises(HubsterError):
        connection_limits.enter(3, scope(forwarded="192.0.2.9"))
    settings.HUBSTER_TRUSTED_PROXIES = 1
    connection_limits.enter(4, scope(forwarded="192.0.2.9"))


def test_an_ipv6_network_counts_as_one_address(connection_limits):
    for number in range(3):
        connection_limits.enter(number, scope(f"2001:db8::{number + 1}"))
    with pytest.raises(HubsterError):
        connection_limits.enter(3, scope("2001:db8::9"))
    connection_limits.enter(4, scope("2001:db8:0:1::1"))
    for number in range(5, 8):
        connection_limits.enter(number, scope("::ffff:192.0.2.1"))
    with pytest.raises(HubsterError):
        connection_limits.enter(8, scope("192.0.2.1"))


def test_a_visitor_has_so_many_wherever_they_are(connection_limits):
    for number in range(3):
        connection_limits.enter(number, scope(f"192.0.2.{number}"))
        if number < 2:
            connection_limits.know(number, VISITOR)
    with pytest.raises(HubsterError):
        connection_limits.know(2, VISITOR)
    connection_limits.leave(0)
    connection_limits.know(2, VISITOR)


def test_a_clients_sockets_do_not_count(connection_limits):
    caller = Caller.__new__(Caller)
    for number in range(9):
        connection_limits.enter(number, scope())
        connection_limits.know(number, caller)
    assert not connection_limits.taken


def test_nothing_is_left_of_those_who_have_gone_and_leaving_twice_is_harmless(connection_limits):
    for number in range(2):
        connection_limits.enter(number, scope())
        connection_limits.know(number, VISITOR)
    for number in (0, 1, 1, 7):
        connection_limits.leave(number)
    assert not connection_limits.taken
    assert not connection_limits.held


def test_zero_means_no_limit(connection_limits, settings):
    settings.HUBSTER_SOCKETS_ADDRESS = settings.HUBSTER_SOCKETS_VISITOR = 0
    for number in range(50):
        connection_limits.enter(number, scope())
        connection_limits.know(number, VISITOR)


async def test_one_too_many_is_told_so_and_closed_and_leaves_no_place_behind(connection_limits, monkeypatch):
    monkeypatch.setattr(module, "connection_limits", connection_limits)
    for number in range(3):
        connection_limits.enter(number, scope())
    query = f"/api/v1/events?iId={uuid.uuid4()}&access_token=x"
    socket = WebsocketCommunicator(EventsConsumer.as_asgi(), query)
    socket.scope["client"] = ["192.0.2.1", 5]
    assert (await socket.connect())[0]
    assert json.loads(await socket.receive_from(60))["error"].startswith("[ENG000107]: There are 3 open connections")
    assert await socket.receive_output(60) == {"type": "websocket.close", "code": 4429}
    assert sum(connection_limits.taken.values()) == 3
