"""Handover: who answers, and whether the customer still waits."""

from engine.models import Conversation, Delivery
from tests.cast import Party


def say(party: Party, conversation, sender=None, **node):
    body = {**node, **({"sender": {"integrationId": str(sender.id)}} if sender else {})}
    answer = party.api("engine").post(f"/inbound/customer/v1/direct/activity/{conversation.id}", body, format="json")
    assert answer.status_code == 200, answer.content
    return Conversation.objects.get(pk=conversation.pk), answer.json()


def words(text: str) -> dict:
    return {"type": "text", "text": text}


def event(kind: str) -> dict:
    return {"type": "payload", "payloadType": f"hubster.{kind}", "payload": {}}


def test_the_bot_answers_first_and_a_handover_leaves_the_customer_waiting_for_an_agent(inline, acme):
    bot = acme.add("Direct", "Bot", integrationType="Bot")
    conversation, sent = say(acme, acme.establish(), message=words("a person please"))
    assert Delivery.objects.get(activity=sent["interactionId"]).destination == bot
    conversation, _ = say(acme, conversation, bot, message=words("One moment."))
    assert (conversation.side, conversation.unanswered) == ("Bot", False)
    conversation, _ = say(acme, conversation, bot, event=event("handover"))
    assert (conversation.side, conversation.unanswered) == ("Agent", True)
    conversation, _ = say(acme, conversation, bot, message=words("You are in the queue."))
    assert conversation.unanswered, "a bot's words do not answer for the agent"
    conversation, _ = say(acme, conversation, acme.agent, message=words("Here I am."))
    assert not conversation.unanswered
    _, sent = say(acme, conversation, message=words("thanks"))
    assert Delivery.objects.get(activity=sent["interactionId"]).destination == acme.agent


def test_an_agent_who_answers_takes_over_and_can_hand_back(inline, acme):
    bot = acme.add("Direct", "Bot", integrationType="Bot")
    conversation, _ = say(acme, acme.establish(), message=words("hello"))
    conversation, _ = say(acme, conversation, acme.agent, message=words("I take this one."))
    assert (conversation.side, conversation.unanswered) == ("Agent", False)
    conversation, _ = say(acme, conversation, acme.agent, event=event("handback"))
    assert conversation.side == "Bot"
    _, sent = say(acme, conversation, message=words("still there?"))
    assert Delivery.objects.get(activity=sent["interactionId"]).destination == bot


def test_without_a_bot_the_agents_receive_whatever_the_side_says(inline, acme):
    conversation = acme.establish()
    Conversation.objects.update(side="Bot")
    _, sent = say(acme, conversation, message=words("hello"))
    assert Delivery.objects.get(activity=sent["interactionId"]).destination == acme.agent
