"""The ledger: for any message a person can see every hop, with a constant number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engine.actions.append import NewActivity
from engine.actions.conversations import do_establish
from engine.actions.notices import do_notify
from engine.actions.receive import do_receive
from engine.admin import numbers
from engine.admin.words import step_words
from engine.models import Attempt, Delivery, Endpoint, Notice
from engine.pipeline import STEPS
from hubster.lib import clock
from tests.background import do_run

EVIL = "<script>alert(1)</script>"


def say(party, conversation, words="Where is my order?", sender=None, **more):
    said = NewActivity("message", {"type": "text", "text": words}, **more)
    row = do_receive(conversation.id, sender or party.customer, said)
    do_run(conversation.id)
    return row


def observed(party):
    """A hub whose messages also go to a webhook."""
    return party.add("System", "CRM", webhookUrl="https://example.com/hook", events=["message"])


def fail_once(delivery, number, error="The endpoint answered with HTTP status 500."):
    Attempt.objects.create(
        delivery=delivery, number=number, started=clock.now(), milliseconds=12, outcome="failed", error=error,
        request={"method": "POST", "url": "https://example.com/hook", "headers": {"authorization": "[redacted]"},
                 "body": '{"a":1}'},
        response={"status": 500, "headers": {"server": "x"}, "body": EVIL},
    )  # fmt: skip


@pytest.fixture
def talk(acme):
    return do_establish(acme.customer, "someone", {"profile": {"full name": "Ada Lovelace"}})[0]


def page(party, row, role="agent", model="activity"):
    return party.browser(role).get(reverse(f"admin:engine_{model}_change", args=[row.pk])).content.decode()


def test_the_page_of_a_message_shows_where_it_came_from(acme, talk):
    row = say(acme, talk, external_id="order-4711", dedupe_key="k-1")
    shown = page(acme, row)
    for fact in ("Where is my order?", "Ada Lovelace", "Customer (Acme hub › Customers, Direct)", "order-4711", "k-1"):
        assert fact in shown


def test_it_shows_who_typed(acme, talk):
    acme.people["agent"].first_name = "Grace"
    acme.people["agent"].save()
    row = say(acme, talk, "Hello", sender=acme.agent, author_id=acme.people["agent"].pk)
    assert "Grace" in page(acme, row)


def test_it_shows_every_step_in_plain_words_and_in_order(acme, talk):
    shown = page(acme, say(acme, talk))
    titles = [step_words(step.__name__.rpartition(".")[2]) for step in STEPS]
    places = [shown.index(f"<h3>{title.text} ") for title in titles]
    assert places == sorted(places)
    assert all(title.more for title in titles)


def test_it_shows_attempts_with_answers_as_text(acme, talk):
    observed(acme)
    row = say(acme, talk)
    delivery = Delivery.objects.get(activity=row, destination__name="CRM")
    fail_once(delivery, 1)
    for shown in (page(acme, row), page(acme, delivery, model="delivery")):
        for fact in ("Attempt 1", "HTTP 500", "12 ms", "answered with HTTP status 500", "[redacted]"):
            assert fact in shown
        assert EVIL not in shown
        assert "&lt;script&gt;" in shown


def test_it_names_no_time_that_is_over_for_the_next_attempt(acme, talk):
    hook = observed(acme)
    row = say(acme, talk)
    delivery = Delivery.objects.get(activity=row, destination=hook)
    pages = lambda: [page(acme, row), page(acme, delivery, model="delivery")]  # noqa: E731
    assert all("Next attempt: when its turn comes" in shown for shown in pages())
    Delivery.objects.filter(pk=delivery.pk).update(next_attempt=clock.now() + timedelta(minutes=5))
    assert all("Next attempt: <time" in shown for shown in pages())
    Endpoint.objects.update_or_create(destination=hook, defaults={"paused": clock.now()})
    assert all("Next attempt: when the webhook is resumed" in shown for shown in pages())
    Delivery.objects.filter(pk=delivery.pk).update(status="sent")
    assert not any("Next attempt" in shown for shown in pages())


def test_it_tells_what_waits_on_a_socket(acme, talk):
    assert "Delivered over the live connection" in page(acme, say(acme, talk))


def test_the_number_of_queries_is_constant(acme, talk):
    hooks = [observed(acme)]
    small = say(acme, talk)
    for number in range(4):
        hooks.append(acme.add("System", f"H{number}", webhookUrl="https://example.com/h", events=["message"]))
    large = say(acme, talk)
    for delivery in Delivery.objects.filter(activity=large, status="pending"):
        for number in range(5):
            fail_once(delivery, number + 1)
    assert queries(acme, "activity", small) == queries(acme, "activity", large)


def queries(party, model, row):
    browser = party.browser("agent")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        browser.get(reverse(f"admin:engine_{model}_change", args=[row.pk]))
    return len(seen)


@pytest.mark.parametrize("model", ["conversation", "activity", "delivery"])
def test_lists_take_the_same_number_of_queries_however_long(acme, talk, model):
    observed(acme)
    browser = acme.browser("manager")
    url = reverse(f"admin:engine_{model}_changelist")
    counts = []
    for size in (1, 12):
        for number in range(size):
            other = do_establish(acme.customer, f"b{size}-{number}", {})[0]
            say(acme, other)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(url).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_conversation_shows_its_thread_with_links_and_older_pages(acme, talk, monkeypatch):
    monkeypatch.setattr("engine.admin.conversations.PAGE", 3)
    rows = [say(acme, talk, f"line {number}") for number in range(5)]
    shown = page(acme, talk, model="conversation")
    assert "line 4" in shown
    assert "line 1" not in shown
    assert reverse("admin:engine_activity_change", args=[rows[4].pk]) in shown
    older = acme.browser("agent").get(
        reverse("admin:engine_conversation_change", args=[talk.pk]), {"before": rows[2].event_id}
    )
    assert "line 1" in older.content.decode()


def test_conversations_are_found_by_name_and_messages_by_external_id(acme, talk):
    say(acme, talk, external_id="order-4711")
    browser = acme.browser("agent")
    assert "Ada" in browser.get(reverse("admin:engine_conversation_changelist"), {"q": "lovel"}).content.decode()
    url = reverse("admin:engine_activity_changelist")
    assert "Where is my order?" in browser.get(url, {"q": "order-4711"}).content.decode()
    assert "Where is my order?" not in browser.get(url, {"q": "order-4712"}).content.decode()


def test_the_ledger_cannot_be_written(acme, talk):
    row = say(acme, talk)
    answer = acme.browser("owner").post(reverse("admin:engine_activity_change", args=[row.pk]), {"state": "parked"})
    assert answer.status_code == 403


def test_the_front_page_counts_own_rows(acme, globex, talk):
    observed(acme)
    say(acme, talk)
    say(acme, talk, "Here is Grace", sender=acme.agent)
    other = do_establish(globex.customer, "x", {})[0]
    say(globex, other)
    manager = acme.people["manager"]
    assert numbers.open_count(manager) == 1
    assert numbers.unanswered_count(manager) == 0
    assert numbers.unanswered_count(globex.people["manager"]) == 1
    assert numbers.messages_today(manager) == 2
    assert numbers.delivery_numbers(manager).waiting == 2
    last = numbers.messages_by_hour(manager)[-1]
    assert (last.customers, last.business) == (1, 1)
    assert acme.browser("manager").get("/admin/").status_code == 200


def test_failures_of_the_last_day_are_counted(acme, talk):
    observed(acme)
    row = say(acme, talk)
    Delivery.objects.filter(activity=row, status="pending").update(status="failed", ended=clock.now())
    found = numbers.delivery_numbers(acme.people["agent"])
    assert (found.waiting, found.failed) == (0, 1)


def test_a_new_tenant_is_told_what_to_do(acme):
    acme.hub.delete()
    shown = acme.browser("manager").get("/admin/").content.decode()
    assert "Add your first hub" in shown
    assert "No messages in the last 24 hours" in shown


def test_notices_are_emphasised_until_seen(acme):
    notice = do_notify(acme.tenant.id, acme.agent.id, "delivery_failed", "The endpoint is gone")
    browser, url = acme.browser("manager"), reverse("admin:engine_notice_changelist")
    assert "hub-unread" in browser.get(url).content.decode()
    browser.post(url, {"action": "mark_seen", "_selected_action": [notice.pk]})
    assert Notice.objects.get().seen
    assert "hub-unread" not in browser.get(url).content.decode()
