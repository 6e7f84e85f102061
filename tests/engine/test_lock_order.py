"""Rows that the pipeline locks in a batch are locked in its order by all others, or both would wait for ever."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.actions.addresses import do_open_to_sockets
from engine.actions.deliveries import do_replay_chosen
from engine.actions.endpoints import do_pause, do_resume, do_set_order
from engine.actions.send_now import do_send_waiting
from engine.models import Delivery, Lane
from tests.background import do_deliver
from tests.engine import test_dynamic_commands as commands
from tests.engine.observer import lane_of, say

pytestmark = pytest.mark.usefixtures("still")
shop, service = commands.shop, commands.service


def statements(action: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        action()
    return [found["sql"].replace('"', "") for found in captured]


def first(found: list[str], begin: str, *words: str) -> int:
    return next(at for at, sql in enumerate(found) if sql.startswith(begin) and all(word in sql for word in words))


def paused(party):
    do_pause(party.observer)
    return lambda: do_resume(party.observer)


def delivered(party):
    do_deliver(lane_of(party).id)
    return lambda: do_replay_chosen(Delivery.objects.filter(destination=party.observer))


def delayed(party):
    do_deliver(lane_of(party).id)
    return lambda: do_send_waiting(party.observer)


ACTIONS = {
    "resume": paused,
    "give up order": lambda party: lambda: do_set_order(party.observer, in_order=False),
    "send now": delayed,
    "open to sockets": lambda party: lambda: list(do_open_to_sockets(party.observer)),
    "replay": delivered,
}


@pytest.mark.parametrize("name", ACTIONS)
def test_lanes_are_locked_by_conversation_before_they_are_written(observed, fake_http, name):
    say(observed, observed.establish(), "one")
    fake_http.answers = [200 if name == "replay" else 500]
    found = statements(ACTIONS[name](observed))
    lane = Lane._meta.db_table
    locked = first(found, "SELECT", f"FROM {lane} ", f"ORDER BY {lane}.conversation_id ASC, {lane}.destination_id ASC")
    assert locked < first(found, f"UPDATE {lane} ", "SET due")


def test_a_commands_call_touches_its_activity_after_the_lane_of_the_pipeline(shop, service):
    service.answer = {"responses": [{"to": "customer", "message": commands.words("Sunny.")}]}
    found = statements(lambda: commands.typed(shop, shop.talk, "::weather"))
    said = [at for at, sql in enumerate(found) if "INSERT INTO engine_pipelinelane" in sql]
    traced = first(found, "UPDATE engine_activity SET trace")
    assert len(said) >= 2
    assert max(said) < traced
