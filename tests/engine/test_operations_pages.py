"""The admin's pages of operations: endpoints in plain words with their buttons, and sending deliveries again."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from engine.models import Delivery, Endpoint
from hubster.lib import clock
from portal.admin.audit_words import VERBS, action_words
from tests.background import do_deliver
from tests.cast import TenantFixture
from tests.engine.observer import lane_of, say
from tests.engine.test_replay import failures, hasty

S = Delivery.Status

__all__ = ["hasty"]


def place(party: TenantFixture, verb: str = "change", end=None) -> str:
    return reverse(f"admin:engine_endpoint_{verb}", args=[(end or party.observer).pk])


def press(party: TenantFixture, verb: str, role: str = "manager") -> str:
    return party.browser(role).post(place(party, verb), follow=True).content.decode()


def shown(party: TenantFixture, url: str, role: str = "manager") -> str:
    return party.browser(role).get(url).content.decode()


def test_the_page_is_there_before_anything_was_sent(observed):
    assert "Nothing has been sent yet." in shown(observed, place(observed))
    assert not Endpoint.objects.exists()


def test_an_integration_on_a_socket_has_no_such_page(observed):
    answer = observed.browser("manager").get(place(observed, end=observed.agent))
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("state", "values"),
    [
        ("paused", {"paused": clock.now(), "failures": 2, "slow": True}),
        ("failing", {"failures": 2, "slow": True}),
        ("slow", {"slow": True}),
        ("well", {}),
    ],
)
def test_the_list_can_be_of_one_state(observed, state, values):
    Endpoint.objects.create(destination=observed.observer, **values)
    url, browser = reverse("admin:engine_endpoint_changelist"), observed.browser("manager")
    found = {
        name: len(browser.get(url, {"state": name}).context["cl"].result_list)
        for name in ("paused", "failing", "slow", "well")
    }
    assert found == {"paused": 0, "failing": 0, "slow": 0, "well": 0} | {state: 1}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "No problems so far."),
        ({"slow": True}, "took 2 seconds or more"),
        ({"failures": 3, "last_status": 500, "last_error": "x"}, "The last message was rejected: HTTP 500."),
        (
            {"failures": 1, "last_error": "No answer in time. (code: ENG007512)"},
            "could not be delivered: No answer in time. ",
        ),
        ({"paused": clock.now(), "reason": "It says <b>gone</b>."}, "It says &lt;b&gt;gone&lt;/b&gt;."),
    ],
)
def test_health_is_told_in_words(observed, values, words):
    Endpoint.objects.create(destination=observed.observer, **values)
    assert words in shown(observed, place(observed))


def test_pausing_and_resuming_by_button(observed, fake_http):
    assert "New messages are queued." in press(observed, "pause")
    assert Endpoint.objects.get().reason == "Paused by acme-manager."
    say(observed, observed.establish(), "one")
    assert do_deliver(lane_of(observed).id) == 0
    row = Delivery.objects.get(destination=observed.observer)
    for url in (reverse("admin:engine_delivery_change", args=[row.pk]), reverse("admin:engine_delivery_changelist")):
        assert "resume" in shown(observed, url)
    for url in (place(observed), reverse("admin:portal_integration_change", args=[observed.observer.pk])):
        assert "Paused by acme-manager." in shown(observed, url)
    assert "Waiting messages of 1 conversation are being sent." in press(observed, "resume")
    assert do_deliver(lane_of(observed).id) == 1


def test_a_test_message_by_button_says_what_came_of_it(observed, fake_http):
    fake_http.answers = [200, 404]
    assert "ms: HTTP 200." in press(observed, "test")
    assert "Check the path of the webhook URL." in press(observed, "test")


def test_all_failed_ones_are_sent_again_by_button(observed, fake_http, hasty):
    failures(observed, fake_http, "one", "two")
    assert "Resend all failed" in shown(observed, place(observed))
    assert "2 deliveries queued." in press(observed, "replay")
    assert Delivery.objects.filter(destination=observed.observer, status=S.PENDING).count() == 2
    assert "Resend all failed" not in shown(observed, place(observed))


def test_order_is_given_up_and_kept_again_by_button(observed):
    assert "Failed messages are now skipped" in press(observed, "free_order")
    assert not Endpoint.objects.get().in_order
    assert "failed messages are skipped" in shown(observed, place(observed))
    assert "Order is now strict" in press(observed, "keep_order")
    assert Endpoint.objects.get().in_order


@pytest.mark.parametrize("verb", ["pause", "resume", "replay", "test", "send", "keep_order", "free_order"])
def test_buttons_are_for_managers_and_for_posts_with_a_token(observed, fake_http, verb):
    assert observed.browser("agent").post(place(observed, verb)).status_code == 403
    assert observed.browser("manager").get(place(observed, verb)).status_code == 405
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(observed.people["manager"])
    assert strict.post(place(observed, verb)).status_code == 403
    assert not fake_http.sent
    assert not Endpoint.objects.exists()


def test_one_delivery_is_sent_again_from_its_page(observed, fake_http, hasty):
    (row,) = failures(observed, fake_http, "one")
    page, button = (reverse(f"admin:engine_delivery_{name}", args=[row.pk]) for name in ("change", "replay"))
    assert button in shown(observed, page)
    assert button not in shown(observed, page, "agent")
    assert observed.browser("agent").post(button).status_code == 403
    assert observed.browser("manager").get(button).status_code == 405
    first = observed.browser("manager").post(button, follow=True).content.decode()
    assert "1 delivery queued." in first
    assert "Resent manually" in first
    assert button not in shown(observed, page)
    assert (
        "Nothing to resend: this one is still waiting"
        in observed.browser("manager").post(button, follow=True).content.decode()
    )


def test_chosen_deliveries_are_sent_again_from_the_list(observed, fake_http, hasty):
    rows = failures(observed, fake_http, "one", "two", "three")
    url = reverse("admin:engine_delivery_changelist")
    form = {"action": "send_again", "_selected_action": [row.pk for row in rows[:2]]}
    assert "send_again" not in shown(observed, url, "agent")
    observed.browser("agent").post(url, form)
    assert not Delivery.objects.filter(status=S.PENDING).exists()
    answer = observed.browser("manager").post(url, form, follow=True)
    assert "2 deliveries queued." in answer.content.decode()
    assert set(Delivery.objects.filter(status=S.PENDING)) == set(rows[:2])


def test_all_that_a_filter_shows_can_be_chosen(observed, fake_http, hasty):
    rows = failures(observed, fake_http, "one", "two")
    url = reverse("admin:engine_delivery_changelist") + "?status=failed"
    form = {"action": "send_again", "_selected_action": [rows[0].pk], "select_across": "1"}
    observed.browser("manager").post(url, form)
    assert Delivery.objects.filter(status=S.PENDING).count() == 2


def test_the_front_page_and_the_sidebar_count_paused_endpoints_of_ones_own(observed, globex):
    theirs = globex.add("System", "Observer", webhookUrl="http://127.0.0.1:8098/hook", events=["message"])
    Endpoint.objects.create(destination=theirs, paused=clock.now())
    front = observed.browser("manager").get("/admin/")
    assert paused_card(front) == ("0", "good")
    Endpoint.objects.create(destination=observed.observer, paused=clock.now())
    front = observed.browser("manager").get("/admin/")
    assert paused_card(front) == ("1", "bad")
    listed = shown(observed, reverse("admin:engine_endpoint_changelist") + "?state=paused")
    assert listed.count("engine/endpoint/") >= 1
    assert "Observer" in listed
    labels = [card.label for card in observed.browser("agent").get("/admin/").context["cards"]]
    assert "Paused webhooks" not in labels


def paused_card(answer) -> tuple[str, str]:
    card = next(card for card in answer.context["cards"] if card.label == "Paused webhooks")
    return card.value, card.tone


def test_the_list_shows_the_worst_first_with_its_counts(observed, fake_http, hasty):
    failures(observed, fake_http, "one", "two")
    Endpoint.objects.update(failures=0, failing_since=None)
    other = observed.add("System", "Archive", webhookUrl="http://127.0.0.1:8099/b", events=["message"])
    Endpoint.objects.create(destination=other, paused=clock.now(), reason="It is gone.")
    answer = observed.browser("manager").get(reverse("admin:engine_endpoint_changelist"))
    rows = answer.context["cl"].result_list
    assert [row.destination.name for row in rows] == ["Archive", "Observer"]
    assert [(row.waiting_count, row.failed_count) for row in rows] == [(0, 0), (0, 2)]
    assert "It is gone." in answer.content.decode()


def test_a_notice_leads_to_the_endpoint(observed, fake_http, hasty):
    failures(observed, fake_http, "one")
    notice = observed.tenant.notices.first()
    assert place(observed) in shown(observed, reverse("admin:engine_notice_change", args=[notice.pk]))


@pytest.mark.parametrize("verb", ["endpoint_paused", "endpoint_resumed", "deliveries_replayed"])
def test_the_audit_log_has_words_for_what_was_done(verb):
    assert action_words(f"integration.{verb}") == VERBS[verb] % {"noun": "integration"}
