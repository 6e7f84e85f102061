"""A customer's message that is refused for how the business is set up leaves one alert an hour, and little else."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engine.actions import refusals
from engine.models import Activity, Notice
from hubster.lib import clock
from portal.models import Hub, Integration

KIND = Notice.Kind.MESSAGE_REFUSED
TEXT = {"message": {"type": "text", "text": "hello"}}


@pytest.fixture(autouse=True)
def fresh():
    refusals._counts.clear()
    yield
    refusals._counts.clear()


def no_agents(party) -> None:
    Integration.objects.filter(hub=party.hub, type="Agent").update(status=Integration.Status.PAUSED)


def paused_hub(party) -> None:
    Hub.objects.filter(pk=party.hub.pk).update(status=Hub.Status.PAUSED)


def paused_integration(party) -> None:
    Integration.objects.filter(pk=party.customer.pk).update(status=Integration.Status.PAUSED)


def canceled_hub(party) -> None:
    Hub.objects.filter(pk=party.hub.pk).update(status=Hub.Status.CANCELED)


def post(party, conversation, body=TEXT) -> int:
    path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
    return int(party.api("engine").post(path, body, format="json").status_code)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (no_agents, "no agent or bot is active"),
        (paused_hub, "the hub isn't active"),
        (canceled_hub, "the hub isn't active"),
        (paused_integration, "the integration “Customers” isn't active"),
    ],
)
def test_a_refused_message_leaves_an_alert(transactional_db, acme, change, words):
    talk = acme.establish()
    change(acme)
    assert post(acme, talk) == 400
    notice = Notice.objects.get(kind=KIND)
    assert words in notice.text
    assert (notice.hub_id, notice.integration_id, notice.tenant_id) == (acme.hub.pk, None, acme.tenant.pk)
    assert not Activity.objects.exists()


def test_a_refused_file_does_so_too(transactional_db, acme):
    talk = acme.establish(integration=acme.webchat)
    no_agents(acme)
    path = f"/inbound/customer/v1/web-chat/{talk.id}/files"
    sent = {"file": SimpleUploadedFile("note.txt", b"hello")}
    assert acme.api("engine").post(path, sent, format="multipart").status_code == 400
    assert Notice.objects.get().reason == refusals.NOBODY


def test_many_refusals_are_one_alert_and_few_writes(transactional_db, acme, monkeypatch):
    talk, now = acme.establish(), 1_000_000
    monkeypatch.setattr(clock, "ticks", lambda: now)
    no_agents(acme)
    post(acme, talk)
    with CaptureQueriesContext(connection) as seen:
        for _ in range(5):
            post(acme, talk)
    assert not [query for query in seen.captured_queries if "engine_notice" in query["sql"]]
    now += refusals.EVERY
    post(acme, talk)
    assert Notice.objects.get().count == 7


def test_each_hub_and_reason_has_its_own(transactional_db, acme, globex):
    talks = [(party, party.establish()) for party in (acme, globex)]
    for party, talk in talks:
        no_agents(party)
        post(party, talk)
    paused_hub(acme)
    post(*talks[0])
    assert sorted(Notice.objects.values_list("tenant__name", "reason")) == [
        ("Acme", refusals.NOBODY), ("Acme", refusals.PAUSED), ("Globex", refusals.NOBODY),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"message": {"type": "text"}},
        {"type": "event", "event": {"type": "typing_on"}},
        {**TEXT, "sender": {"integrationId": "AGENT"}},
    ],
)
def test_wrong_messages_typing_and_agents_raise_none(transactional_db, acme, body):
    talk = acme.establish()
    if "sender" in body:
        body = {**body, "sender": {"integrationId": str(acme.agent.pk)}}
    paused_hub(acme)
    assert post(acme, talk, body) == 400
    assert not Notice.objects.exists()


def test_the_sender_gets_the_same_answer_when_the_alert_cannot_be_written(transactional_db, acme, monkeypatch):
    talk = acme.establish()
    no_agents(acme)

    def broken(*_, **__):
        raise DatabaseError("away")

    monkeypatch.setattr(refusals, "do_notify", broken)
    assert post(acme, talk) == 400


def test_the_alert_is_on_the_overview_in_the_list_and_leads_to_the_hub(transactional_db, acme):
    talk = acme.establish()
    no_agents(acme)
    post(acme, talk)
    browser, notice = acme.browser("manager"), Notice.objects.get()
    page = reverse("admin:engine_notice_change", args=[notice.pk])
    for url in (reverse("admin:index"), reverse("admin:engine_notice_changelist")):
        shown = browser.get(url).content.decode()
        assert page in shown
        assert "no agent or bot is active" in shown
    assert reverse("admin:portal_hub_change", args=[acme.hub.pk]) in browser.get(page).content.decode()
    assert page not in acme.browser("agent").get(reverse("admin:index")).content.decode()
