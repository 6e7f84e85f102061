"""Sending what waits for its next attempt: now, in order, never twice, and saying what came of it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from engine.actions import send_now as actions
from engine.actions.deliveries import Replayed
from engine.actions.endpoints import do_pause, do_set_order
from engine.models import Delivery, Endpoint
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from portal.models import AuditEntry
from tests.background import do_deliver, taken
from tests.engine.observer import lane_of, say, texts

S = Delivery.Status


def waiting(party, fake_http, *words: str) -> list[Delivery]:
    """Words in one conversation: the first one has failed once, and the others wait behind it."""
    fake_http.answers = [500]
    say(party, party.establish(), *words)
    do_deliver(lane_of(party).id)
    fake_http.sent.clear()
    return list(Delivery.objects.filter(destination=party.observer).order_by("event_id"))


def test_one_that_waits_for_its_next_attempt_goes_out_now(observed, fake_http):
    (row,) = waiting(observed, fake_http, "one")
    assert do_deliver(lane_of(observed).id) == 0
    assert actions.do_send_now(row)
    assert do_deliver(lane_of(observed).id) == 1
    row.refresh_from_db()
    assert (row.status, row.attempts) == (S.SENT, 2)


def test_what_holds_it_up_goes_first(observed, fake_http):
    rows = waiting(observed, fake_http, "one", "two", "three")
    assert actions.do_send_now(rows[1])
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two", "three"]


def test_where_failed_ones_are_skipped_only_the_chosen_one_is_brought_forward(observed, fake_http):
    do_set_order(observed.observer, in_order=False)
    fake_http.answers = [500, 500]
    say(observed, observed.establish(), "one", "two")
    do_deliver(lane_of(observed).id)
    fake_http.sent.clear()
    later = Delivery.objects.filter(destination=observed.observer).order_by("event_id").last()
    assert actions.do_send_now(later)
    assert do_deliver(lane_of(observed).id) == 1
    assert texts(fake_http) == ["two"]


def test_an_attempt_under_way_is_not_doubled(observed, fake_http):
    say(observed, observed.establish(), "one")
    (under_way,) = taken("delivery", lane_of(observed).id)
    assert not actions.do_send_now(under_way.delivery)
    assert actions.do_send_waiting(observed.observer) == Replayed(0)
    assert do_deliver(lane_of(observed).id) == 0
    assert not fake_http.sent


@pytest.mark.parametrize("status", [S.SENT, S.FAILED])
def test_what_is_over_does_not_wait(observed, fake_http, status):
    (row,) = waiting(observed, fake_http, "one")
    Delivery.objects.filter(pk=row.pk).update(status=status, next_attempt=None)
    assert not actions.do_send_now(row)
    assert actions.do_send_waiting(observed.observer) == Replayed(0)


def test_a_paused_endpoint_must_be_resumed(observed, fake_http):
    (row,) = waiting(observed, fake_http, "one")
    do_pause(observed.observer)
    for do, of in ((actions.do_send_now, row), (actions.do_send_waiting, observed.observer)):
        with pytest.raises(HubsterError) as refused:
            do(of)
        assert "is paused" in refused.value.faults[0].text
    assert actions.do_send_chosen(Delivery.objects.all()) == Replayed(0)


def test_everything_that_waits_goes_in_batches_and_the_neighbours_does_not(observed, globex, fake_http, monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 2)
    globex.observer = globex.add("System", "Observer", webhookUrl="http://127.0.0.1:8098/hook", events=["message"])
    (theirs,) = waiting(globex, fake_http, "theirs")
    waiting(observed, fake_http, "one", "two", "three", "four", "five")
    assert actions.do_send_waiting(observed.observer) == Replayed(5)
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two", "three", "four", "five"]
    theirs.refresh_from_db()
    assert theirs.next_attempt > clock.now()
    recorded = AuditEntry.objects.filter(action="integration.deliveries_sent_now")
    assert sum(entry.after["deliveries"] for entry in recorded) == 5


def test_a_failure_waits_as_long_as_it_would_have(observed, fake_http, settings):
    (row,) = waiting(observed, fake_http, "one")
    actions.do_send_now(row)
    fake_http.answers = [500]
    do_deliver(lane_of(observed).id)
    row.refresh_from_db()
    assert row.attempts == 2
    assert row.next_attempt - clock.now() > timedelta(seconds=settings.HUBSTER_RETRY_UNIT)


# --- the pages -----------------------------------------------------------------------------------------------
def press(party, name: str, pk, role: str = "manager"):
    return party.browser(role).post(reverse(f"admin:engine_{name}", args=[pk]), follow=True)


def levels(answer) -> list[tuple[str, str]]:
    return [(message.level_tag, str(message)) for message in answer.context["messages"]]


def test_the_page_of_a_delivery_sends_it_now(observed, fake_http):
    (row,) = waiting(observed, fake_http, "one")
    page = reverse("admin:engine_delivery_change", args=[row.pk])
    button = reverse("admin:engine_delivery_send_now", args=[row.pk])
    assert button in observed.browser("manager").get(page).content.decode()
    assert button not in observed.browser("agent").get(page).content.decode()
    assert observed.browser("agent").post(button).status_code == 403
    assert observed.browser("manager").get(button).status_code == 405
    assert levels(press(observed, "delivery_send_now", row.pk)) == [("success", "1 delivery queued.")]
    [(level, text)] = levels(press(observed, "delivery_send_now", row.pk))
    assert (level, text[:16]) == ("warning", "Nothing to send:")


@pytest.mark.parametrize(("action", "nothing"), [("send_now", "Nothing to send"), ("send_again", "Nothing to resend")])
def test_an_action_never_says_in_green_that_it_did_nothing(observed, fake_http, action, nothing):
    (row,) = waiting(observed, fake_http, "one")
    Delivery.objects.filter(pk=row.pk).update(next_attempt=clock.now())
    form = {"action": action, "_selected_action": [row.pk]}
    answer = observed.browser("manager").post(reverse("admin:engine_delivery_changelist"), form, follow=True)
    [(level, text)] = levels(answer)
    assert level == "warning"
    assert nothing in text


def test_chosen_ones_that_wait_are_sent_from_the_list(observed, fake_http):
    rows = waiting(observed, fake_http, "one", "two")
    form = {"action": "send_now", "_selected_action": [row.pk for row in rows]}
    answer = observed.browser("manager").post(reverse("admin:engine_delivery_changelist"), form, follow=True)
    assert levels(answer) == [("success", "2 deliveries queued.")]


@pytest.mark.parametrize("verb", ["send", "replay", "keep_order", "pause"])
def test_the_buttons_of_a_webhook_warn_when_nothing_changed(observed, fake_http, verb):
    Endpoint.objects.create(destination=observed.observer, paused=clock.now() if verb == "pause" else None)
    [(level, _)] = levels(press(observed, f"endpoint_{verb}", observed.observer.pk))
    assert level == "warning"


def test_a_good_test_offers_to_send_what_waits(observed, fake_http):
    waiting(observed, fake_http, "one", "two")
    answer = press(observed, "endpoint_test", observed.observer.pk)
    assert "2 deliveries are waiting." in answer.content.decode()
    assert reverse("admin:engine_endpoint_send", args=[observed.observer.pk]) in answer.content.decode()
    fake_http.answers = [500]
    assert "are waiting." not in press(observed, "endpoint_test", observed.observer.pk).content.decode()
    do_pause(observed.observer)
    assert "Resume and send them" in press(observed, "endpoint_test", observed.observer.pk).content.decode()


def test_the_page_of_a_webhook_sends_what_waits(observed, fake_http):
    waiting(observed, fake_http, "one", "two")
    answer = press(observed, "endpoint_send", observed.observer.pk)
    assert levels(answer) == [("success", "2 deliveries queued.")]
    assert do_deliver(lane_of(observed).id) == 2


def test_a_webhook_says_why_it_fails_on_its_page_in_the_list_and_on_the_overview(observed, fake_http):
    (row,) = waiting(observed, fake_http, "one")
    browser = observed.browser("manager")
    page = browser.get(reverse("admin:engine_endpoint_change", args=[observed.observer.pk])).content.decode()
    attempt = row.tries.get()
    assert "The last message was rejected: HTTP 500." in page
    assert f"{reverse('admin:engine_delivery_change', args=[row.pk])}#attempt-{attempt.pk}" in page
    assert "<dd>seen</dd>" in page, "the body of the answer"
    for url in (reverse("admin:engine_endpoint_changelist"), reverse("admin:index")):
        shown = browser.get(url).content.decode()
        assert "The last message was rejected: HTTP 500." in shown
        assert "Acme hub › Observer" in shown
    assert "Acme hub › Observer" not in observed.browser("agent").get(reverse("admin:index")).content.decode()
    do_deliver(lane_of(observed).id)
    actions.do_send_now(row)
    do_deliver(lane_of(observed).id)
    assert "rejected" not in browser.get(reverse("admin:index")).content.decode()
