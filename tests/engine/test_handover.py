"""Handovers: who answers, how it changes, and that only the assignee speaks."""

import pytest

from engine.actions.moves import do_hand_over
from engine.models import Activity, Conversation, Delivery
from hubster.lib.errors import HubsterError
from portal.models import Integration
from tests.cast import TenantFixture
from tests.two_tenants import codes_of


def post(party: TenantFixture, conversation, sender=None, **node):
    body = {**node, **({"sender": {"integrationId": str(sender.id)}} if sender else {})}
    return party.api("engine").post(f"/inbound/customer/v1/direct/activity/{conversation.id}", body, format="json")


def say(party: TenantFixture, conversation, sender=None, **node):
    answer = post(party, conversation, sender, **node)
    assert answer.status_code == 200, answer.content
    return Conversation.objects.get(pk=conversation.pk), answer.json()


def words(text: str) -> dict:
    return {"type": "text", "text": text}


def event(kind: str, **payload) -> dict:
    return {"type": "payload", "payloadType": f"hubster.{kind}", "payload": payload}


def receivers(**which) -> set[str]:
    """The names of the integrations to which an activity went."""
    found = Delivery.objects.filter(activity=Activity.objects.get(**which), echo=False)
    return set(found.values_list("destination__name", flat=True))


@pytest.fixture
def bot(inline, acme):
    return acme.add("Direct", "Bot", integrationType="Bot")


@pytest.fixture
def other(inline, acme):
    return acme.add("Direct", "Others", integrationType="Agent")


def test_the_bot_answers_first_and_a_handover_leaves_the_customer_waiting_for_an_agent(bot, acme):
    conversation, sent = say(acme, acme.establish(), message=words("what do you sell"))
    assert Delivery.objects.get(activity=sent["interactionId"]).destination == bot
    conversation, _ = say(acme, conversation, bot, message=words("One moment."))
    assert (conversation.side, conversation.unanswered) == ("Bot", False)
    conversation, _ = say(acme, conversation, bot, event=event("handover"))
    assert (conversation.side, conversation.unanswered, conversation.assignee) == ("Agent", True, None)
    conversation, _ = say(acme, conversation, acme.agent, message=words("Here I am."))
    assert (conversation.unanswered, conversation.assignee) == (False, acme.agent)
    _, sent = say(acme, conversation, message=words("thanks"))
    assert Delivery.objects.get(activity=sent["interactionId"]).destination == acme.agent


@pytest.mark.parametrize("node", [{"message": words("Me again.")}, {"event": {"type": "typing_on"}}])
def test_a_bot_without_the_floor_is_refused_and_nothing_is_stored(bot, acme, node):
    conversation, _ = say(acme, acme.establish(), acme.agent, message=words("I take this one."))
    before = Activity.objects.count()
    answer = post(acme, conversation, bot, **node)
    assert (answer.status_code, codes_of(answer)) == (403, ["ENG000110"])
    assert Activity.objects.count() == before


def test_a_bot_goes_on_where_there_is_no_agent_left(bot, acme):
    conversation, _ = say(acme, acme.establish(), acme.agent, message=words("I take this one."))
    Integration.objects.filter(pk=acme.agent.pk).update(status=Integration.Status.PAUSED)
    say(acme, conversation, bot, message=words("They have gone home."))


def test_an_agent_who_answers_takes_over_which_both_sides_are_told_and_the_customer_is_not(bot, acme, other):
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    conversation, _ = say(acme, conversation, acme.agent, message=words("I take this one."))
    assert (conversation.side, conversation.unanswered, conversation.assignee) == ("Agent", False, acme.agent)
    told = Activity.objects.get(content__payloadType="hubster.takeover")
    assert (told.sender_type, told.flow, told.content["payload"]["reason"]) == ("Hubster", "AutoReplay", "answer")
    assert receivers(pk=told.pk) == {bot.name, acme.agent.name, other.name}
    conversation, _ = say(acme, conversation, acme.agent, event=event("handback"))
    assert (conversation.side, conversation.assignee) == ("Bot", None)
    assert receivers(content__payloadType="hubster.handback") == {bot.name, other.name}
    _, sent = say(acme, conversation, message=words("still there?"))
    assert Delivery.objects.get(activity=sent["interactionId"]).destination == bot


def test_a_hand_back_carries_what_was_said_meanwhile(bot, acme):
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    conversation, _ = say(acme, conversation, acme.agent, message=words("How can I help?"))
    conversation, _ = say(acme, conversation, message=words("x" * 5_000))
    say(acme, conversation, acme.agent, message=words("::help"))
    say(acme, conversation, acme.agent, event=event("handback", note="all well"))
    payload = Activity.objects.get(content__payloadType="hubster.handback").content["payload"]
    assert payload["note"] == "all well"
    assert [(told["sender"], told["message"]["text"]) for told in payload["meanwhile"]] == [("Customer", "x" * 200)]
    assert payload["meanwhile"][0]["eventId"] > conversation.handover_event_id
    takeover = Activity.objects.get(content__payloadType="hubster.takeover").content["payload"]
    assert [told["message"]["text"] for told in takeover["meanwhile"]] == ["hello"]


def test_of_two_agents_who_take_over_at_once_one_wins_and_the_other_is_told_who(bot, acme, other):
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    say(acme, conversation, acme.agent, event=event("takeover"))
    answer = post(acme, conversation, other, event=event("takeover"))
    assert (answer.status_code, codes_of(answer)) == (403, ["ENG000110"])
    assert acme.agent.name in answer.json()["errors"][0]["description"]
    assert Activity.objects.filter(content__payloadType="hubster.takeover").count() == 1
    conversation, _ = say(acme, conversation, other, event=event("takeover", force=True))
    assert conversation.assignee == other


def test_a_handover_by_an_agent_puts_the_conversation_back_into_the_queue(bot, acme, other):
    conversation, _ = say(acme, acme.establish(), acme.agent, message=words("Hello."))
    conversation, _ = say(acme, conversation, acme.agent, event=event("handover"))
    assert (conversation.side, conversation.assignee, conversation.unanswered) == ("Agent", None, True)
    conversation, _ = say(acme, conversation, other, event=event("takeover"))
    assert conversation.assignee == other


def test_it_cannot_be_handed_to_a_side_where_nobody_is(inline, acme):
    conversation, _ = say(acme, acme.establish(), acme.agent, message=words("Hello."))
    answer = post(acme, conversation, acme.agent, event=event("handback"))
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG005501"])
    with pytest.raises(HubsterError):
        do_hand_over(conversation.pk, "hubster.handback", "idle")
    bot = acme.add("Direct", "Bot", integrationType="Bot")
    Conversation.objects.update(side="Bot")
    Integration.objects.filter(pk=acme.agent.pk).update(status=Integration.Status.PAUSED)
    assert codes_of(post(acme, conversation, bot, event=event("handover"))) == ["ENG005501"]


def test_the_platform_moves_it_by_rule_and_not_twice(bot, acme):
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    assert do_hand_over(conversation.pk, "hubster.handover", "phrase")
    assert not do_hand_over(conversation.pk, "hubster.handover", "phrase")
    conversation.refresh_from_db()
    assert (conversation.side, conversation.unanswered) == ("Agent", True)
    assert receivers(content__payloadType="hubster.handover") == {bot.name, acme.agent.name}


def test_a_customers_event_of_that_name_is_refused_and_changes_nothing(bot, acme):
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    refused = post(acme, conversation, event=event("takeover"))
    assert (refused.status_code, codes_of(refused)) == (400, ["ENG005002"])
    assert Conversation.objects.get(pk=conversation.pk).side == "Bot"
    assert not Activity.objects.filter(content__payloadType="hubster.takeover").exists()


def test_without_a_bot_the_agents_receive_whatever_the_side_says(inline, acme):
    conversation = acme.establish()
    Conversation.objects.update(side="Bot")
    _, sent = say(acme, conversation, message=words("hello"))
    assert Delivery.objects.get(activity=sent["interactionId"]).destination == acme.agent
