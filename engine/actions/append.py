"""Appends an activity to a conversation that is locked or new: one row, the next eventId, a wake-up of the pipeline."""

import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from engine.actions import handover
from engine.actions.pipeline import do_queue
from engine.activity import SEEN, is_signal, summary
from engine.models import Activity, Conversation
from engine.wake import after_commit
from hubster.lib import clock, sql
from hubster.lib.metrics import ACCEPTED
from portal.models import Integration

CUSTOMER = Integration.Type.CUSTOMER
PLATFORM = "Hubster"  # the sender type of the platform's own activities


@dataclass(frozen=True)
class NewActivity:
    """A validated message or event that is not stored yet."""

    kind: str
    content: dict[str, Any]
    external_id: str | None = None
    dedupe_key: str | None = None
    fingerprint: str | None = None  # of the whole request, for a key belongs to one; None: nothing is compared
    author_id: uuid.UUID | None = None
    flow: str = "Default"
    private: bool = False  # not for the customer: lists do not show it, and it answers nobody


def key_within(conversation_id: uuid.UUID, key: str) -> str:
    """A sender's own key as it is stored: it counts within the conversation."""
    return f"{conversation_id}:{key}"


def do_append_reply(
    conversation: Conversation, sender: Integration, new: NewActivity, change: handover.Change | None
) -> Activity:
    """Append what an agent or a bot says, with the change of hands that it brings. The conversation is locked."""
    if change and change.announced and new.kind == "event":
        new = replace(new, content=handover.with_meanwhile(conversation, new.content))
    announcement = None
    if change and not change.announced:
        content = handover.with_meanwhile(conversation, handover.event(change.name, {"reason": "answer"}))
        announcement = NewActivity("event", content, flow="AutoReplay", author_id=new.author_id)
    hidden = new.content.get("payloadType") in handover.EVENTS
    recipient = None if hidden else conversation.integration
    row = do_append_activity(conversation, new, sender.type, sender, recipient, change)
    if announcement:
        do_append_activity(conversation, announcement, PLATFORM, None, None)
    return row


def _waits_for_answer(conversation: Conversation, sender_type: str) -> bool:
    """A customer's words wait; they are answered by whoever holds the conversation."""
    if sender_type == CUSTOMER:
        return True
    answers = sender_type in (Conversation.Side.AGENT, conversation.side)
    return conversation.unanswered and not answers


def _note(conversation: Conversation, new: NewActivity, sender_type: str, event_id: int) -> list[str]:
    """Note on the conversation what lists show of it; the names of the fields to save."""
    if new.kind == "message" and not new.private:
        conversation.last_text = summary(new.kind, new.content)
        handover.wait_for_answer(conversation, _waits_for_answer(conversation, sender_type), event_id)
        return ["last_text", "unanswered", "waits_since"]
    if new.kind == "event" and new.content["type"] == SEEN:
        return [_see(conversation, sender_type, new.content)]
    return []


def _see(conversation: Conversation, sender_type: str, content: dict[str, Any]) -> str:
    """Note what was seen, which never becomes less; the name of the field."""
    name = "seen_by_customer" if sender_type == CUSTOMER else "seen_by_business"
    upto = min(content.get("eventId", conversation.last_event_id), conversation.last_event_id)
    setattr(conversation, name, max(upto, getattr(conversation, name)))
    return name


def _is_said(conversation: Conversation, new: NewActivity, sender_type: str) -> bool:
    """A chat that was only opened, and greeted by the platform, is in no list: they show what was said last."""
    if new.private or is_signal(new.kind, new.content):
        return False
    return sender_type != PLATFORM or conversation.last_said > 0


def do_append_activity(
    conversation: Conversation,
    new: NewActivity,
    sender_type: str,
    sender: Integration | None,
    recipient: Any,
    change: handover.Change | None = None,
) -> Activity:
    """Insert the activity with the next eventId and wake the pipeline. The conversation must be locked or new.

    Without a `recipient` the pipeline finds out who gets it.
    """
    event_id = max(clock.now_ms(), conversation.last_event_id + 1)
    row = Activity(
        conversation=conversation,
        event_id=event_id,
        type=new.kind,
        sender_type=sender_type,
        sender_integration=sender,
        recipient_type=recipient.type if recipient else "",
        recipient_integration_id=recipient.id if recipient else None,
        flow=new.flow,
        external_id=new.external_id,
        content=new.content,
        dedupe_key=new.dedupe_key,
        fingerprint=new.fingerprint,
        author_id=new.author_id,
    )
    sql.insert(row)
    fields = [*_note(conversation, new, sender_type, event_id), "last_event_id", "last_said", "modified"]
    conversation.last_event_id = event_id
    if _is_said(conversation, new, sender_type):
        conversation.last_said = event_id
    if change:
        fields += handover.apply(conversation, change, event_id)
    sql.update(conversation, list(dict.fromkeys(fields)))
    transaction.on_commit(ACCEPTED.labels(sender.channel if sender else PLATFORM).inc)
    do_queue(conversation, event_id)
    after_commit("run_pipeline", str(conversation.id))
    return row
