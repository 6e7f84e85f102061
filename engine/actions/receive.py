"""Accepts what is said: decides what its sender must be told at once, and appends. The COMMIT is the acknowledgement.

What follows from it (who answers next, what a command comes to) is the pipeline's.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace

from django.db import IntegrityError, transaction

from engine import access
from engine.actions import handover, refusals
from engine.actions.append import CUSTOMER, NewActivity, do_append_activity, key_within
from engine.actions.conversations import do_reopen_as
from engine.actions.standby import do_append_standby
from engine.activity import command_text, is_signal
from engine.models import Activity, Conversation
from hubster.lib import kept
from hubster.lib.errors import HubsterError, fail
from portal.identity.tokens import Caller, Visitor
from portal.models import Integration

FindSender = Callable[[Conversation], Integration]
OnlyInforms = Callable[[Conversation, Integration, str], bool]  # whether a typed line only answers its author
Speaker = Caller | Visitor | None


def do_receive(conversation_id: uuid.UUID, sender: Integration, new: NewActivity) -> Activity:
    """Accept an activity from a known sender; see `do_receive_from`."""
    return do_receive_from(None, conversation_id, lambda _: sender, new)


def do_receive_from(
    caller: Speaker,
    conversation_id: uuid.UUID,
    find_sender: FindSender,
    new: NewActivity,
    only_informs: OnlyInforms = lambda *_: False,
) -> Activity:
    """Accept an activity: one transaction, one row, the next eventId. A repeat returns the first one's row.

    Something else under the key of an earlier one is refused (ENG000106), or it would be lost without a word.

    `caller`: whose conversations it may be, None for all; `find_sender` says who speaks in the one found, and
    raises when they may not; `only_informs` picks the commands that a bot may type while an agent answers. Raises
    ENG006500 (not visible), ENG006501 (closed, for business senders and for signals), ENG006502/6503 (cancelled,
    paused), ENG005501 (nobody to answer), ENG000110 (somebody else answers). The business is alerted to a customer
    whose message is refused. One who writes to a closed conversation opens a new one.
    """
    try:
        return receive_within(caller, conversation_id, find_sender, new, only_informs)
    except HubsterError as fault:
        refusals.do_report(fault)
        raise


def receive_within(
    caller: Speaker,
    conversation_id: uuid.UUID,
    find_sender: FindSender,
    new: NewActivity,
    only_informs: OnlyInforms = lambda *_: False,
) -> Activity:
    """For callers with a transaction of their own, which report a refusal after it has ended."""
    for last_try in (False, True):
        try:
            with transaction.atomic():
                conversation = access.locked_conversation(caller, conversation_id)
                sender = find_sender(conversation)
                return _receive(conversation, sender, new, only_informs)
        except IntegrityError:
            # While a closed conversation was followed by a new one, another request made that one; or an integration
            # that we thought we knew has been deleted.
            if last_try:
                raise
            kept.forget()
    raise AssertionError("unreachable")


def _receive(conversation: Conversation, sender: Integration, new: NewActivity, only_informs: OnlyInforms) -> Activity:
    try:
        access.check_active(sender)
        if earlier := access.find_repeat(sender, new.dedupe_key, new.fingerprint):
            return earlier
        if conversation.closed:
            new, conversation = _reopened(conversation, sender, new)
            if earlier := access.find_repeat(sender, new.dedupe_key, new.fingerprint):
                return earlier
        access.check_active(conversation.integration)
        if new.standby:
            return do_append_standby(conversation, sender, new)
        if sender.type != CUSTOMER:
            return _receive_from_business(conversation, sender, new, only_informs)
        found = access.known_integrations(conversation.hub)
        answering = access.answering(found, conversation.side)
        if not answering:
            raise fail("ENG005501")
    except HubsterError as fault:
        raise refusals.blamed(fault, conversation, sender, new.kind, new.content) from None
    if new.author_type:  # the customer's words are the customer's
        new = replace(new, author_type=None)
    return do_append_activity(conversation, new, sender.type, sender, answering[0])


def _reopened(closed: Conversation, sender: Integration, new: NewActivity) -> tuple[NewActivity, Conversation]:
    """The conversation that follows, and the activity as sent to that one: a repeat may name either."""
    if sender.type != CUSTOMER or is_signal(new.kind, new.content):
        raise fail("ENG006501")
    following = do_reopen_as(closed)
    prefix = key_within(closed.pk, "")
    if new.dedupe_key and new.dedupe_key.startswith(prefix):
        new = replace(new, dedupe_key=key_within(following.pk, new.dedupe_key.removeprefix(prefix)))
    return new, following


def _receive_from_business(
    conversation: Conversation, sender: Integration, new: NewActivity, only_informs: OnlyInforms
) -> Activity:
    """Append what an agent or a bot says, with the handover that it brings; what a command brings is the pipeline's."""
    typed = command_text(sender.type, new.kind, new.content)
    try:
        change = handover.wanted(conversation, sender, new.kind, new.content, new.author_id)
    except HubsterError:
        if not (typed and only_informs(conversation, sender, typed)):
            raise
    if typed:
        return do_append_activity(conversation, replace(new, private=True), sender.type, sender, None)
    if change and (new.kind == "event" or not change.announced):
        new = replace(new, claimed_after=conversation.handover_event_id)
    hidden = new.content.get("payloadType") in handover.EVENTS
    recipient = None if hidden else conversation.integration
    return do_append_activity(conversation, new, sender.type, sender, recipient, change)
