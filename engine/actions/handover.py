"""Changes who answers a customer, the bot or an agent, under the lock of the conversation only.

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


def apply(conversation: Conversation, change: Change, event_id: int) -> list[str]:
    """Set the new owner on the locked row; the names of the fields to save."""
    conversation.side, conversation.handover_event_id = change.side, event_id
    conversation.assignee_id, conversation.assignee_member_id = change.assignee_id, change.member_id
    if change.name == HANDOVER:
        wait_for_answer(conversation, True, event_id)
    elif change.name == HANDBACK:
        # After a silence nobody waits any more, or the bot would be taken for silent, too, and so on for ever.
        wait_for_answer(conversation, conversation.unanswered and not change.by_rule, event_id)
        conversation.waits_since = event_id
    return ["side", "handover_event_id", "assignee", "assignee_member", "unanswered", "waits_since"]


def wait_for_answer(conversation: Conversation, waits: bool, event_id: int) -> None:
    """Note on the locked row whether the customer waits, and since when."""
    if waits and not conversation.unanswered:
        conversation.waits_since = event_id
    conversation.unanswered = waits


def with_meanwhile(conversation: Conversation, content: dict[str, Any]) -> dict[str, Any]:
    """An event that changes the owner, with what the customer said and was told since the change before.

    What only one side saw, as a typed command and its answer, stays with that side.
    """
    with_customer = Q(sender_type=_CUSTOMER) | Q(recipient_type=_CUSTOMER)
    rows = Activity.objects.filter(with_customer, conversation=conversation, type="message")
    rows = rows.filter(event_id__gt=conversation.handover_event_id)
    newest = rows.order_by("-event_id").values_list("event_id", "sender_type", "content")[:MEANWHILE]
    said = [_told(*row) for row in reversed(newest)]
    return {**content, "payload": {**content.get("payload", {}), "meanwhile": said}}


def _told(event_id: int, sender_type: str, content: dict[str, Any]) -> dict[str, Any]:
    short = len(json.dumps(content)) <= MAX_TOLD
    message = content if short else {"type": "text", "text": summary("message", content)}
    return {"eventId": event_id, "sender": sender_type, "message": message}
