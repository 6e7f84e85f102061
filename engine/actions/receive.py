"""The receive transaction: everything that is said enters here, and its COMMIT is the acknowledgement."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from django.db import IntegrityError, transaction

from engine import access
from engine.actions import handover, refusals, rules
from engine.actions.append import CUSTOMER, PLATFORM, NewActivity, do_append_activity, do_append_reply, key_within
from engine.actions.commands import do_command
from engine.actions.lock import locked_conversation
from engine.activity import is_signal
from engine.commands.grammar import command_text
from engine.commands.plan import Plan, plan
from engine.models import Activity, Conversation, VisitorGrant
from hubster.lib import clock
from hubster.lib.errors import HubsterError, fail
from portal.idempotency import other_request
from portal.identity.tokens import Caller, Visitor
from portal.models import Integration

FindSender = Callable[[Conversation], Integration]
Speaker = Caller | Visitor | None


def do_receive(conversation_id: uuid.UUID, sender: Integration, new: NewActivity) -> Activity:
    """Accept an activity from a known sender; see `do_receive_from`."""
    return do_receive_from(None, conversation_id, lambda _: sender, new)


def do_receive_from(caller: Speaker, conversation_id: uuid.UUID, find_sender: FindSender, new: NewActivity) -> Activity:
    """Accept an activity: one transaction, one row, the next eventId. A repeat returns the first one's row.

    Something else under the key of an earlier one is refused (ENG000106), or it would be lost without a word.

    `caller`: whose conversations it may be, None for all; `find_sender` says who speaks in the one found, and
    raises when they may not. Raises ENG006500 (not visible), ENG006501 (closed, for business senders
    and for signals), ENG006502/6503 (cancelled, paused), ENG005501 (nobody to answer); the business is alerted to
    the last three. A customer who writes to a closed conversation opens a new one.
    """
    witness = refusals.Witness(find_sender, not is_signal(new.kind, new.content))
    try:
        return receive_within(caller, conversation_id, witness, new)
    except HubsterError as fault:
        witness.do_report(fault)
        raise


def receive_within(caller: Speaker, conversation_id: uuid.UUID, find_sender: FindSender, new: NewActivity) -> Activity:
    """For callers with a transaction of their own, which report a refusal after it has ended."""
    for last_try in (False, True):
        try:
            with transaction.atomic():
                conversation = locked_conversation(caller, conversation_id)
                sender = find_sender(conversation)
                access.check_active(sender)
                return _receive(conversation, sender, new)
        except IntegrityError:  # while a closed conversation was followed by a new one, another request made that one
            if last_try:
                raise
    raise AssertionError("unreachable")


def find_repeat(sender: Integration, dedupe_key: str | None, fingerprint: str | None) -> Activity | None:
    """The activity that the sender sent with this key before; raises ENG000106 if its content was different."""
    if not dedupe_key:
        return None
    rows = Activity.objects.filter(sender_integration=sender, dedupe_key=dedupe_key)
    found = rows.select_related("conversation").first()
    if found and fingerprint and found.fingerprint and found.fingerprint != fingerprint:
        raise other_request("ENG")
    return found


def _repeat(sender: Integration, new: NewActivity) -> Activity | None:
    return find_repeat(sender, new.dedupe_key, new.fingerprint)


def _addressed(new: NewActivity, closed: uuid.UUID, following: uuid.UUID) -> NewActivity:
    """The activity as sent to the conversation that follows: a repeat may name either."""
    prefix = key_within(closed, "")
    if not (new.dedupe_key and new.dedupe_key.startswith(prefix)):
        return new
    return replace(new, dedupe_key=key_within(following, new.dedupe_key.removeprefix(prefix)))


def _receive(conversation: Conversation, sender: Integration, new: NewActivity) -> Activity:
    earlier = _repeat(sender, new)
    if earlier:
        return earlier
    if conversation.closed:
        if sender.type != CUSTOMER or is_signal(new.kind, new.content):
            raise fail("ENG006501")
        following = do_reopen_as(conversation)
        new, conversation = _addressed(new, conversation.pk, following.pk), following
        if earlier := _repeat(sender, new):
            return earlier
    access.check_active(conversation.integration)
    if sender.type == CUSTOMER:
        return _receive_from_customer(conversation, sender, new)
    typed = command_text(sender.type, new.kind, new.content)
    try:
        change = handover.wanted(conversation, sender, new.kind, new.content, new.author_id)
    except HubsterError:
        if not (typed and _only_informs(plan(conversation, sender, typed))):
            raise
    if typed:
        return do_command(conversation, sender, new, typed)
    return do_append_reply(conversation, sender, new, change)


def _only_informs(found: Plan) -> bool:
    """True if a command comes to nothing but an answer to its author, which anybody may get."""
    return not (found.says or found.call or found.handover_event)


def _receive_from_customer(conversation: Conversation, sender: Integration, new: NewActivity) -> Activity:
    integrations = access.present_integrations(conversation.hub_id)
    reason = rules.why_agents(conversation, new, integrations)
    answering = access.answering(integrations, handover.AGENT if reason else conversation.side)
    if not answering:
        raise fail("ENG005501")
    row = do_append_activity(conversation, new, sender.type, sender, answering[0])
    if reason:
        _do_move(conversation, handover.HANDOVER, reason)
    return row


def do_hand_over(conversation_id: uuid.UUID, name: str, reason: str, still: rules.Still = lambda _: True) -> bool:
    """The platform hands the conversation over to agents or back to the bot, by rule. False: nothing to do.

    `still`: whether the rule's reason holds for the locked row. Raises ENG005501 when nobody is on the other side.
    """
    with transaction.atomic():
        conversation = locked_conversation(None, conversation_id)
        if conversation.closed or conversation.side == _side(name) or not still(conversation):
            return False
        handover.check_present(conversation.hub_id, _side(name))
        _do_move(conversation, name, reason)
        return True


def do_hand_over_all(found: Iterable[tuple[uuid.UUID, rules.Still]], name: str, reason: str) -> Iterator[int]:
    """Hand over all that a rule has found, one after the other; yields 1 for each that was handed over, else 0."""
    for conversation_id, still in list(found):
        try:
            yield int(do_hand_over(conversation_id, name, reason, still))
        except HubsterError:  # deleted, or nobody is on the other side any more
            yield 0


def _side(name: str) -> str:
    return handover.BOT if name == handover.HANDBACK else handover.AGENT


def _do_move(conversation: Conversation, name: str, reason: str) -> None:
    content = handover.with_meanwhile(conversation, handover.event(name, {"reason": reason}))
    new = NewActivity("event", content, flow="AutoReplay")
    change = handover.Change(name, _side(name), None, None, announced=True, by_rule=True)
    do_append_activity(conversation, new, PLATFORM, None, None, change)


def do_reopen_as(closed: Conversation) -> Conversation:
    """The open conversation that follows a closed one: the present one of its binding, or a new one, locked."""
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True).select_related(
        "integration", "hub__tenant"
    )
    fresh = rows.filter(integration=closed.integration_id, binding=closed.binding, closed__isnull=True).first()
    fresh = fresh or Conversation.objects.create(
        integration=closed.integration,
        hub=closed.hub,
        binding=closed.binding,
        token_id=closed.token_id,
        properties=closed.properties,
        side=first_side(access.present_integrations(closed.hub_id)),
        opened=clock.now(),
    )
    fresh.integration.hub = fresh.hub
    visitors = closed.grants.values_list("visitor", flat=True)
    grants = [VisitorGrant(visitor=visitor, conversation=fresh) for visitor in visitors]
    VisitorGrant.objects.bulk_create(grants, ignore_conflicts=True)
    return fresh


def first_side(integrations: list[access.IntegrationRef]) -> str:
    """The side that answers first: the bot if there is one; a paused one only where there is no agent."""
    answering = access.answering(integrations, handover.BOT)
    return handover.BOT if answering and answering[0].type == handover.BOT else handover.AGENT
