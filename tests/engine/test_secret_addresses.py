"""Webhook addresses may hold secrets, and names may lead into private networks: neither gets where it must not."""

import logging

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse

from engine.delivery import call, probe
from engine.jobs.mail import do_tell_owners
from engine.models import Attempt, Delivery, Lane
from hubster.lib import log
from hubster.lib.http import Answer, ConnectFailure, Policy
from portal.actions.commands import do_create_command, do_update_command
from portal.actions.integrations import do_update_integration
from portal.models import AuditEntry, DynamicCommand, User
from tests.background import asking, do_deliver, do_run
from tests.engine.observer import say

HOST = "http://127.0.3.1:8397"
PLACES = {
    "path": "/services/T0001/B0001/{}",
    "bot": "/bot123456:{}/sendMessage",
    "query": "/in?token={}&plain=1",
    "value alone": "/in?{}",
    "fragment": "/in#{}",
    "encoded": "/in/{}%2Fa",
}
SECRET = "s3cretXk29QvT"


def everything() -> str:
    """All rows of all tables, as the database has them."""
    shown = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            shown += [f"{table}: {row!r}" for row in cursor.fetchall()]
    return "\n".join(shown)


class Lines(logging.Handler):
    """The log's output."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(log.JsonFormatter())
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += self.format(record) + "\n"


@pytest.fixture
def lines():
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def echo_of(request):
    """An answer that repeats the whole address, as frameworks do for pages that they do not have."""
    rest = request.url.removeprefix(HOST)
    return Answer(404, {"location": request.url, "x-path": rest}, f"Cannot POST {rest}".encode(), False, 1, "127.0.3.1")


def drive(acme) -> None:
    """Say something, and let every delivery be tried."""
    conversation = acme.establish()
    body = {"message": {"type": "text", "text": "Hello"}}
    acme.api("engine").post(f"/inbound/customer/v1/direct/activity/{conversation.id}", body, format="json")
    do_run(conversation.id)
    for lane in Lane.objects.all():
        do_deliver(lane.id)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("how", ["answers", "does not"])
def test_a_secret_in_an_address_is_kept_nowhere_in_the_clear(transactional_db, acme, lines, monkeypatch, place, how):
    def fake(request, _policy):
        if how == "answers":
            return echo_of(request)
        raise ConnectFailure("127.0.3.1:8397 did not accept a connection (refused).")

    monkeypatch.setattr(call, "asend", asking(fake))
    User.objects.filter(pk=acme.people["owner"].pk).update(email="owner@example.com")
    first, second = (HOST + PLACES[place].format(SECRET + end) for end in ("", "New"))
    api, path = acme.api("portal"), f"/api/v1/integrations/hubs/{acme.hub.id}"
    bodies = [
        {"channelId": "System", "name": "CRM", "configuration": {"webhookUrl": first, "events": ["message"]}},
        {"channelId": "Direct", "name": "Bot", "configuration": {"integrationType": "Bot", "webhookUrl": first}},
    ]
    for number, body in enumerate(bodies):
        made = api.post(path, body, format="json", HTTP_IDEMPOTENCY_KEY=f"k{number}")
        assert made.json()["configuration"]["webhookUrl"] == first  # who edits it sees it
    command = do_create_command(DynamicCommand, acme.hub, {"name": "ask", "url": first})
    drive(acme)
    for row in acme.hub.integrations.filter(name__in=("CRM", "Bot")):
        do_update_integration(row, {"configuration": {**row.configuration, "webhookUrl": second}})
    do_update_command(command, {"url": second})
    assert DynamicCommand.objects.get().url == second
    Delivery.objects.filter(status="pending").update(attempts=5)
    drive(acme)
    do_tell_owners()
    assert Attempt.objects.exclude(outcome="open").count() >= 2
    assert AuditEntry.objects.filter(action="integration.updated").count() == 2
    mails = "".join(f"{sent.subject}{sent.body}{sent.alternatives}" for sent in mail.outbox)
    assert SECRET not in everything()
    assert SECRET not in lines.text
    assert SECRET not in mails
    assert SECRET not in pages(acme)


def pages(acme) -> str:
    """The admin's pages that tell of deliveries and changes, but none on which an address is edited."""
    browser, shown = acme.browser("owner"), ""
    for name in ("engine_delivery", "engine_endpoint", "engine_notice", "portal_auditentry", "portal_dynamiccommand"):
        shown += browser.get(reverse(f"admin:{name}_changelist")).content.decode()
    for name, rows in (("engine_delivery", Delivery.objects.all()), ("portal_auditentry", AuditEntry.objects.all())):
        for row in rows:
            shown += browser.get(reverse(f"admin:{name}_change", args=[row.pk])).content.decode()
    assert "127.0.3.1" in shown
    return shown


@pytest.mark.parametrize("leads_to", ["10.1.2.3", "192.168.7.9", "169.254.169.254", "fd00::7"])
def test_a_test_does_not_tell_a_tenant_where_a_name_leads_and_the_log_does(acme, lines, monkeypatch, leads_to):
    monkeypatch.setattr(probe, "network_policy", lambda: Policy(resolver=lambda *_: [leads_to]))
    end = acme.add("System", "Inside", webhookUrl="https://db.shop.example.com/in", events=["message"])
    answer = acme.api("portal").post(f"/api/v1/integrations/{end.pk}/endpoint/test")
    assert answer.json()["error"].startswith("db.shop.example.com is not on the public internet.")
    assert leads_to not in answer.content.decode()
    assert leads_to in lines.text
    drive(acme)
    assert Attempt.objects.exclude(error="").exists()
    assert leads_to not in everything()


def test_our_own_words_about_a_webhook_are_kept_whole(observed, fake_http):
    fake_http.answers = [ConnectFailure("The connection was refused.")]
    do_update_integration(
        observed.observer,
        {"configuration": {"webhookUrl": "http://127.0.0.1:8099/connection", "events": ["message"]}},
    )
    say(observed, observed.establish(), "one")
    do_deliver(Lane.objects.get(destination=observed.observer).pk)
    kept = Attempt.objects.get(delivery__destination=observed.observer)
    assert "The connection was refused." in kept.error
