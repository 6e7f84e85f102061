"""Decides who answers a customer, the bot or an agent, under the lock of the conversation only.

An agent takes it by an event or by simply answering, a bot gives it up by an event, the platform moves it by rule.
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from engine.activity import summary
from engine.models import Activity, Conversation
from hubster.lib.errors import fail
from portal.models import Integration

HANDOVER, TAKEOVER, HANDBACK = "hubster.handover", "hubster.takeover", "hubster.handback"
EVENTS = frozenset({HANDOVER, TAKEOVER, HANDBACK})
AGENT, BOT = Conversation.Side.AGENT, Conversation.Side.BOT
SIDES = {HANDOVER: AGENT, TAKEOVER: AGENT, HANDBACK: BOT}  # who answers after an event
_CUSTOMER = Integration.Type.CUSTOMER
MEANWHILE = 50  # messages that a change of hands tells the other side
MAX_TOLD = 2_000  # characters of JSON of one of them; of a longer one, its summary


@dataclass(frozen=True)
class Change:
    """A change of who answers, as a message or an event brings it."""

    name: str
    side: str
    assignee_id: uuid.UUID | None
    member_id: uuid.UUID | None
    announced: bool  # it is itself the event that both sides get
    by_rule: bool = False  # the platform does it, nobody asked for it


def event(name: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The content of an event that says who answers now."""
    return {"type": "payload", "payloadType": name, "payload": payload}


def answered(name: str) -> dict[str, Any]:
    """The content of the event about an agent who took over by answering."""
    return event(name, {"reason": "answer"})


def wanted(
    conversation: Conversation, sender: Integration, kind: str, content: dict[str, Any], member_id: Any
) -> Change | None:
    """The `Change` that an activity asks for, None when it asks for none.

    Raises ENG000110 for a bot that speaks while an agent answers and for an agent who takes what another one has, and
    ENG005501 when there is nobody to hand it to.
    """
    name = content.get("payloadType") if kind == "event" else None
    name = name if name in EVENTS else None
    if sender.type == Integration.Type.BOT:
        return _wanted_by_bot(conversation, name)
    if sender.type != Integration.Type.AGENT:
        return None
    if name == HANDBACK:
        return _handback(conversation)
    if name == HANDOVER:
        return Change(HANDOVER, AGENT, None, None, announced=True)
    if name == TAKEOVER:
        return _takeover(conversation, sender, content, member_id)
    if kind == "message" and (conversation.side == BOT or conversation.assignee_id is None):
        # Where agents answer from the beginning, their first answer is no news; after a handover it is awaited.
        always_agents = conversation.side == AGENT and not conversation.handover_event_id
        return Change(TAKEOVER, AGENT, sender.pk, member_id, announced=always_agents)
    return None


def _wanted_by_bot(conversation: Conversation, name: str | None) -> Change | None:
    if name == HANDOVER:
        if conversation.side == BOT:
            check_present(conversation.hub_id, AGENT)
            return Change(HANDOVER, AGENT, None, None, announced=True)
        return None
    if conversation.side == AGENT and is_present(conversation.hub_id, AGENT):
        text = "An agent is handling this conversation. The bot can reply again after hubster.handback."
        raise fail("ENG000110", text=text)
    return None


def _handback(conversation: Conversation) -> Change | None:
    if conversation.side == BOT:
        return None
    check_present(conversation.hub_id, BOT)
    return Change(HANDBACK, BOT, None, None, announced=True)


def _takeover(
    conversation: Conversation, sender: Integration, content: dict[str, Any], member_id: Any
) -> Change | None:
    if conversation.side == AGENT and conversation.assignee_id is not None:
        if (conversation.assignee_id, conversation.assignee_member_id) == (sender.pk, member_id):
            return None
        free = conversation.assignee_id == sender.pk and conversation.assignee_member_id is None
        if not free and not content.get("payload", {}).get("force"):
            person = conversation.assignee_member
            who = person.display_name if person else conversation.assignee
            raise fail(
                "ENG000110", text=f"{who} has already taken over this conversation. Use `force` to take it anyway."
            )
    return Change(TAKEOVER, AGENT, sender.pk, member_id, announced=True)


def is_present(hub_id: uuid.UUID, side: str) -> bool:
    """True if the hub has an active integration of a side. A bot to which nothing is sent could not answer."""
    return present(side).filter(hub=hub_id).exists()


def present(side: str) -> QuerySet[Integration]:
    """The integrations that can answer for a side, of all hubs."""
    rows = Integration.objects.filter(type=side, status=Integration.Status.ACTIVE)
    return rows.filter(endpoint__paused__isnull=True) if side == BOT else rows


def check_present(hub_id: uuid.UUID, side: str) -> None:
    """Raises ENG005501 when there is nobody on that side."""
    if not is_present(hub_id, side):
        raise fail("ENG005501", text=f"This hub has no active {side.lower()} to take this conversation.")


def told_to_customer(conversation_id: uuid.UUID, after: int) -> QuerySet[Activity]:
    """Messages that the customer said or was told after an eventId.

    What only one side saw, as a typed command and its answer, is none.
    """
    with_customer = Q(sender_type=_CUSTOMER) | Q(recipient_type=_CUSTOMER)
    return Activity.objects.filter(with_customer, conversation=conversation_id, type="message", event_id__gt=after)


def meanwhile(conversation_id: uuid.UUID, after: int, before: int | None = None) -> list[dict[str, Any]]:
    """The messages between two eventIds, or until now, as an event that changes the assignee carries them."""
    rows = told_to_customer(conversation_id, after)
    rows = rows if before is None else rows.filter(event_id__lt=before)
    newest = rows.order_by("-event_id").values_list("event_id", "sender_type", "content")[:MEANWHILE]
    return [_told(*row) for row in reversed(newest)]


def with_meanwhile(content: dict[str, Any], said: list[dict[str, Any]]) -> dict[str, Any]:
    """An event that changes the assignee, with what was said since the change before."""
    return {**content, "payload": {**content.get("payload", {}), "meanwhile": said}}


def _told(event_id: int, sender_type: str, content: dict[str, Any]) -> dict[str, Any]:
    short = len(json.dumps(content)) <= MAX_TOLD
    message = content if short else {"type": "text", "text": summary("message", content)}
    return {"eventId": event_id, "sender": sender_type, "message": message}
