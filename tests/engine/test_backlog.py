"""Backpressure: a tenant whose rows pile up is asked to wait before anything is stored; the others are not."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.models import Activity, Delivery, Endpoint, Lane
from engine.work import backlog
from hubster.lib import clock
from tests.background import do_run, taken
from tests.engine.callers import add_calls

pytestmark = pytest.mark.usefixtures("still")

TEXT = {"message": {"type": "text", "text": "hello"}}


@pytest.fixture(autouse=True)
def few(db, settings):
    """Three rows are too many."""
    settings.HUBSTER_MOST_WAITING = 3
    backlog.forget()
    yield
    backlog.forget()


class Talk:
    """A conversation in which a tenant's customer speaks; before each word it is counted anew."""

    def __init__(self, party) -> None:
        self.party, self.row = party, party.establish()

    def say(self) -> int:
        backlog.forget()
        return self.answer().status_code

    def answer(self):
        path = f"/inbound/customer/v1/direct/activity/{self.row.id}"
        return self.party.api("engine").post(path, TEXT, format="json")


@pytest.fixture
def talk(acme):
    return Talk(acme)


def test_the_tenant_is_refused_with_a_time_to_wait_and_nothing_is_stored(talk):
    assert [talk.say() for _ in range(4)] == [200, 200, 200, 429]
    refused = talk.answer()
    assert (refused.status_code, refused["Retry-After"]) == (429, "10")
    body = refused.json()
    assert (body["status"], body["errors"][0]["code"]) == (429, 107)
    assert "Try again" in body["errors"][0]["description"]
    assert Activity.objects.count() == 3


def test_a_refused_message_is_accepted_once_there_is_room(talk):
    assert [talk.say() for _ in range(4)] == [200, 200, 200, 429]
    do_run(talk.row.id)
    assert talk.say() == 200


def test_the_neighbour_is_not_refused(talk, globex):
    for _ in range(3):
        talk.say()
    neighbour = Talk(globex)
    assert neighbour.say() == 200
    assert talk.say() == 429


def test_agents_are_refused_like_customers(talk, acme):
    for _ in range(3):
        talk.say()
    backlog.forget()
    body = {**TEXT, "sender": {"integrationId": str(acme.agent.id)}}
    path = f"/inbound/business/v1/direct/activity/{talk.row.id}"
    assert acme.api("engine").post(path, body, format="json").status_code == 429


def observed(party):
    end = party.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    talk = Talk(party)
    for _ in range(3):
        talk.say()
    do_run(talk.row.id)
    assert Delivery.objects.filter(destination=end, status="pending").count() == 3
    return talk, end


def test_deliveries_that_could_be_sent_count(acme):
    talk, _ = observed(acme)
    assert talk.say() == 429


def test_deliveries_that_wait_for_a_bad_endpoint_do_not_count(acme):
    talk, end = observed(acme)
    Lane.objects.update(due=clock.now() + timedelta(minutes=2))
    assert talk.say() == 200
    do_run(talk.row.id)
    Lane.objects.update(due=None)
    Endpoint.objects.create(destination=end, paused=clock.now())
    assert talk.say() == 200


def test_calls_of_commands_count_against_their_own_tenant(acme, globex):
    add_calls(acme, 3)
    tenants = (acme.tenant.id, globex.tenant.id, backlog.ALL)
    assert [backlog._count(tenant, 3) for tenant in tenants] == [3, 0, 3]
    assert Talk(acme).say() == 429


def test_the_age_of_a_call_counts_until_it_is_made(acme):
    (row,) = add_calls(acme, seconds=70)
    assert 70 <= backlog.oldest_due() < 80
    assert taken("command", row.pk)
    assert (backlog.oldest_due(), backlog.waiting_calls().count()) == (0, 0)


def test_a_count_is_believed_for_a_few_seconds_so_most_messages_ask_nothing(talk, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(backlog.time, "monotonic", lambda: now[0])
    tenant = talk.party.tenant.id

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            backlog.check_room(tenant)
        return len(seen)

    backlog.forget()
    assert [asked(), asked()] == [3, 0]
    now[0] += backlog.KNOWN_FOR + 1
    assert asked() == 3


def test_counting_stops_at_the_limit(talk):
    for _ in range(3):
        talk.say()
    with CaptureQueriesContext(connection) as seen:
        assert backlog._count(backlog.ALL, 2) == 2
    assert [("LIMIT 2" in query["sql"]) for query in seen] == [True]


def test_the_ages_are_those_of_the_oldest(talk):
    assert backlog.oldest_waiting() == backlog.oldest_due() == 0
    talk.say()
    with time_machine.travel(clock.now() + timedelta(seconds=40), tick=False):
        talk.say()
        assert 39 < backlog.oldest_waiting() < 42
