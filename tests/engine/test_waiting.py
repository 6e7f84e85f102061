"""The backlog on the admin's front page: how much waits, since when, and whose it is; nobody sees a neighbour's."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from engine.actions.append import NewActivity
from engine.actions.conversations import do_establish
from engine.actions.receive import do_receive
from engine.admin import waiting
from engine.admin.waiting import backlog_of
from engine.models import Activity, Lane
from hubster.lib import clock
from portal.actions.hubs import do_create_hub
from portal.models import User
from tests.background import do_run


@pytest.fixture
def root(db) -> User:
    """An operator."""
    return User.objects.create(username="root", is_staff=True, is_superuser=True)


def observed(party):
    return party.add("System", "CRM", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])


def say(party, end=None) -> Activity:
    """A message that waits for the pipeline, in a conversation of its own."""
    end = end or party.customer
    conversation, _ = do_establish(end, uuid.uuid4().hex, {})
    return do_receive(conversation.id, end, NewActivity("message", {"type": "text", "text": "hello"}))


def handle(activity: Activity) -> Lane:
    """The pipeline's work; the lane of what is to be sent."""
    do_run(activity.conversation_id)
    return Lane.objects.get(conversation=activity.conversation_id, destination__channel="System")


def ago(seconds: float):
    return clock.now() - timedelta(seconds=seconds)


def counts(heap) -> tuple[int, int, int]:
    return heap.to_handle, heap.to_send, heap.held


@pytest.fixture
def busy(acme):
    """Three messages to handle, two deliveries to send, one held back; the oldest is 90 seconds late."""
    observed(acme)
    for _ in range(3):
        say(acme)
    for seconds in (5, 90):
        lane = handle(say(acme))
        Lane.objects.filter(pk=lane.pk).update(due=ago(seconds))
    lane = handle(say(acme))
    Lane.objects.filter(pk=lane.pk).update(due=clock.now() + timedelta(minutes=2))
    return acme


def test_what_waits_is_told_apart(busy):
    found = backlog_of(busy.people["agent"])
    assert counts(found.all) == (3, 2, 1)
    assert 89 < found.all.seconds < 100
    assert (found.all.age, found.all.tone) == ("1 min", "bad")
    assert not found.capped


def test_a_paused_endpoint_holds_back(busy):
    Lane.objects.update(due=None)
    assert counts(backlog_of(busy.people["agent"]).all) == (3, 0, 3)


def test_the_age_of_a_message_that_waits_for_the_pipeline_counts_too(acme):
    row = say(acme)
    Activity.objects.filter(pk=row.pk).update(modified=ago(400))
    assert 399 < backlog_of(acme.people["agent"]).all.seconds < 410


def test_members_see_their_own_hubs_and_operators_all_tenants(busy, globex, root):
    say(globex)
    other = do_create_hub(busy.tenant.id, {"name": "Second", "description": "x"})
    end = busy.add("Direct", "C", hub=other, integrationType="Customer")
    busy.add("Direct", "A", hub=other, integrationType="Agent")
    say(busy, end)
    mine, all_of_them = backlog_of(busy.people["owner"]), backlog_of(root)
    assert (mine.whose, [heap.name for heap in mine.heaps]) == ("Hub", ["Acme hub", "Second"])
    assert (all_of_them.whose, [heap.name for heap in all_of_them.heaps]) == ("Tenant", ["Acme", "Globex"])
    assert [counts(heap) for heap in all_of_them.heaps] == [(4, 2, 1), (1, 0, 0)]
    assert counts(all_of_them.all) == (5, 2, 1)


def test_the_page_shows_it_and_nothing_of_the_neighbour(busy, globex, root):
    say(globex)
    page = busy.browser("agent").get("/admin/").content.decode()
    section = page[page.index('id="backlog-title"') :]
    section = section[: section.index("</section>")]
    assert "<rect" in section
    assert "Acme hub" in section
    assert "Globex" not in page
    for word in ("<script", "style=", "onclick"):
        assert word not in section
    browser = Browser()
    browser.force_login(root)
    assert "Globex" in browser.get("/admin/").content.decode()


def test_without_a_backlog_that_is_said(acme):
    assert "All caught up" in acme.browser("agent").get("/admin/").content.decode()


def test_bars_have_one_scale_and_what_is_little_can_be_seen(busy, globex, root):
    say(globex)
    large, small = backlog_of(root).heaps
    assert [kind for kind, _, _ in large.bars] == ["handle", "send", "held"]
    assert sum(width for _, _, width in large.bars) <= waiting.BAR
    assert [x for _, x, _ in large.bars] == [0, large.bars[0][2], large.bars[0][2] + large.bars[1][2]]
    assert small.bars == [("handle", 0, waiting.BAR // 6)]
    assert waiting._bars(waiting.Heap("x", to_handle=1), 1_000_000) == [("handle", 0, 6)]


def test_the_smallest_heaps_are_summed_up(busy, globex, root, monkeypatch):
    monkeypatch.setattr(waiting, "SHOWN", 1)
    say(globex)
    found = backlog_of(root)
    assert [heap.name for heap in found.heaps] == ["Acme", "1 other"]
    assert counts(found.heaps[1]) == (1, 0, 0)
    assert counts(found.all) == (4, 2, 1)


def test_counting_stops_and_says_so(busy, monkeypatch):
    monkeypatch.setattr(waiting, "MOST", 2)
    found = backlog_of(busy.people["manager"])
    assert found.capped
    assert found.all.to_handle == 2
    assert "The numbers stop at" in busy.browser("agent").get("/admin/").content.decode()


def test_it_takes_three_queries_however_much_waits(busy, globex, root):
    observed(globex)
    for _ in range(12):
        handle(say(globex))
        say(globex)
    for user in (root, busy.people["agent"]):
        with CaptureQueriesContext(connection) as seen:
            backlog_of(user)
        assert len(seen) == 3
        assert all(" LIMIT " in query["sql"] for query in seen)
