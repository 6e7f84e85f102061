"""Sending anew: same id, same place, every attempt again; bounded, repeatable, recorded."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.actions import deliveries as actions
from engine.actions.endpoints import do_pause, do_resume
from engine.models import Activity, Delivery
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from portal.models import AuditEntry
from tests.background import do_deliver
from tests.engine.observer import lane_of, say, texts

pytestmark = pytest.mark.usefixtures("still")

S = Delivery.Status


@pytest.fixture
def hasty(settings):
    """No waits between attempts."""
    settings.HUBSTER_RETRY_UNIT = 0


def failures(party, fake_http, *words: str) -> list[Delivery]:
    """Words in one conversation that all failed for good, oldest first."""
    fake_http.answers = [500] * 6 * len(words)
    say(party, party.establish(), *words)
    do_deliver(lane_of(party).id)
    fake_http.sent.clear()
    rows = Delivery.objects.filter(destination=party.observer).order_by("event_id")
    assert {row.status for row in rows} == {S.FAILED}
    return list(rows)


def replays() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action="integration.deliveries_replayed").order_by("at"))


def test_a_failed_delivery_gets_all_its_attempts_again_under_its_old_id(observed, fake_http, hasty):
    (row,) = failures(observed, fake_http, "one")
    assert actions.do_replay(row)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.replays, row.last_error, row.ended) == (S.PENDING, 0, 1, "", None)
    assert row.next_attempt <= clock.now()
    fake_http.answers = [500]
    do_deliver(lane_of(observed).id)
    assert [request.headers["webhook-id"] for request in fake_http.sent] == [str(row.id)] * 2
    assert [found.number for found in row.tries.all()] == [1, 2, 3, 4, 5, 6, 1, 2]
    row.refresh_from_db()
    assert (row.status, row.replays) == (S.SENT, 1)


def test_what_arrived_can_deliberately_be_sent_once_more(observed, fake_http):
    say(observed, observed.establish(), "one")
    do_deliver(lane_of(observed).id)
    assert actions.do_replay(Delivery.objects.get(destination=observed.observer))
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "one"]


def test_it_goes_before_what_was_said_later(observed, fake_http, hasty):
    (old,) = failures(observed, fake_http, "old")
    say(observed, old.conversation, "new")
    actions.do_replay(old)
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["old", "new"]


def test_it_does_not_shorten_the_wait_of_an_earlier_one(observed, fake_http):
    conversation = observed.establish()
    say(observed, conversation, "waits", "later")
    first, later = Delivery.objects.filter(destination=observed.observer).order_by("event_id")
    Delivery.objects.filter(pk=later.pk).update(status=S.FAILED, attempts=6)
    fake_http.answers = [500]
    do_deliver(lane_of(observed).id)
    fake_http.sent.clear()
    actions.do_replay(Delivery.objects.get(pk=later.pk))
    assert do_deliver(lane_of(observed).id) == 0
    first.refresh_from_db()
    assert lane_of(observed).due == first.next_attempt


def test_replaying_what_waits_already_changes_nothing_and_is_not_recorded(observed, fake_http, hasty):
    (row,) = failures(observed, fake_http, "one")
    actions.do_replay(row)
    before = Delivery.objects.filter(pk=row.pk).values().get()
    assert not actions.do_replay(Delivery.objects.get(pk=row.pk))
    assert actions.do_replay_range(observed.observer) == actions.Replayed(0)
    assert Delivery.objects.filter(pk=row.pk).values().get() == before
    assert len(replays()) == 1


def test_all_that_failed_goes_out_in_order_and_the_neighbours_does_not(observed, globex, fake_http, hasty):
    globex.observer = globex.add("System", "Observer", webhookUrl="http://127.0.0.1:8098/hook", events=["message"])
    (theirs,) = failures(globex, fake_http, "theirs")
    failures(observed, fake_http, "one", "two", "three")
    assert actions.do_replay_range(observed.observer) == actions.Replayed(3)
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two", "three"]
    theirs.refresh_from_db()
    assert theirs.status == S.FAILED


def test_a_span_of_time_begins_with_its_first_moment_and_ends_before_its_last(observed, fake_http, hasty):
    rows = failures(observed, fake_http, "one", "two", "three")
    start = clock.now() - timedelta(days=3)
    for days, row in enumerate(rows):
        Delivery.objects.filter(pk=row.pk).update(created=start + timedelta(days=days))
    done = actions.do_replay_range(observed.observer, start + timedelta(days=1), start + timedelta(days=2))
    assert done.count == 1
    assert Delivery.objects.get(status=S.PENDING) == rows[1]
    assert actions.do_replay_range(observed.observer, end=start).count == 0
    assert actions.do_replay_range(observed.observer, start=start).count == 2


def test_by_default_only_what_failed_is_sent_and_by_wish_only_what_arrived(observed, fake_http, hasty):
    rows = failures(observed, fake_http, "one", "two")
    Delivery.objects.filter(pk=rows[1].pk).update(status=S.SENT)
    assert actions.do_replay_range(observed.observer).count == 1
    assert Delivery.objects.get(status=S.SENT) == rows[1]
    assert actions.do_replay_range(observed.observer, status=S.SENT).count == 1


def test_many_are_sent_in_batches_and_one_call_has_an_end(observed, fake_http, hasty, monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 2)
    monkeypatch.setattr(actions, "MOST", 4)
    rows = failures(observed, fake_http, "one", "two", "three", "four", "five")
    assert actions.do_replay_range(observed.observer) == actions.Replayed(4, more=True)
    assert Delivery.objects.get(status=S.FAILED) == rows[-1], "the oldest go first"
    assert [entry.after["deliveries"] for entry in replays()] == [2, 2]
    assert actions.do_replay_range(observed.observer) == actions.Replayed(1)


def test_what_arrives_while_the_rest_is_still_picked_is_not_picked_again(observed, fake_http, hasty, monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 1)
    rows = failures(observed, fake_http, "one", "two")
    Delivery.objects.update(status=S.SENT)
    once, batch = [], actions._do_replay_batch

    def picked_and_delivered_at_once(integration, ids, told):
        once.extend(ids)
        count = batch(integration, ids, told)
        Delivery.objects.filter(pk__in=ids).update(status=S.SENT)
        return count

    monkeypatch.setattr(actions, "_do_replay_batch", picked_and_delivered_at_once)
    assert actions.do_replay_range(observed.observer, status=S.SENT).count == 2
    assert once == [row.pk for row in rows]


def test_the_number_of_statements_does_not_grow_with_the_number_of_deliveries(observed, fake_http, hasty):
    failures(observed, fake_http, "one")
    few = statements(observed)
    Delivery.objects.update(status=S.SENT)
    failures_more = [f"word {number}" for number in range(12)]
    say(observed, observed.establish(), *failures_more)
    Delivery.objects.filter(destination=observed.observer).update(status=S.FAILED)
    assert statements(observed) == few


def statements(party) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert actions.do_replay_range(party.observer).count
    return len([query for query in seen if "SAVEPOINT" not in query["sql"]])


def test_the_audit_log_says_who_sent_how_many_again_and_which(acme, observed, fake_http, hasty):
    rows = failures(observed, fake_http, "one", "two")
    start = rows[0].created - timedelta(seconds=1)
    body = {"integrationId": str(observed.observer.id), "from": clock.iso(start)}
    observed.api("portal").post("/api/v1/deliveries/replay", body, format="json")
    (entry,) = replays()
    assert entry.tenant_id == observed.tenant.id
    assert (entry.by, entry.actor_name) == ("client", f"hubster.portal.api.{acme.tenant.id.hex}")
    assert (entry.object_id, entry.object_name) == (str(observed.observer.id), "Observer")
    assert entry.after == {"deliveries": 2, "status": "failed", "from": clock.iso(start)}


def test_what_cannot_be_recorded_is_not_sent_again(observed, fake_http, hasty, monkeypatch):
    (row,) = failures(observed, fake_http, "one")

    def broken(*args, **kwargs):
        raise RuntimeError("The log is out of order.")

    monkeypatch.setattr(AuditEntry, "save", broken)
    with pytest.raises(RuntimeError):
        actions.do_replay(row)
    assert Delivery.objects.get(pk=row.pk).status == S.FAILED


def test_for_a_paused_endpoint_it_waits_until_the_endpoint_is_resumed(observed, fake_http, hasty):
    (row,) = failures(observed, fake_http, "one")
    do_pause(observed.observer)
    actions.do_replay(row)
    assert do_deliver(lane_of(observed).id) == 0
    assert not fake_http.sent
    do_resume(observed.observer)
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one"]


def test_what_is_read_on_a_socket_cannot_be_sent(observed, fake_http):
    say(observed, observed.establish(), "one")
    row = Delivery.objects.get(destination=observed.agent)
    assert row.status == S.AVAILABLE
    with pytest.raises(HubsterError, match="WebSocket"):
        actions.do_replay(row)
    with pytest.raises(HubsterError, match="WebSocket"):
        actions.do_replay_range(observed.agent)


def test_an_address_that_was_taken_away_gets_nothing(observed, fake_http):
    say(observed, observed.establish(), "one")
    Delivery.objects.filter(destination=observed.agent).update(status=S.FAILED)
    row = Delivery.objects.get(destination=observed.agent)
    with pytest.raises(HubsterError, match="no webhook URL"):
        actions.do_replay(row)
    assert actions.do_replay_chosen(Delivery.objects.filter(pk=row.pk)).count == 0


def test_a_choice_may_hold_deliveries_of_several_integrations(observed, fake_http, hasty):
    other = observed.add("System", "Archive", webhookUrl="http://127.0.0.1:8099/b", events=["message"])
    say(observed, observed.establish(), "one")
    Delivery.objects.update(status=S.FAILED)
    assert actions.do_replay_chosen(Delivery.objects.all()).count == 2
    assert set(Delivery.objects.filter(status=S.PENDING).values_list("destination", flat=True)) == {
        observed.observer.id, other.id,
    }  # fmt: skip
    assert {entry.object_name for entry in replays()} == {"Observer", "Archive"}


def test_a_worker_is_woken_at_once(observed, fake_http, hasty, monkeypatch):
    (row,) = failures(observed, fake_http, "one")
    woken = []
    monkeypatch.setattr("engine.work.wake.wake_up", woken.append)
    actions.do_replay(row)
    assert woken == ["delivery"]


def test_counting_replays_stops_where_the_column_ends(observed, fake_http, hasty):
    (row,) = failures(observed, fake_http, "one")
    Delivery.objects.update(replays=32_767)
    with time_machine.travel(clock.now(), tick=False):
        assert actions.do_replay(row)
    assert Delivery.objects.get(pk=row.pk).replays == 32_767


def test_a_message_whose_content_was_removed_is_not_sent_again(observed, fake_http, hasty):
    gone, kept = failures(observed, fake_http, "gone", "kept")
    Activity.objects.filter(pk=gone.activity_id).update(purged=clock.now())
    gone.refresh_from_db()
    with pytest.raises(HubsterError, match="removed"):
        actions.do_replay(gone)
    assert actions.do_replay_range(observed.observer).count == 1
    assert [row.status for row in Delivery.objects.filter(pk__in=[gone.pk, kept.pk]).order_by("event_id")] == [
        "failed", "pending",
    ]  # fmt: skip


def test_one_that_is_emptied_at_the_same_moment_is_left_out(observed, fake_http, hasty):
    gone, kept = failures(observed, fake_http, "gone", "kept")
    Activity.objects.filter(pk=gone.activity_id).update(purged=clock.now())
    assert actions._do_replay_batch(observed.observer, [gone.pk, kept.pk], {}) == 1
    assert list(Delivery.objects.filter(status=S.PENDING)) == [kept]
