"""The receive transaction: everything that is said enters here, and its COMMIT is the acknowledgement."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from engine import access
from engine.activity import summary
from engine.models import Activity, Conversation, VisitorGrant
from engine.wake import after_commit
from hubster.lib import clock
from hubster.lib.errors import fail
from hubster.lib.metrics import ACCEPTED
from portal.models import Integration

CUSTOMER = Integration.Type.CUSTOMER
FindSender = Callable[[Conversation], Integration]
PLATFORM = "Hubster"  # the sender type of what the platform itself says


@dataclass(frozen=True)
class Said:
    """A message or event on its way in, already validated."""

    kind: str
    content: dict[str, Any]
    external_id: str | None = None
    dedupe_key: str | None = None
    author_id: uuid.UUID | None = None
    flow: str = "Default"


def do_receive(conversation_id: uuid.UUID, sender: Integration, said: Said) -> Activity:
    """Accept an activity from a known sender; see `do_receive_from`."""
    return do_receive_from(Conversation.objects.all(), conversation_id, lambda _: sender, said)


def do_receive_from(
    visible: QuerySet[Conversation], conversation_id: uuid.UUID, find_sender: FindSender, said: Said
) -> Activity:
    """Accept an activity: one transaction, one row, the next eventId. A repeat returns the first one's row.

    `visible` are the conversations that the caller may see; `find_sender` says who speaks in the one found, and
    raises when they may not. Raises ENG006500 (not visible), ENG006501 (closed, for business senders),
    ENG006502/6503 (cancelled, paused), ENG005501 (nobody to answer). A customer who writes to a closed
    conversation opens a new one.
    """
    for last_try in (False, True):
        try:
            with transaction.atomic():
                conversation = _locked(visible, conversation_id)
                sender = find_sender(conversation)
                access.check_active(sender)
                return _receive(conversation, sender, said)
        except IntegrityError:  # while a closed conversation was followed by a new one, another request made that one
            if last_try:
                raise
    raise AssertionError("unreachable")


def _locked(visible: QuerySet[Conversation], conversation_id: uuid.UUID) -> Conversation:
    rows = visible.select_for_update(of=("self",)).select_related("integration", "hub__tenant")
    found = rows.filter(pk=conversation_id).first()
    if found is None:
        raise fail("ENG006500")
    found.integration.hub = found.hub  # the same row; saves asking for it again
    return found


def _repeat(sender: Integration, said: Said) -> Activity | None:
    if not said.dedupe_key:
        return None
    rows = Activity.objects.filter(sender_integration=sender, dedupe_key=said.dedupe_key)
    return rows.select_related("conversation").first()


def _receive(conversation: Conversation, sender: Integration, said: Said) -> Activity:
    earlier = _repeat(sender, said)
    if earlier:
        return earlier
    if conversation.closed:
        if sender.type != CUSTOMER:
            raise fail("ENG006501")
        conversation = do_reopen_as(conversation)
    access.check_active(conversation.integration)
    recipient: Any = conversation.integration
    if sender.type == CUSTOMER:
        answering = access.answering(access.active_ends(conversation.hub_id), conversation.side)
        if not answering:
            raise fail("ENG005501")
        recipient = answering[0]
    return do_append(conversation, said, sender.type, sender, recipient)


def do_reopen_as(closed: Conversation) -> Conversation:
    """The open conversation that follows a closed one: the present one of its binding, or a new one, locked."""
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("integration", "hub__tenant")
    fresh = rows.filter(integration=closed.integration_id, binding=closed.binding, closed__isnull=True).first()
    fresh = fresh or Conversation.objects.create(
        integration=closed.integration,
        hub=closed.hub,
        binding=closed.binding,
        token_id=closed.token_id,
        properties=closed.properties,
        side=first_side(access.active_ends(closed.hub_id)),
        opened=clock.now(),
    )
    fresh.integration.hub = fresh.hub
    visitors = closed.grants.values_list("visitor", flat=True)
    grants = [VisitorGrant(visitor=visitor, conversation=fresh) for visitor in visitors]
    VisitorGrant.objects.bulk_create(grants, ignore_conflicts=True)
    return fresh


def first_side(ends: list[access.End]) -> str:
    """Who answers first: the bot when there is one."""
    return Conversation.Side.BOT if any(end.type == "Bot" for end in ends) else Conversation.Side.AGENT


def _waits_for_answer(conversation: Conversation, sender_type: str) -> bool:
    """A customer's words wait; they are answered by whoever holds the conversation."""
    if sender_type == CUSTOMER:
        return True
    answers = sender_type in (Conversation.Side.AGENT, conversation.side)
    return conversation.unanswered and not answers


def do_append(
    conversation: Conversation, said: Said, sender_type: str, sender: Integration | None, recipient: Any
) -> Activity:
    """Insert the activity with the next eventId and wake the pipeline. The conversation must be locked or new."""
    event_id = max(clock.now_ms(), conversation.last_event_id + 1)
    row = Activity.objects.create(
        conversation=conversation,
        event_id=event_id,
        type=said.kind,
        sender_type=sender_type,
        sender_integration=sender,
        recipient_type=recipient.type,
        recipient_integration_id=recipient.id,
        flow=said.flow,
        external_id=said.external_id,
        content=said.content,
        dedupe_key=said.dedupe_key,
        author_id=said.author_id,
    )
    conversation.last_event_id = event_id
    fields = ["last_event_id", "modified"]
    if said.kind == "message":
        conversation.last_text = summary(said.kind, said.content)
        conversation.unanswered = _waits_for_answer(conversation, sender_type)
        fields += ["last_text", "unanswered"]
    conversation.save(update_fields=fields)
    channel = sender.channel if sender else PLATFORM
    transaction.on_commit(ACCEPTED.labels(channel).inc)
    after_commit("run_pipeline", str(conversation.id))
    return row
