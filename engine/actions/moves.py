"""Speaks and moves conversations where no sender asks for it: the platform by rule, commands for their author."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.db import transaction

from engine.access import locked_conversation
from engine.actions import handover, rules
from engine.actions.append import PLATFORM, NewActivity, do_append_activity
from engine.actions.handover import SIDES, Change
from engine.models import Activity, Conversation
from hubster.lib.errors import HubsterError
from portal.models import Integration

RULE = "rule"  # the kind of author of what the platform says by rule


def do_hand_over(conversation_id: uuid.UUID, name: str, reason: str, still: rules.Still = lambda _: True) -> bool:
    """The platform hands the conversation over to agents or back to the bot, by rule. False: nothing to do.

    Nothing is to be done while another app holds the thread.

    `still`: whether the rule's reason holds for the locked row. Raises ENG005501 when nobody is on the other side.
    """
    with transaction.atomic():
        conversation = locked_conversation(None, conversation_id)
        ours = conversation.held_since is None
        return ours and still(conversation) and do_move(conversation, None, name, reason)


def do_hand_over_all(found: Iterable[tuple[uuid.UUID, rules.Still]], name: str, reason: str) -> Iterator[int]:
    """Hand over all that a rule has found, one after the other; yields 1 for each that was handed over, else 0."""
    for conversation_id, still in list(found):
        try:
            yield int(do_hand_over(conversation_id, name, reason, still))
        except HubsterError:  # deleted, or nobody is on the other side any more
            yield 0


def do_say(
    conversation: Conversation, behind: Activity, kind: str, content: dict[str, Any], to_customer: bool
) -> Activity:
    """The platform says something behind an activity, to the customer or to the business, in a locked conversation."""
    new = NewActivity(kind, content, flow="AutoReplay", author_id=behind.author_id, private=not to_customer)
    recipient = conversation.integration if to_customer else None
    return do_append_activity(conversation, new, PLATFORM, None, recipient)


def do_move(conversation: Conversation, _behind: Activity | None, name: str, reason: str) -> bool:
    """Hand a locked conversation over by rule; False where it is closed, or on that side already."""
    side = SIDES[name]
    if conversation.closed or conversation.side == side:
        return False
    handover.check_present(conversation.hub_id, side)
    content = with_meanwhile(conversation, handover.event(name, {"reason": reason}))
    change = Change(name, side, None, None, announced=True, by_rule=True)
    new = NewActivity("event", content, flow="AutoReplay", author_type=RULE)
    do_append_activity(conversation, new, PLATFORM, None, None, change)
    return True


def do_append_reply(
    conversation: Conversation, sender: Integration, new: NewActivity, change: Change | None
) -> Activity:
    """Append what a command says for an agent or a bot, with the handover that it brings, to a locked conversation."""
    announcement = None
    if change and change.announced and new.kind == "event":
        new = replace(new, content=with_meanwhile(conversation, new.content))
    elif change and not change.announced:
        content = with_meanwhile(conversation, handover.answered(change.name))
        announcement = NewActivity("event", content, flow="AutoReplay", author_id=new.author_id)
    row = do_append_activity(conversation, new, sender.type, sender, recipient_of(conversation, new), change)
    if announcement:
        do_append_activity(conversation, announcement, PLATFORM, None, None)
    return row


def recipient_of(conversation: Conversation, new: NewActivity) -> Integration | None:
    """The customer's integration; None for handovers, which customers are not told of."""
    return None if new.content.get("payloadType") in handover.EVENTS else conversation.integration


def with_meanwhile(conversation: Conversation, content: dict[str, Any]) -> dict[str, Any]:
    """The event with what was said since the last handover, up to the place where it is appended."""
    after = conversation.appending_after
    before = None if after is None else after + 1
    said = handover.meanwhile(conversation.pk, conversation.handover_event_id, before)
    return handover.with_meanwhile(content, said)
