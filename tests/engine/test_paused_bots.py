"""A bot to which nothing is sent any more leaves nobody waiting: agents have its customers while there are any."""

from datetime import timedelta

import pytest
import time_machine

from engine.actions import rules
from engine.actions.endpoints import do_pause, do_resume
from engine.delivery import store
from engine.jobs import bots_down, conversations_silent
from engine.models import Activity, Conversation, Delivery, Endpoint, Lane
from hubster.lib import clock
from portal.models import Hub, Integration
from tests.background import do_deliver
from tests.engine.test_handover import event, post, receivers, say, words
from tests.two_tenants import codes_of

pytestmark = pytest.mark.usefixtures("still")


@pytest.fixture
def bot(inline, acme, fake_http):
    return acme.add("Direct", "Bot", integrationType="Bot", webhookUrl="http://127.0.0.1:8099/bot")


def without_agents(acme) -> None:
    Integration.objects.filter(pk=acme.agent.pk).update(status=Integration.Status.PAUSED)


def with_agents(acme) -> None:
    Integration.objects.filter(pk=acme.agent.pk).update(status=Integration.Status.ACTIVE)


def reasons() -> list[str]:
    told = Activity.objects.filter(content__payloadType="hubster.handover").order_by("event_id")
    return [row.content["payload"]["reason"] for row in told]


def look() -> int:
    return sum(bots_down.run())


def side_of(conversation) -> str:
    return Conversation.objects.get(pk=conversation.pk).side


@pytest.mark.parametrize("failures", [0, 2])
def test_a_customer_who_finds_the_bot_gone_gets_an_agent_at_once(bot, acme, fake_http, failures):
    Hub.objects.filter(pk=acme.hub.pk).update(bot_failures=failures)
    fake_http.answers = [410]
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    conversation.refresh_from_db()
    assert (conversation.side, conversation.unanswered, reasons()) == ("Agent", True, ["failures"])
    told = Activity.objects.get(content__payloadType="hubster.handover")
    assert [row["message"]["text"] for row in told.content["payload"]["meanwhile"]] == ["hello"]
    assert acme.agent.name in receivers(pk=told.pk)


def test_what_others_wait_for_when_the_bot_is_paused_goes_to_the_agents_too_and_once(bot, acme, fake_http):
    Hub.objects.filter(pk=acme.hub.pk).update(bot_failures=6)
    fake_http.answers = [500, 500]
    talks = [say(acme, acme.establish(), message=words("hello"))[0] for _ in range(2)]
    assert look() == 0, "it may still answer"
    do_pause(bot)
    assert [side_of(talk) for talk in talks] == ["Bot", "Bot"]
    assert (look(), look()) == (2, 0)
    assert [side_of(talk) for talk in talks] == ["Agent", "Agent"]
    assert reasons() == ["failures", "failures"]


def test_who_was_answered_meanwhile_or_has_said_nothing_new_stays(bot, acme, fake_http):
    fake_http.answers = [500]
    answered, _ = say(acme, acme.establish(), message=words("hello"))
    say(acme, answered, bot, message=words("Here I am."))
    quiet, _ = say(acme, acme.establish(), message=words("hello"))
    do_pause(bot)
    assert look() == 0
    assert [side_of(answered), side_of(quiet)] == ["Bot", "Bot"]


def test_a_later_message_of_a_conversation_that_a_paused_bot_has_goes_to_the_agents(bot, acme):
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    do_pause(bot)
    say(acme, conversation, event={"type": "typing_on"})
    assert side_of(conversation) == "Bot"
    conversation, sent = say(acme, conversation, message=words("are you there?"))
    assert (conversation.side, reasons()) == ("Agent", ["failures"])
    assert receivers(pk=sent["interactionId"]) == {acme.agent.name}
    say(acme, conversation, message=words("hello?"))
    assert reasons() == ["failures"]


def test_new_conversations_begin_with_agents_until_the_bot_is_resumed(bot, acme):
    do_pause(bot)
    assert acme.establish().side == "Agent"
    closed = acme.establish()
    Conversation.objects.filter(pk=closed.pk).update(closed=clock.now(), side="Bot")
    say(acme, closed, message=words("me again"))
    assert Conversation.objects.get(binding=closed.binding, closed=None).side == "Agent"
    do_resume(bot)
    conversation, sent = say(acme, acme.establish(), message=words("hello"))
    assert (conversation.side, receivers(pk=sent["interactionId"])) == ("Bot", {bot.name})


def test_where_no_agent_is_customers_wait_for_the_bot_until_there_is_one(bot, acme):
    without_agents(acme)
    do_pause(bot)
    conversation, sent = say(acme, acme.establish(), message=words("hello"))
    assert (conversation.side, receivers(pk=sent["interactionId"])) == ("Bot", {bot.name})
    assert look() == 0
    with_agents(acme)
    assert (look(), side_of(conversation)) == (1, "Agent")


def test_of_two_bots_the_other_one_goes_on_and_the_paused_one_gets_it_later(bot, acme, fake_http):
    other = acme.add("Direct", "Other", integrationType="Bot", webhookUrl="http://127.0.0.1:8099/other")
    do_pause(bot)
    conversation, sent = say(acme, acme.establish(), message=words("hello"))
    assert (conversation.side, receivers(pk=sent["interactionId"])) == ("Bot", {bot.name, other.name})
    assert look() == 0
    assert Delivery.objects.filter(destination=bot, status="pending").count() == 1


def test_nobody_hands_a_conversation_back_to_a_paused_bot(bot, acme):
    conversation, _ = say(acme, acme.establish(), acme.agent, message=words("I take this one."))
    do_pause(bot)
    refused = post(acme, conversation, acme.agent, event=event("handback"))
    assert codes_of(refused) == ["ENG005501"]
    Hub.objects.filter(pk=acme.hub.pk).update(handback_after=10)
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        assert list(conversations_silent.run()) == []
        do_resume(bot)
        assert list(conversations_silent.run()) == [1]


def test_what_a_process_died_before_doing_is_done_by_the_next_look(bot, acme, fake_http, monkeypatch):
    Hub.objects.filter(pk=acme.hub.pk).update(bot_failures=6)
    fake_http.answers = [500] * 6
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    with monkeypatch.context() as killed:
        killed.setattr(store, "tell_failure", lambda *_: None)
        for _ in range(5):
            lane = Lane.objects.get(conversation=conversation, destination=bot)
            assert look() == 0
            with time_machine.travel(lane.due + timedelta(seconds=1), tick=False):
                do_deliver(lane.pk)
    assert Delivery.objects.get(destination=bot).status == "failed"
    Endpoint.objects.update(failures=0)
    assert (look(), look()) == (1, 0)
    assert (side_of(conversation), reasons()) == ("Agent", ["failures"])


@pytest.mark.parametrize(("failures", "found"), [(0, 0), (1, 1)])
def test_failed_calls_count_only_where_the_rule_is_set(bot, acme, fake_http, monkeypatch, failures, found):
    Hub.objects.filter(pk=acme.hub.pk).update(bot_failures=failures)
    monkeypatch.setattr(store, "tell_failure", lambda *_: None)
    fake_http.answers = [500]
    say(acme, acme.establish(), message=words("hello"))
    assert look() == found


def test_what_failed_days_ago_is_not_brought_up_again(bot, acme, fake_http, monkeypatch):
    monkeypatch.setattr(store, "tell_failure", lambda *_: None)
    Hub.objects.filter(pk=acme.hub.pk).update(bot_failures=1)
    fake_http.answers = [500]
    say(acme, acme.establish(), message=words("hello"))
    with time_machine.travel(clock.now() + rules.LATELY + timedelta(minutes=1), tick=False):
        assert look() == 0


def test_a_neighbours_customers_stay_where_they_are(bot, acme, globex, fake_http):
    theirs = globex.add("Direct", "Bot", integrationType="Bot", webhookUrl="http://127.0.0.1:8099/bot")
    fake_http.answers = [500, 500]
    mine, _ = say(acme, acme.establish(), message=words("hello"))
    conversation, _ = say(globex, globex.establish(), message=words("hello"))
    do_pause(bot)
    assert look() == 1
    assert (side_of(mine), side_of(conversation)) == ("Agent", "Bot")
    assert Delivery.objects.get(destination=theirs).status == "pending"
