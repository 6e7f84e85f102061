"""Deliveries that fail are told to whoever listens; the handover is one of them."""

import pytest
from django.db import OperationalError

from engine.actions import failures, relief
from engine.actions.endpoints import do_pause
from engine.models import Activity, Conversation, Delivery
from portal.models import Hub, Integration
from tests.engine.test_handover import event, say, words


@pytest.fixture
def bot(inline, acme, fake_http):
    Hub.objects.filter(pk=acme.hub.pk).update(bot_failures=0)
    return acme.add("Direct", "Bot", integrationType="Bot", webhookUrl="http://127.0.0.1:8099/bot")


def delivery_to(integration, attempts: int = 1) -> Delivery:
    """The newest delivery to an integration, after so many attempts."""
    rows = Delivery.objects.filter(destination=integration).select_related("destination__hub", "activity")
    row = rows.order_by("-event_id")[0]
    row.attempts = attempts
    return row


def moves() -> int:
    return Activity.objects.filter(content__payloadType="hubster.handover").count()


@pytest.mark.parametrize(("failures_allowed", "attempts", "moved"), [(2, 1, 0), (2, 2, 1), (0, 5, 0)])
def test_agents_get_the_customer_of_a_bot_that_failed_often_enough(bot, acme, failures_allowed, attempts, moved):
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    Hub.objects.filter(pk=acme.hub.pk).update(bot_failures=failures_allowed)
    for _ in range(2):
        failures.tell_failure(delivery_to(bot, attempts))
        assert moves() == moved, "told twice, it happens once"
    assert Conversation.objects.get(pk=conversation.pk).side == ("Agent" if moved else "Bot")


def test_agents_get_the_customer_of_a_bot_that_was_paused_just_now(bot, acme):
    say(acme, acme.establish(), message=words("hello"))
    do_pause(bot)
    failures.tell_failure(delivery_to(bot))
    assert moves() == 1


def test_an_event_another_integration_and_a_hub_without_agents_move_nothing(bot, acme):
    hook = acme.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    Hub.objects.filter(pk=acme.hub.pk).update(bot_failures=1)
    failures.tell_failure(delivery_to(hook))
    say(acme, conversation, event={"type": "payload", "payloadType": "cart", "payload": {}})
    failures.tell_failure(delivery_to(bot))
    Integration.objects.filter(pk=acme.agent.pk).update(status=Integration.Status.PAUSED)
    say(acme, conversation, message=words("hello?"))
    failures.tell_failure(delivery_to(bot))
    assert moves() == 0


def test_what_was_said_before_a_hand_back_moves_nothing(bot, acme):
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    late = delivery_to(bot)
    say(acme, conversation, acme.agent, event=event("takeover"))
    say(acme, conversation, acme.agent, event=event("handback"))
    Hub.objects.filter(pk=acme.hub.pk).update(bot_failures=1)
    late.destination.hub.refresh_from_db()
    failures.tell_failure(late)
    assert moves() == 0


@pytest.mark.parametrize("fault", [ValueError("a fault of ours"), OperationalError("gone")])
def test_a_listener_that_fails_keeps_the_others_from_nothing_unless_the_database_is_away(monkeypatch, fault):
    told = []

    def broken(delivery):
        raise fault

    monkeypatch.setattr(failures, "_listeners", [])
    for listener in (broken, broken, told.append):
        failures.on_failure(listener)
    if isinstance(fault, OperationalError):
        with pytest.raises(OperationalError):
            failures.tell_failure(Delivery())
        assert not told
    else:
        failures.tell_failure(row := Delivery())
        assert told == [row]


def test_the_handover_listens():
    assert relief.do_relieve_bot in failures._listeners
