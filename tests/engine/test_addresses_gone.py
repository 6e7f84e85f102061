"""An integration whose webhook is taken away: what waited for it is read on a socket, in order and once."""

import pytest
from asgiref.sync import async_to_sync

from engine.actions.endpoints import do_pause
from engine.delivery import store
from engine.jobs import addresses_gone
from engine.models import Delivery, Endpoint, Lane
from engine.sockets.feed import FeedQuery, open_feed
from hubster.lib import clock
from portal.identity.tokens import client_caller, read
from portal.models import Integration
from tests.background import do_deliver, taken
from tests.engine.observer import say
from tests.engine.test_feed_late import everything

S = Delivery.Status


@pytest.fixture
def agent(observed, fake_http):
    """An agent with a webhook, which Observer has no part in."""
    observed.observer = observed.add(
        "Direct", "Hooked", integrationType="Agent", webhookUrl="http://127.0.0.1:8099/agent"
    )
    return observed.observer


def take_away(end: Integration) -> None:
    row = Integration.objects.get(pk=end.pk)
    row.configuration = {key: value for key, value in row.configuration.items() if key != "webhookUrl"}
    row.save()


def look() -> int:
    return sum(addresses_gone.run())


def of(end) -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(destination=end).order_by("event_id")
    return [(row.activity.content["text"], row.status) for row in rows]


def test_what_waits_at_a_paused_endpoint_becomes_available_in_order_and_its_pause_ends(observed, agent):
    do_pause(agent)
    say(observed, observed.establish(), "one", "two")
    assert look() == 0, "it has its address"
    take_away(agent)
    assert (look(), look()) == (2, 0)
    assert of(agent) == [("one", S.AVAILABLE), ("two", S.AVAILABLE)]
    assert Endpoint.objects.get(destination=agent).paused is None
    assert not Lane.objects.filter(destination=agent, due__isnull=False).exists()


@pytest.mark.parametrize("woken", [True, False])
def test_a_socket_is_told_of_it_in_order_and_once(observed, agent, woken):
    do_pause(agent)
    talk, other = observed.establish(), observed.establish()
    caller = client_caller(read(observed.token("engine")), "hubster-engine-api")
    early = open_feed(caller, FeedQuery(agent.id, None, None), clock.now_ms())
    say(observed, talk, "one")
    say(observed, other, "two")
    say(observed, talk, "three")
    wakeups = [str(talk.id), str(other.id)] if woken else []
    take_away(agent)
    assert everything(early, *wakeups) == []
    assert look() == 3
    ids = list(Delivery.objects.filter(destination=agent).order_by("event_id").values_list("event_id", flat=True))
    assert everything(early, *wakeups) == ids
    say(observed, talk, "four")
    assert len(everything(early, *wakeups)) == 1
    assert everything(open_feed(caller, FeedQuery(agent.id, None, 0), 0))[:3] == ids


def test_what_failed_once_for_want_of_an_address_is_not_tried_again_but_read(observed, agent, fake_http):
    talk = observed.establish()
    say(observed, talk, "one", "two")
    take_away(agent)
    lane = Lane.objects.get(destination=agent)
    do_deliver(lane.pk)
    assert (fake_http.sent, of(agent)) == ([], [("one", S.PENDING), ("two", S.PENDING)])
    assert look() == 2
    say(observed, talk, "three")
    assert {status for _, status in of(agent)} == {S.AVAILABLE}
    assert do_deliver(lane.pk) == 0
    assert Endpoint.objects.get(destination=agent).well


def test_a_call_that_is_under_way_is_let_go_on_and_nothing_is_read_twice(observed, agent, fake_http):
    talk = observed.establish()
    say(observed, talk, "one", "two")
    Endpoint.objects.create(destination=agent, failures=1)
    lane = Lane.objects.get(destination=agent)

    def meanwhile() -> int:
        take_away(agent)
        assert look() == 0
        return 200

    fake_http.answers = [meanwhile]
    (made,) = taken("delivery", lane.pk)
    async_to_sync(made.work)()
    store.commit([made])
    assert of(agent)[0] == ("one", S.SENT)
    Endpoint.objects.update(failures=1)
    assert look() == 1
    assert of(agent) == [("one", S.SENT), ("two", S.AVAILABLE)]


def test_others_keep_what_waits_for_them(observed, globex, agent):
    theirs = globex.add("Direct", "Hooked", integrationType="Agent", webhookUrl="http://127.0.0.1:8099/agent")
    do_pause(theirs)
    do_pause(agent)
    say(globex, globex.establish(), "hello")
    say(observed, observed.establish(), "one")
    take_away(agent)
    assert look() == 1
    assert of(theirs) == [("hello", S.PENDING)]
