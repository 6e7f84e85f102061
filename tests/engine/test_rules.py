"""Rules: the platform hands over by itself, and back."""

from datetime import timedelta

import pytest
import time_machine

from engine.actions import rules
from engine.actions.moves import do_hand_over
from engine.jobs import bots_silent, conversations_silent
from engine.models import Activity, Lane
from hubster.lib import clock
from portal.models import Hub, Integration
from tests.background import do_deliver
from tests.engine.test_handover import receivers, say, words

pytestmark = pytest.mark.usefixtures("still")


@pytest.fixture
def bot(inline, acme):
    return acme.add("Direct", "Bot", integrationType="Bot")


def hub(acme, **values) -> None:
    Hub.objects.filter(pk=acme.hub.pk).update(**values)


def reason() -> str:
    return str(Activity.objects.get(content__payloadType="hubster.handover").content["payload"]["reason"])


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Talk to a PERSON, please!", "Agent"),
        ("talk to a  person", "Agent"),
        ("I want an agent", "Agent"),
        ("Ärger?", "Agent"),
        ("Are agents fast?", "Bot"),
        ("hello", "Bot"),
    ],
)
def test_a_customer_who_says_a_phrase_to_the_bot_gets_an_agent(bot, acme, text, side):
    hub(acme, handover_phrases=["talk to a person", "agent", "ärger?"])
    conversation, sent = say(acme, acme.establish(), message=words(text))
    assert conversation.side == side
    assert receivers(pk=sent["interactionId"]) == {acme.agent.name if side == "Agent" else bot.name}
    if side == "Agent":
        told = Activity.objects.get(content__payloadType="hubster.handover")
        assert [row["message"]["text"] for row in told.content["payload"]["meanwhile"]] == [text]
        assert (reason(), receivers(pk=told.pk)) == ("phrase", {bot.name, acme.agent.name})


def test_a_phrase_changes_nothing_where_no_agent_is_and_not_twice(bot, acme):
    hub(acme, handover_phrases=["person"])
    Integration.objects.filter(pk=acme.agent.pk).update(status=Integration.Status.PAUSED)
    conversation, _ = say(acme, acme.establish(), message=words("a person"))
    assert conversation.side == "Bot"
    Integration.objects.filter(pk=acme.agent.pk).update(status=Integration.Status.ACTIVE)
    for _ in range(2):
        conversation, _ = say(acme, conversation, message=words("a person"))
    assert conversation.side == "Agent"
    assert Activity.objects.filter(content__payloadType="hubster.handover").count() == 1


def try_again(conversation) -> None:
    """Make the next attempts at once."""
    for lane in Lane.objects.filter(conversation=conversation, due__isnull=False):
        with time_machine.travel(lane.due + timedelta(seconds=1), tick=False):
            do_deliver(lane.pk)


@pytest.mark.parametrize(("failures", "attempts"), [(1, 1), (2, 2), (3, 3), (0, None)])
def test_agents_take_over_from_a_bot_that_is_down(inline, acme, fake_http, failures, attempts):
    hub(acme, bot_failures=failures)
    acme.add("Direct", "Bot", integrationType="Bot", webhookUrl="http://127.0.0.1:8099/bot")
    fake_http.answers = [500] * 6
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    for number in range(1, 6):
        conversation.refresh_from_db()
        assert (conversation.side == "Agent") is bool(attempts and number >= attempts)
        try_again(conversation)
    if attempts:
        assert (reason(), conversation.unanswered) == ("failures", True)


def test_a_bot_that_is_down_keeps_the_floor_where_no_agent_is(inline, acme, fake_http):
    hub(acme, bot_failures=1)
    Integration.objects.filter(pk=acme.agent.pk).update(status=Integration.Status.PAUSED)
    acme.add("Direct", "Bot", integrationType="Bot", webhookUrl="http://127.0.0.1:8099/bot")
    fake_http.answers = [500]
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    assert conversation.side == "Bot"
    try_again(conversation)
    assert len(fake_http.sent) == 2, "the message is tried again"


def test_a_message_from_before_the_hand_back_gives_it_to_the_agents_no_second_time(inline, acme, fake_http):
    acme.add("Direct", "Bot", integrationType="Bot", webhookUrl="http://127.0.0.1:8099/bot")
    fake_http.answers = [500] * 20
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    try_again(conversation)
    assert do_hand_over(conversation.pk, "hubster.handback", "silence")
    for _ in range(4):
        try_again(conversation)
    conversation.refresh_from_db()
    assert conversation.side == "Bot"


def late(run, **span) -> list:
    """What a generator gives after a while."""
    with time_machine.travel(clock.now() + timedelta(**span), tick=False):
        return list(run())


def run_job(minutes: int) -> int:
    return sum(late(conversations_silent.run, minutes=minutes))


def test_a_silent_conversation_goes_back_to_the_bot_once(bot, acme):
    hub(acme, handback_after=10)
    conversation, _ = say(acme, acme.establish(), acme.agent, message=words("Hello."))
    say(acme, conversation, message=words("Thanks."))
    assert run_job(9) == 0
    assert run_job(11) == 1
    conversation.refresh_from_db()
    assert conversation.side == "Bot"
    told = Activity.objects.get(content__payloadType="hubster.handback").content["payload"]
    assert told["reason"] == "silence"
    assert [row["message"]["text"] for row in told["meanwhile"]] == ["Thanks."]
    assert run_job(40) == 0


def test_it_stays_where_it_is_without_the_rule_without_a_bot_or_when_somebody_has_spoken(bot, acme):
    conversation, _ = say(acme, acme.establish(), acme.agent, message=words("Hello."))
    assert run_job(600) == 0
    hub(acme, handback_after=10)
    (found,) = late(rules.silent, minutes=600)
    with time_machine.travel(clock.now() + timedelta(minutes=600), tick=False):
        say(acme, conversation, message=words("Wait!"))
    assert not do_hand_over(found[0], "hubster.handback", "silence", found[1])
    Integration.objects.filter(pk=bot.pk).update(status=Integration.Status.PAUSED)
    assert run_job(600) == 0


def test_a_bot_that_lets_a_customer_wait_loses_the_floor_however_often_they_ask(bot, acme):
    hub(acme, bot_patience=30)
    conversation, _ = say(acme, acme.establish(), message=words("Hello?"))
    say(acme, conversation, bot, event={"type": "typing_on"})
    say(acme, conversation, message=words("Hello???"))
    assert sum(late(bots_silent.run, seconds=29)) == 0
    assert sum(late(bots_silent.run, seconds=31)) == 1
    conversation.refresh_from_db()
    assert (conversation.side, conversation.unanswered, reason()) == ("Agent", True, "no answer")


def test_a_bot_that_answers_in_time_keeps_it_and_so_does_one_without_agents_or_rule(bot, acme):
    conversation, _ = say(acme, acme.establish(), message=words("Hello?"))
    assert late(bots_silent.run, hours=9) == []
    hub(acme, bot_patience=30)
    (found,) = late(rules.unanswered_by_bot, seconds=31)
    say(acme, conversation, bot, message=words("Here I am."))
    assert not do_hand_over(found[0], "hubster.handover", "no answer", found[1])
    assert late(bots_silent.run, hours=9) == []
    say(acme, conversation, message=words("And now?"))
    assert late(bots_silent.run, seconds=29) == [], "the wait begins with the first message that has no answer"
    Integration.objects.filter(pk=acme.agent.pk).update(status=Integration.Status.PAUSED)
    assert late(bots_silent.run, hours=9) == []


def moves() -> list[str]:
    """The changes of who answers, in order."""
    told = Activity.objects.filter(content__payloadType__startswith="hubster.").order_by("event_id")
    return [row.content["payloadType"] for row in told]


def pass_a_day(conversation) -> None:
    """Both jobs and what is due, every ten minutes for a day."""
    start = clock.now()
    for minutes in range(0, 24 * 60, 10):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            list(conversations_silent.run())
            list(bots_silent.run())
            for lane in Lane.objects.filter(conversation=conversation, due__lte=clock.now()):
                do_deliver(lane.pk)


@pytest.mark.parametrize("webhook", [{}, {"webhookUrl": "http://127.0.0.1:8099/bot"}])
def test_a_conversation_that_is_over_goes_back_to_the_bot_once_and_rests(inline, acme, fake_http, webhook):
    acme.add("Direct", "Bot", integrationType="Bot", **webhook)
    fake_http.answers = [500] * 500
    hub(acme, bot_patience=30, handback_after=30)
    conversation, _ = say(acme, acme.establish(), acme.agent, message=words("Hello."))
    conversation, _ = say(acme, conversation, message=words("Thanks."))
    assert conversation.unanswered
    pass_a_day(conversation)
    conversation.refresh_from_db()
    assert moves() == ["hubster.takeover", "hubster.handback"]
    assert (conversation.side, conversation.unanswered) == ("Bot", False)


def test_a_bot_that_an_agent_gives_a_waiting_customer_to_has_its_patience_anew(bot, acme):
    hub(acme, bot_patience=30)
    conversation, _ = say(acme, acme.establish(), acme.agent, message=words("Hello."))
    say(acme, conversation, message=words("And the price?"))
    handback = {"type": "payload", "payloadType": "hubster.handback", "payload": {}}
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        say(acme, conversation, acme.agent, event=handback)
        assert sum(late(bots_silent.run, seconds=29)) == 0
        assert sum(late(bots_silent.run, seconds=31)) == 1
    assert moves()[-2:] == ["hubster.handback", "hubster.handover"]
