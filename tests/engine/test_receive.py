"""Receiving: one row, the next eventId, a repeat changes nothing."""

from engine.models import Activity, Delivery
from tests.cast import TenantFixture


def send(party: TenantFixture, conversation, body, key=None, path="customer"):
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    url = f"/inbound/{path}/v1/direct/activity/{conversation.id}"
    return party.api("engine").post(url, body, format="json", **headers)


def text(words: str) -> dict:
    return {"type": "message", "message": {"type": "text", "text": words}}


def test_a_customers_message_is_available_to_the_agent(inline, acme):
    conversation = acme.establish()
    answer = send(acme, conversation, text("Hi there"))
    assert answer.status_code == 200
    delivery = Delivery.objects.get(activity=answer.json()["interactionId"])
    assert delivery.destination == acme.agent
    assert delivery.status == Delivery.Status.AVAILABLE


def test_a_repeat_with_the_same_key_is_one_activity_with_the_same_answer(inline, acme):
    conversation = acme.establish()
    first = send(acme, conversation, text("once"), key="k1")
    again = send(acme, conversation, text("once"), key="k1")
    assert again.json() == first.json()
    assert Activity.objects.filter(conversation=conversation).count() == 1


def test_event_ids_increase_strictly_even_when_the_clock_stands_still(inline, acme, monkeypatch):
    monkeypatch.setattr("engine.actions.append.clock.now_ms", lambda: 1_600_000_000_000)
    conversation = acme.establish()
    ids = [send(acme, conversation, text(str(n))).json()["eventId"] for n in range(4)]
    assert ids == sorted(set(ids))
