"""Appends an activity to a conversation that is locked or new: one row, the next eventId, a wake-up of the pipeline."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import transaction

from engine.actions.handover import HANDBACK, HANDOVER, Change, told_to_customer
from engine.activity import SEEN, is_signal, summary
from engine.models import Activity, Conversation, PipelineLane
from engine.work.wake import after_commit
from hubster.lib import clock, sql
from hubster.lib.metrics import ACCEPTED
from portal.models import Integration

CUSTOMER = Integration.Type.CUSTOMER
PLATFORM = "Hubster"  # the sender type of the platform's own activities
ROOM, ROOM_OF_COMMAND = 8, 64  # eventIds that are kept behind a message, or a command, for what follows from it
_LANE = ("conversation", "tenant", "newest", "handled", "tries", "due")


@dataclass(frozen=True)
class NewActivity:
    """A validated message or event that is not stored yet."""

    kind: str
    content: dict[str, Any]
    external_id: str | None = None
    dedupe_key: str | None = None
    fingerprint: str | None = None  # of the whole request, for a key belongs to one; None: nothing is compared
    author_id: uuid.UUID | None = None
    colleague_id: int | None = None  # who wrote it in a workspace
    author_type: str | None = None  # None: as the sender's type tells
    flow: str = "Default"
    private: bool = False  # not for the customer: lists do not show it, and it answers nobody
    standby: bool = False  # another app holds the thread, so the customer waits for nobody of ours
    by_holder: bool = False  # it is said by that app
    claimed_after: int | None = None  # eventId of the handover before, where the pipeline is to tell of this one


def key_within(conversation_id: uuid.UUID, key: str) -> str:
    """A sender's own key as it is stored: it counts within the conversation."""
    return f"{conversation_id}:{key}"


@contextmanager
def right_behind(conversation: Conversation, event_id: int) -> Iterator[None]:
    """Append right behind an activity that the pipeline has not published yet, in front of whatever was accepted since.

    The conversation is locked.
    """
    conversation.appending_after = event_id
    try:
        yield
    finally:
        conversation.appending_after = None


def do_append_activity(
    conversation: Conversation,
    new: NewActivity,
    sender_type: str,
    sender: Integration | None,
    recipient: Any,
    change: Change | None = None,
) -> Activity:
    """Insert the activity with the next eventId and wake the pipeline. The conversation must be locked or new.

    Without a `recipient` the pipeline finds out who gets it.
    """
    event_id = _next_event_id(conversation)
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
        colleague_id=new.colleague_id,
        author_type=new.author_type,
        standby=new.standby,
        claimed_after=new.claimed_after,
    )
    with sql.together():
        sql.insert(row)
        _do_note(conversation, new, sender_type, event_id, change)
        _do_queue(conversation, event_id)
    transaction.on_commit(ACCEPTED.labels(sender.channel if sender else PLATFORM).inc)
    after_commit("pipeline")
    return row


def _next_event_id(conversation: Conversation) -> int:
    """Right behind `appending_after` where that is set, and as long as there is room; else behind everything."""
    after, newest = conversation.appending_after, conversation.last_event_id
    if after is not None and after < newest:
        later = Activity.objects.filter(conversation=conversation, event_id__gt=after).order_by("event_id")
        if after + 1 < later.values_list("event_id", flat=True)[0]:
            conversation.appending_after = after + 1
            return after + 1
    kept = newest if after == newest else max(newest, conversation.reserved_event_id)
    event_id = max(clock.now_ms(), kept + 1)
    if after is not None:
        conversation.appending_after = event_id
    return event_id


def _do_note(
    conversation: Conversation, new: NewActivity, sender_type: str, event_id: int, change: Change | None
) -> None:
    """Store on the conversation what lists show of it, where its newest eventId is, and who answers now."""
    signal, text = is_signal(new.kind, new.content), summary(new.kind, new.content)
    fields = ["last_event_id", "last_said", "reserved_event_id", "modified"]
    is_message = new.kind == "message" and not new.private
    if is_message and not _was_overtaken(conversation, event_id):
        conversation.last_text = text
        if not new.standby:
            wait_for_answer(conversation, _waits_for_answer(conversation, sender_type), event_id)
        fields += ["last_text", "unanswered", "waits_since"]
    elif signal and new.content["type"] == SEEN:
        fields.append(_see(conversation, sender_type, new.content))
    conversation.last_event_id = max(event_id, conversation.last_event_id)
    # A chat that was only opened, and greeted by the platform, is in no list: they show what was said last.
    if not new.private and not signal and (sender_type != PLATFORM or conversation.last_said > 0):
        conversation.last_said = max(event_id, conversation.last_said)
    if new.kind == "message" and sender_type != PLATFORM and conversation.appending_after is None:
        conversation.reserved_event_id = event_id + (ROOM_OF_COMMAND if new.private else ROOM)
    if change:
        fields += _apply(conversation, change, event_id)
    sql.update(conversation, list(dict.fromkeys(fields)))


def _was_overtaken(conversation: Conversation, event_id: int) -> bool:
    """True if the customer said or was told something later already."""
    if event_id > conversation.last_event_id:
        return False
    return told_to_customer(conversation.pk, event_id).exists()


def _waits_for_answer(conversation: Conversation, sender_type: str) -> bool:
    """A customer's words wait; they are answered by whoever holds the conversation."""
    if sender_type == CUSTOMER:
        return True
    answers = sender_type in (Conversation.Side.AGENT, conversation.side)
    return conversation.unanswered and not answers


def wait_for_answer(conversation: Conversation, waits: bool, event_id: int) -> None:
    """Note on the locked row whether the customer waits, and since when."""
    if waits and not conversation.unanswered:
        conversation.waits_since = event_id
    conversation.unanswered = waits


def _see(conversation: Conversation, sender_type: str, content: dict[str, Any]) -> str:
    """Note what was seen, which never becomes less; the name of the field."""
    name = "seen_by_customer" if sender_type == CUSTOMER else "seen_by_business"
    upto = min(content.get("eventId", conversation.last_event_id), conversation.last_event_id)
    setattr(conversation, name, max(upto, getattr(conversation, name)))
    return name


def _apply(conversation: Conversation, change: Change, event_id: int) -> list[str]:
    """Set the new assignee on the locked row; the names of the fields to save."""
    conversation.side, conversation.handover_event_id = change.side, event_id
    conversation.assignee_id, conversation.assignee_member_id = change.assignee_id, change.member_id
    if change.name == HANDOVER:
        wait_for_answer(conversation, True, event_id)
    elif change.name == HANDBACK:
        # After a silence nobody waits any more, or the bot would be taken for silent, too, and so on for ever.
        wait_for_answer(conversation, conversation.unanswered and not change.by_rule, event_id)
        conversation.waits_since = event_id
    return ["side", "handover_event_id", "assignee", "assignee_member", "unanswered", "waits_since"]


def _do_queue(conversation: Conversation, event_id: int) -> None:
    """The conversation's turn at the pipeline has come. What was put off after a failure stays put off."""
    values = (conversation.pk, conversation.hub.tenant_id, event_id, 0, 0, clock.now())
    given = [sql.value(PipelineLane, field, value) for field, value in zip(_LANE, values, strict=True)]
    sql.write(_queuing(), given)


@cache
def _queuing() -> str:
    names = {field: sql.name(PipelineLane, field) for field in _LANE}
    table, newest, due = sql.name(PipelineLane), names["newest"], names["due"]
    later = f"CASE WHEN excluded.{newest} > {table}.{newest} THEN excluded.{newest} ELSE {table}.{newest} END"
    return (
        f"INSERT INTO {table} ({', '.join(names.values())}) VALUES (%s, %s, %s, %s, %s, %s) "
        f"ON CONFLICT ({names['conversation']}) DO UPDATE "
        f"SET {newest} = {later}, {due} = coalesce({table}.{due}, excluded.{due})"
    )
