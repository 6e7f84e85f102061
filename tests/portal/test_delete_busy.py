"""Deleting while messages come in: all goes or all is as before, and those who write get a clear answer."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.urls import reverse

from engine.delivery import call
from engine.models import Activity, Conversation, Lane
from portal.actions import audit
from portal.models import AuditEntry, Hub, Integration, Tenant, User
from tests.background import do_deliver, do_run
from tests.cast import TenantFixture
from tests.engine.observer import FakeHttp
from tests.two_tenants import codes_of

pytestmark = pytest.mark.django_db(transaction=True)
two_writers = pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer")
WORDS = {"message": {"type": "text", "text": "Hi"}}


class Traffic:
    """People who establish and write without a pause, and workers, until it is over."""

    def __init__(self, party: TenantFixture, speakers: list[Integration | None]) -> None:
        self.party, self.answers, self.faults = party, [], []
        self.over, self.answered = threading.Event(), threading.Semaphore(0)
        talks = [str(party.establish().pk) for _ in speakers]
        works = [self.speaking(talk, sender) for talk, sender in zip(talks, speakers, strict=True)]
        works += [self.establishing(), lambda: [do_run(talk) for talk in talks], self.send]
        self.threads = [threading.Thread(target=self.run, args=[work]) for work in works]

    def speaking(self, talk: str, sender: Integration | None) -> Callable[[], Any]:
        body = WORDS if sender is None else {**WORDS, "sender": {"integrationId": str(sender.pk)}}
        client = self.party.api("engine")
        return lambda: self.post(client, f"/inbound/customer/v1/direct/activity/{talk}", body)

    def establishing(self) -> Callable[[], Any]:
        client, end = self.party.api("engine"), str(self.party.customer.pk)
        numbers = iter(range(10**6))

        def work() -> None:
            body = {"integrationId": end, "channelType": "Direct", "binding": f"new-{next(numbers)}"}
            self.post(client, "/api/v1/conversations/establish", body)

        return work

    def post(self, client: Any, path: str, body: dict[str, Any]) -> None:
        client.raise_request_exception = False
        self.answers.append(client.post(path, body, format="json").status_code)
        self.answered.release()

    @staticmethod
    def send() -> None:
        for lane_id in list(Lane.objects.filter(due__isnull=False).values_list("pk", flat=True)):
            do_deliver(lane_id)

    def run(self, work: Callable[[], Any]) -> None:
        while not self.over.is_set():
            try:
                work()
            except Exception as fault:  # of a worker; it comes back
                self.faults.append(fault)
        connections.close_all()

    def __enter__(self) -> "Traffic":
        for thread in self.threads:
            thread.start()
        for _ in range(5 * len(self.threads)):
            assert self.answered.acquire(timeout=60)
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def busy(acme, monkeypatch, settings):
    """A hub with a bot and an observer, whose rate is not limited."""
    settings.HUBSTER_RATE_CLIENT = settings.HUBSTER_RATE_TENANT = 0
    monkeypatch.setattr(call, "asend", FakeHttp().asend)
    acme.bot = acme.add("Direct", "Bot", integrationType="Bot")
    acme.observer = acme.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    return acme


@two_writers
@pytest.mark.parametrize("noun", ["hubs", "integrations"])
def test_what_is_being_written_to_is_deleted_whole(busy, noun):
    row: Hub | Integration = busy.hub if noun == "hubs" else busy.customer
    client = busy.api("portal")
    with Traffic(busy, [None, busy.bot, None]) as traffic:
        answer = client.delete(f"/api/v1/{noun}/{row.pk}")
    assert answer.status_code == 200, answer.content
    assert not Conversation.objects.exists() and not Activity.objects.exists() and not Lane.objects.exists()
    assert set(traffic.answers) <= {200, 400, 404} and 200 in traffic.answers
    entries = AuditEntry.objects.filter(object_id=str(row.pk)).exclude(action__endswith=".created")
    assert [entry.action for entry in entries] == [f"{noun[:-1]}.deleted"]
    assert entries[0].before["status"] == "Active"


@two_writers
def test_a_bot_is_deleted_while_all_speak_and_nothing_accepted_is_lost(busy):
    client = busy.api("portal")
    with Traffic(busy, [None, busy.bot, busy.bot]) as traffic:
        answer = client.delete(f"/api/v1/integrations/{busy.bot.pk}")
    assert answer.status_code == 200, answer.content
    assert set(traffic.answers) <= {200, 400, 404}
    said = traffic.answers.count(200) - Conversation.objects.filter(binding__startswith="new-").count()
    assert Activity.objects.filter(type="message").count() == said
    assert Activity.objects.filter(sender_type="Bot", sender_integration=None).exists()


@two_writers
def test_a_tenant_is_deleted_in_the_admin_while_all_speak(busy, client):
    client.force_login(User.objects.create(username="op", is_staff=True, is_superuser=True))
    with Traffic(busy, [None, busy.bot]) as traffic:
        answer = client.post(reverse("admin:portal_tenant_delete", args=[busy.tenant.pk]), {"post": "yes"})
    assert answer.status_code == 302
    assert not Tenant.objects.filter(pk=busy.tenant.pk).exists() and not Activity.objects.exists()
    assert set(traffic.answers) <= {200, 400, 401, 404}


@pytest.mark.parametrize("noun", ["hubs", "integrations"])
def test_what_cannot_be_deleted_stays_as_it_was_and_the_answer_says_so(acme, monkeypatch, noun):
    row = acme.hub if noun == "hubs" else acme.customer
    tries = []

    def written_to(found: Any) -> None:
        tries.append(type(found).objects.get(pk=found.pk).status)
        raise IntegrityError

    monkeypatch.setattr(audit, "do_delete", written_to)
    answer = acme.api("portal").delete(f"/api/v1/{noun}/{row.pk}")
    assert (answer.status_code, codes_of(answer)) == (417, ["PRT000109"])
    assert tries == [type(row).Status.CANCELED] * 5, "nothing new is accepted meanwhile"
    assert type(row).objects.get(pk=row.pk).status == type(row).Status.ACTIVE
    page = acme.browser("manager").post(reverse(f"admin:portal_{noun[:-1]}_delete", args=[row.pk]), {"post": "yes"})
    assert page.status_code == 302 and page.url.endswith("/delete/")
    assert not AuditEntry.objects.filter(object_id=str(row.pk)).exclude(action__endswith=".created").exists()


def test_a_second_try_after_a_fault_deletes(acme, monkeypatch):
    real, tries = audit.do_delete, []

    def first_fails(row: Any) -> None:
        real(row)
        tries.append(row)
        if len(tries) == 1:
            raise IntegrityError

    monkeypatch.setattr(audit, "do_delete", first_fails)
    assert acme.api("portal").delete(f"/api/v1/hubs/{acme.hub.pk}").status_code == 200
    assert not Hub.objects.filter(pk=acme.hub.pk).exists()
    assert AuditEntry.objects.filter(action="hub.deleted").count() == 1
