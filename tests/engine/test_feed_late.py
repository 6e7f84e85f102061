"""A socket for all conversations reads what came out of the pipeline late, and nothing twice."""

import pytest

from engine.models import Activity
from engine.sockets import feed as module
from engine.sockets.feed import FeedQuery, open_feed
from portal.identity.tokens import client_caller, read
from tests.background import do_run


@pytest.fixture
def feed_of(pair):
    """Opens the agents' feed after an event id."""

    def opened(leid: int):
        caller = client_caller(read(pair.acme.token("engine")), "hubster-engine-api")
        return open_feed(caller, FeedQuery(pair.acme.agent.id, None, leid), 0)

    return opened


def everything(feed, *heard: str) -> list[int]:
    """The event ids of a whole round."""
    found, position = [], feed.begin(set(heard))
    while position:
        shown, position = feed.read(set(heard), position)
        found += [item.event_id for item in shown]
    return found


def say(party, conversation) -> int:
    path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
    answer = party.api("engine").post(path, {"message": {"type": "text", "text": "Hi"}}, format="json")
    return int(answer.json()["eventId"])


@pytest.mark.parametrize("woken", [True, False])
def test_what_was_said_before_the_last_known_event_and_handled_after_it_is_not_missed(pair, feed_of, woken):
    acme = pair.acme
    slow, quick = acme.establish(), acme.establish()
    early, last = say(acme, slow), say(acme, quick)
    Activity.objects.filter(event_id=early).update(event_id=last - 5)
    do_run(quick.id)
    feed = feed_of(last)  # the client knows of the later one already
    assert everything(feed) == []
    do_run(slow.id)
    wakeups = [str(slow.id)] if woken else []
    assert everything(feed, *wakeups) == [last - 5]
    assert everything(feed, *wakeups) == everything(feed) == []
    assert everything(feed_of(last)) == [last - 5], "a client that reconnects with the later one is told as well"


def test_of_two_conversations_with_the_same_event_id_the_later_handled_is_not_missed(pair, feed_of):
    acme = pair.acme
    first, second = acme.establish(), acme.establish()
    early, last = say(acme, first), say(acme, second)
    Activity.objects.filter(event_id=early).update(event_id=last)
    do_run(first.id)  # the client gets this one, and goes away
    do_run(second.id)
    assert everything(feed_of(last)) == [last]


@pytest.mark.parametrize("few", [0, 100], ids=["sifted", "named"])
def test_what_comes_out_behind_the_page_that_was_read_is_told_before_what_follows_it(pair, feed_of, monkeypatch, few):
    monkeypatch.setattr(module, "ROOM", 1)
    monkeypatch.setattr(module, "FEW", few)
    acme = pair.acme
    slow, quick = acme.establish(), acme.establish()
    feed, heard = feed_of(0), {str(slow.id), str(quick.id)}
    early, first, second = say(acme, slow), say(acme, quick), say(acme, quick)
    do_run(quick.id)
    shown, position = feed.read(heard, feed.begin(heard))
    assert [item.event_id for item in shown] == [first]
    late = say(acme, slow)
    do_run(slow.id)  # while the client takes the first page
    told = []
    while position:
        shown, position = feed.read(heard, position)
        told += [item.event_id for item in shown]
    assert told == [early, second, late]
    assert everything(feed, *heard) == everything(feed) == []
