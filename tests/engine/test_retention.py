"""Retention: what a tenant does not want to keep is gone from the whole database; that it was said stays."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from engine.actions import retention
from engine.actions.deliveries import do_replay
from engine.delivery import call
from engine.models import Activity, Attempt, Conversation, Delivery, Lane
from hubster.lib import clock
from hubster.lib.http import Answer
from portal.models import PortalSession, SigningKey, Tenant, User
from tests.background import asking, do_deliver, do_run

pytestmark = pytest.mark.usefixtures("still")

WORDS = ("zebra-4711", "grue-0815", "bandersnatch-77")
REMOVED = "Content removed after 30 days"


@pytest.fixture
def fake_http(monkeypatch):
    """Endpoints that repeat what they were sent."""
    answers = {"status": 200}

    def answer(request, policy):
        return Answer(answers["status"], {"X-Echo": WORDS[0]}, request.body, False, 3, "127.0.0.1")

    monkeypatch.setattr(call, "asend", asking(answer))
    return answers


def keep(party, days: int) -> None:
    Tenant.objects.filter(pk=party.tenant.pk).update(keep_days=days)


def observe(party):
    return party.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])


def say(party, conversation, body, key=None) -> None:
    path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    assert party.api("engine").post(path, body, format="json", **headers).status_code == 200
    do_run(conversation.id)
    for lane in Lane.objects.filter(conversation=conversation):
        do_deliver(lane.id)


def text(words: str) -> dict:
    return {"message": {"type": "text", "text": words}}


def dump() -> str:
    """Every row of every table, as text."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            parts += [table, *(repr(row) for row in cursor.fetchall())]
    return "\n".join(parts)


def after(**passed):
    return time_machine.travel(clock.now() + timedelta(**passed), tick=False)


@pytest.fixture
def spoken(transactional_db, acme, fake_http):
    """A conversation with three secrets: in a text, in an event, in what the sender calls a message."""
    keep(acme, 30)
    observe(acme)
    conversation = acme.establish()
    say(acme, conversation, {**text(f"my number is {WORDS[0]}"), "externalId": WORDS[2]})
    say(acme, conversation, {"event": {"type": "payload", "payloadType": "order", "payload": {"of": WORDS[1]}}})
    for row in Activity.objects.all():
        row.trace[0]["note"] = f"found {WORDS[0]}"
        row.save()
    return conversation


def test_a_dump_of_the_whole_database_has_none_of_the_words(spoken):
    assert all(word in dump() for word in WORDS)
    with after(days=31):
        assert sum(retention.do_purge_contents()) == 2
    found = dump()
    assert [word for word in WORDS if word in found] == []


def test_nothing_is_taken_away_before_its_time_or_twice(spoken):
    with after(days=29):
        assert sum(retention.do_purge_contents()) == 0
    with after(days=31):
        assert sum(retention.do_purge_contents()) == 2
        assert sum(retention.do_purge_contents()) == 0


def test_who_spoke_when_to_whom_and_how_it_ended_stays(spoken):
    def facts():
        rows = Activity.objects.order_by("event_id").values_list("pk", "event_id", "type", "sender_type", "created")
        attempts = Attempt.objects.order_by("pk").values_list("number", "outcome", "milliseconds", "response__status")
        return (
            list(rows),
            list(attempts),
            Delivery.objects.count(),
            [len(row.trace) for row in Activity.objects.order_by("event_id")],
        )

    before = facts()
    with after(days=31):
        list(retention.do_purge_contents())
    assert facts() == before
    assert before[1] == [(1, "sent", before[1][0][2], 200)]


def test_only_tenants_that_want_it_and_each_with_its_own_days(spoken, acme, globex):
    other = globex.establish()
    say(globex, other, text("globex-word"))
    with after(days=31):
        list(retention.do_purge_contents())
    assert "globex-word" in dump()
    keep(globex, 60)
    with after(days=59):
        list(retention.do_purge_contents())
    assert "globex-word" in dump()
    with after(days=61):
        list(retention.do_purge_contents())
    assert "globex-word" not in dump()


def test_clients_read_a_text_that_says_so_and_when(spoken, acme):
    with after(days=31):
        list(retention.do_purge_contents())
        shown = acme.api("engine").get(f"/api/v1/interactions/activities/{spoken.id}?type=Customer").json()
        purged = clock.iso(Activity.objects.first().purged)
    assert [row["removed"] for row in shown] == [purged, purged]
    assert shown[0]["message"] == {"type": "text", "text": REMOVED}
    assert shown[1]["event"] == {"type": "payload", "payloadType": "order", "payload": {}}


def test_ledger_and_desk_say_so(spoken, acme):
    with after(days=31):
        list(retention.do_purge_contents())
        message = Activity.objects.get(type="message")
        agent = acme.browser("agent")
        assert REMOVED in agent.get(f"/admin/engine/activity/{message.pk}/change/").content.decode()
        thread = agent.get(f"/admin/desk/conversations/{spoken.pk}").json()
    assert thread["activities"][0]["content"]["text"] == REMOVED


def test_the_last_words_stay_in_the_list_while_a_message_is_kept(spoken, acme):
    with after(days=10):
        say(acme, spoken, text("young"))
    with after(days=31):
        assert sum(retention.do_purge_contents()) == 2
        assert Conversation.objects.get(pk=spoken.pk).last_text == "young"
    with after(days=41):
        assert sum(retention.do_purge_contents()) == 1
        assert Conversation.objects.get(pk=spoken.pk).last_text == ""


def test_what_still_waits_keeps_its_content_until_it_has_arrived(transactional_db, acme, fake_http):
    keep(acme, 30)
    observe(acme)
    conversation = acme.establish()
    fake_http["status"] = 500
    say(acme, conversation, text(WORDS[0]))
    waiting = acme.establish()
    path = f"/inbound/customer/v1/direct/activity/{waiting.id}"
    acme.api("engine").post(path, text(WORDS[1]), format="json")
    with after(days=31):
        assert sum(retention.do_purge_contents()) == 0
        fake_http["status"] = 200
        for lane in Lane.objects.all():
            assert do_deliver(lane.id) == 1
        do_run(waiting.id)
        for lane in Lane.objects.filter(conversation=waiting):
            do_deliver(lane.id)
        assert sum(retention.do_purge_contents()) == 2


def test_what_is_sent_anew_while_the_job_is_under_way_keeps_its_content(transactional_db, acme, fake_http, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 1)
    keep(acme, 30)
    observer = observe(acme)
    conversation = acme.establish()
    say(acme, conversation, text("one"))
    say(acme, conversation, text("two"))
    with after(days=31):
        job = retention.do_purge_contents()
        assert [next(job), next(job)] == [0, 1]
        left = Activity.objects.get(conversation=conversation, purged__isnull=True)
        assert do_replay(Delivery.objects.get(destination=observer, activity=left))
        assert list(job) == [0]
    assert Activity.objects.get(pk=left.pk).content == left.content


def test_it_works_in_chunks_and_batches_and_finds_all(transactional_db, acme, fake_http, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    monkeypatch.setattr(retention, "BATCH", 2)
    keep(acme, 1)
    for _ in range(5):
        conversation = acme.establish()
        for number in range(3):
            say(acme, conversation, text(f"word {number}"))
    with after(days=2):
        handled = list(retention.do_purge_contents())
    assert (sum(handled), max(handled)) == (15, 2)
    assert not Activity.objects.filter(purged__isnull=True).exists()


def test_a_repeat_is_still_known_after_its_content_is_gone(transactional_db, acme):
    keep(acme, 1)
    conversation = acme.establish()
    say(acme, conversation, text("once"), key="k-1")
    with after(days=2):
        list(retention.do_purge_contents())
        say(acme, conversation, text("once"), key="k-1")
    assert Activity.objects.filter(conversation=conversation).count() == 1


@pytest.mark.parametrize(("kind", "content", "left"), [
    ("message", {"type": "image", "url": "https://x.io/me.png"},
     {"type": "text", "text": "Content removed after 1 day"}),
    ("event", {"type": "typing_on"}, {"type": "typing_on"}),
    ("event", {"type": "payload", "payloadType": "a", "payload": {"b": 1}, "channels": []},
     {"type": "payload", "payloadType": "a", "payload": {}}),
])  # fmt: skip
def test_what_stays_of_each_kind_can_still_be_parsed(kind, content, left):
    assert retention.emptied(kind, content, 1) == left
    from engine.activity import parse_event, parse_message

    assert (parse_message if kind == "message" else parse_event)(left)


def test_attempts_lose_requests_and_answers_after_their_days_and_keep_the_status(spoken, settings):
    settings.HUBSTER_KEEP_ATTEMPTS = 7
    kept = Attempt.objects.get()
    assert WORDS[0] in json.dumps([kept.request, kept.response])
    with after(days=6):
        assert sum(retention.do_empty_attempts()) == 0
    with after(days=8):
        assert sum(retention.do_empty_attempts()) == 1
        assert sum(retention.do_empty_attempts()) == 0
    kept.refresh_from_db()
    assert (kept.request, kept.response, kept.outcome) == ({}, {"status": 200}, "sent")
    assert Activity.objects.first().content["text"].endswith(WORDS[0])


def test_old_attempts_are_found_in_ranges_and_young_ones_end_the_search(spoken, acme, monkeypatch):
    monkeypatch.setattr(retention, "IDS", 1)
    for _ in range(3):
        say(acme, spoken, text("more"))
    with after(days=20):
        say(acme, spoken, text("young"))
    with after(days=31):
        assert sum(retention.do_empty_attempts()) == 4
    assert Attempt.objects.exclude(request={}).count() == 1


def test_expired_sign_ins_and_keys_are_deleted_and_the_others_are_not(acme, globex, fake_http):
    end, now = observe(acme), clock.now()
    person = User.objects.get(pk=acme.people["owner"].pk)
    for name, expires in (("old", now - timedelta(hours=1)), ("new", now + timedelta(hours=1))):
        PortalSession.objects.create(user=person, digest=name, standing="x", expires=expires)
        SigningKey.objects.create(integration=end, public_key=name, private_key=name, expires=expires)
    keys = SigningKey.objects.count()
    assert sum(retention.do_delete_expired_sessions()) == sum(retention.do_delete_expired_keys()) == 1
    assert list(PortalSession.objects.values_list("digest", flat=True)) == ["new"]
    assert SigningKey.objects.count() == keys - 1
    assert not SigningKey.objects.filter(public_key="old").exists()


def test_operators_set_the_days_in_the_admin(acme, client, django_user_model):
    django_user_model.objects.create_superuser("root", "root@example.com", "a long enough password")
    client.login(username="root", password="a long enough password")
    path = f"/admin/portal/tenant/{acme.tenant.pk}/change/"
    assert 'name="keep_days"' in client.get(path).content.decode()
    form = {"name": "Acme", "enabled": "on", "keep_days": "30", "evaluation_ends_0": "", "evaluation_ends_1": ""}
    assert client.post(path, form).status_code == 302
    acme.tenant.refresh_from_db()
    assert acme.tenant.keep_days == 30
