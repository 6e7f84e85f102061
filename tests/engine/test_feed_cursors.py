"""A socket for all conversations reads what lies behind its cursors, keeps few of them, and tells everything once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.models import Activity, Delivery, PipelineLane
from engine.sockets import feed as module
from engine.sockets import progress
from engine.sockets.feed import Feed
from tests.background import do_run
from tests.engine.test_feed_late import everything, feed_of, say

__all__ = ["feed_of"]
HOUR = timedelta(hours=1)


@pytest.fixture
def looked(monkeypatch):
    """The rows that were looked at, in order."""
    rows, plain = [], Feed.is_new

    def is_new(feed, row):
        rows.append(row.event_id)
        return plain(feed, row)

    monkeypatch.setattr(Feed, "is_new", is_new)
    return rows


def said(party, conversation, ago: timedelta | None = None, ready: timedelta | None = None) -> int:
    """The event id of a message that came `ago` and became available `ready` ago; None: as it is."""
    event_id = say(party, conversation)
    if ago:
        event_id -= int(ago.total_seconds() * 1000)
        last = Activity.objects.filter(conversation=conversation).latest("event_id")
        Activity.objects.filter(pk=last.pk).update(event_id=event_id)
        PipelineLane.objects.filter(pk=conversation.pk).update(handled=event_id - 1)
    do_run(conversation.id)
    if ready:
        rows = Delivery.objects.filter(conversation=conversation, event_id=event_id)
        for row in rows:
            rows.filter(pk=row.pk).update(created=row.created - ready)
    return event_id


def test_a_look_without_a_hint_reads_no_contents_of_what_was_told(pair, feed_of):
    places = [pair.acme.establish() for _ in range(3)]
    feed = feed_of(0)
    told = [said(pair.acme, place) for place in places]
    assert everything(feed) == told
    with CaptureQueriesContext(connection) as queries:
        assert everything(feed) == []
    assert len(queries) == 1
    assert "engine_activity" not in queries[0]["sql"]
    told = said(pair.acme, places[1])
    with CaptureQueriesContext(connection) as queries:
        assert everything(feed) == [told]
    assert len(queries) == 2, "one that looks, one that reads what is new"


def test_a_hint_reads_what_lies_behind_the_cursor_of_each_conversation_in_one_statement(pair, feed_of, looked):
    busy, other = pair.acme.establish(), pair.acme.establish()
    feed = feed_of(0)
    first = [said(pair.acme, busy) for _ in range(3)]
    assert everything(feed, str(busy.id)) == first
    del looked[:]
    news = [said(pair.acme, other), said(pair.acme, busy)]  # the other one is new to the socket
    with CaptureQueriesContext(connection) as queries:
        assert everything(feed, str(busy.id), str(other.id)) == news
    assert len(queries) == 1
    assert looked == news
    del looked[:]
    assert everything(feed, str(busy.id), str(other.id)) == looked == []


def test_a_hint_of_one_conversation_reads_what_lies_behind_its_cursor_and_nobody_elses(pair, feed_of, looked):
    busy, other = pair.acme.establish(), pair.acme.establish()
    feed = feed_of(0)
    first = said(pair.acme, busy)
    assert everything(feed, str(busy.id)) == [first] == looked
    del looked[:]
    news = said(pair.acme, busy)
    said(pair.acme, other)
    with CaptureQueriesContext(connection) as queries:
        assert everything(feed, str(busy.id)) == [news] == looked
    assert len(queries) == 1


def test_hints_of_more_conversations_than_a_statement_can_name_are_followed_as_well(pair, feed_of, monkeypatch):
    monkeypatch.setattr(module, "FEW", 2)
    places = [pair.acme.establish() for _ in range(4)]
    feed = feed_of(0)
    told = [said(pair.acme, place) for place in places[:3]]
    unheard = said(pair.acme, places[3])
    assert everything(feed, *(str(place.id) for place in places[:3])) == told
    assert everything(feed) == [unheard]


def test_pages_that_hold_nothing_new_are_passed_over(pair, feed_of, monkeypatch):
    monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.setattr(module, "SIFTED", 3)
    monkeypatch.setattr(module, "CHUNK", 1)
    place, late = pair.acme.establish(), pair.acme.establish()
    feed = feed_of(0)
    told = [said(pair.acme, place) for _ in range(9)]
    assert everything(feed) == told
    told = said(pair.acme, late, ago=timedelta(seconds=1)), said(pair.acme, place)
    assert everything(feed) == [*told]
    assert everything(feed) == []


def test_what_there_was_no_room_for_comes_next(pair, feed_of, monkeypatch):
    monkeypatch.setattr(module, "ROOM", 1)
    place, other = pair.acme.establish(), pair.acme.establish()
    feed = feed_of(0)
    told = [said(pair.acme, spoken) for spoken in (place, other, place, other)]
    shown, position = feed.read(set(), feed.begin(set()))
    assert [item.event_id for item in shown] == told[:1]
    assert position
    assert everything(feed) == told[1:]


@pytest.fixture
def forgetful(pair, feed_of, monkeypatch):
    """A feed that keeps one cursor, and (conversations that it has forgotten, the one that it knows)."""
    monkeypatch.setattr(progress, "MOST", 1)
    acme = pair.acme
    old, known = [acme.establish() for _ in range(2)], acme.establish()
    feed = feed_of(0)
    feed.most = 1
    told = [said(acme, place, ago=HOUR, ready=HOUR) for place in old]
    told = [*sorted(told), said(acme, known)]
    assert everything(feed) == told
    assert set(feed.cursors) == {known.id}, "the others are forgotten"
    return feed, old, known


@pytest.mark.parametrize("few", [0, 100])
def test_what_was_told_of_forgotten_conversations_is_not_told_again(forgetful, monkeypatch, few):
    monkeypatch.setattr(module, "FEW", few)
    feed, old, known = forgetful
    everyone = [str(place.id) for place in [*old, known]]
    assert everything(feed, *everyone) == everything(feed, everyone[0]) == everything(feed) == []


@pytest.mark.parametrize("woken", [True, False])
def test_what_is_said_in_a_forgotten_conversation_is_told_once(pair, forgetful, woken):
    feed, (place, _), _ = forgetful
    wakeups = [str(place.id)] if woken else []
    event_id = said(pair.acme, place)
    assert everything(feed, *wakeups) == [event_id]
    assert everything(feed, *wakeups) == everything(feed) == []


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize("which", ["forgotten", "never known"])
def test_what_came_before_the_window_and_is_handled_only_now_is_told_at_its_hint(
    pair, forgetful, monkeypatch, which, few
):
    monkeypatch.setattr(module, "FEW", few)
    feed, (place, _), _ = forgetful
    place = place if which == "forgotten" else pair.acme.establish()
    event_id = said(pair.acme, place, ago=timedelta(minutes=50))
    assert everything(feed, str(place.id)) == [event_id]
    assert everything(feed, str(place.id)) == everything(feed) == []


def test_what_became_available_before_the_last_that_was_told_but_was_seen_only_now_is_told(pair, forgetful):
    """A commit that took long: everything about it is earlier than what the socket has told since."""
    feed, (place, _), _ = forgetful
    event_id = said(pair.acme, place, ago=timedelta(minutes=14), ready=timedelta(minutes=10))
    assert everything(feed) == [event_id]
    assert everything(feed) == []


def test_a_clock_that_was_ahead_makes_nothing_look_old(pair, feed_of, monkeypatch):
    monkeypatch.setattr(progress, "MOST", 1)
    ahead, place, other = (pair.acme.establish() for _ in range(3))
    feed = feed_of(0)
    feed.most = 1
    told = [said(pair.acme, place), said(pair.acme, ahead, ago=-HOUR, ready=-HOUR)]
    assert everything(feed) == told
    news = said(pair.acme, other)
    assert everything(feed, str(other.id)) == [news]
    assert everything(feed, str(place.id), str(ahead.id), str(other.id)) == []


@pytest.mark.parametrize("woken", [True, False])
def test_what_a_clock_that_is_behind_made_available_is_told(pair, forgetful, woken):
    feed, (place, _), _ = forgetful
    event_id = said(pair.acme, place, ready=HOUR)
    wakeups = [str(place.id)] if woken else []
    assert everything(feed, *wakeups) == [event_id]
    assert everything(feed, *wakeups) == everything(feed) == []


def test_of_many_busy_conversations_none_is_forgotten_too_early(pair, feed_of):
    feed = feed_of(0)
    feed.most = 1
    places = [pair.acme.establish() for _ in range(3)]
    told = [said(pair.acme, place) for place in places]
    assert everything(feed) == told
    assert len(feed.cursors) == 3
    assert everything(feed, *(str(place.id) for place in places)) == everything(feed) == []
