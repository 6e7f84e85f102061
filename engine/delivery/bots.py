"""Bots that answer in the response of a call: what they are told before it, and what they say after it.

An answer is stored in the transaction that stores the delivery's result, each saying under the delivery's id and its
place. So a call that is made again, after a crash or a failure, says nothing twice.
"""

import logging
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engine import access, adapters
from engine.actions import handover
from engine.actions.append import NewActivity, do_append_activity
from engine.actions.pipeline import do_trace, entry
from engine.actions.receive import receive_within
from engine.activity import TYPING_OFF, TYPING_ON, summary
from engine.adapters._bots import BotAnswer, BotChannel
from engine.adapters._context import Author, Context, Tool, Turn
from engine.delivery.call import Call
from engine.models import Activity, Conversation, Delivery, PipelineLane
from hubster.lib.errors import HubsterError, fail
from hubster.lib.pool import is_away
from portal.models import DynamicCommand, Integration

log = logging.getLogger("engine.delivery")
MOST_TURNS = 60  # messages that a bot is told at most
_AUTHORS: dict[str, Author] = {"Customer": "customer", "Agent": "agent", "Bot": "bot"}
_CUSTOMER = Integration.Type.CUSTOMER


def channel_of(row: Delivery) -> BotChannel | None:
    """The channel of a delivery to a bot that may answer in the response."""
    found = adapters.get(row.destination.channel)
    return found if isinstance(found, BotChannel) else None


def kept(call: Call, body: bytes) -> bytes:
    """The part of a request that the ledger keeps."""
    channel = channel_of(call.delivery)
    return channel.dialect(call.delivery.destination.configuration).kept(body) if channel else body


def key_of(delivery_id: object, place: int) -> str:
    """The name by which a saying of an answer is known when the answer comes again."""
    return f"answer:{delivery_id}:{place}"


# --- before the call -----------------------------------------------------------------------------------------------
def context_of(row: Delivery) -> Context | None:
    """The conversation as the bot is told it; None for one that remembers it by itself, or is not asked.

    Only what the customer said and was told, and the bot's own commands with their results.
    """
    channel, bot = channel_of(row), row.destination
    if row.activity.type != "message" and row.activity.content.get("payloadType") != handover.HANDBACK:
        return None
    if channel is None or not channel.dialect(bot.configuration).reads_context:
        return None
    return Context(
        turns=tuple(_turns(row)),
        tools=tuple(_tools(bot)),
        superseded=access.is_superseded(row.conversation_id, row.event_id),
        agents=handover.is_present(bot.hub_id, handover.AGENT),
    )


def _turns(row: Delivery) -> Iterable[Turn]:
    told = Q(sender_type=_CUSTOMER) | Q(recipient_type=_CUSTOMER)
    own = Q(sender_integration=row.destination_id) | Q(sender_type="Hubster", recipient_integration=row.destination_id)
    rows = Activity.objects.filter(told | own, conversation=row.conversation_id, type="message")
    newest = rows.order_by("-event_id").values_list("sender_type", "recipient_type", "content")[:MOST_TURNS]
    for sender, recipient, content in reversed(newest):
        private = _CUSTOMER not in (sender, recipient)
        yield Turn(_AUTHORS.get(sender, "platform"), content, private)


def _tools(bot: Integration) -> Iterable[Tool]:
    allowed = bot.configuration.get("tools")
    if not allowed:
        return
    rows = DynamicCommand.objects.filter(hub=bot.hub_id, name__in=allowed).order_by("name")
    for name, description in rows.values_list("name", "description"):
        yield Tool(name, description)


def do_begin(calls: Iterable[Call]) -> None:
    """Show the customers of slow bots that an answer is being made. Nothing depends on it."""
    for call in calls:
        channel = channel_of(call.delivery)
        if channel is None or not call.rendered or not call.rendered.requests:
            continue
        if not channel.dialect(call.delivery.destination.configuration).shows_typing:
            continue
        try:
            with transaction.atomic():
                call.typing = _do_type(call.delivery, TYPING_ON)
        except Exception as fault:
            if is_away(fault):
                raise
            log.warning("typing is not shown", extra={"fault": type(fault).__name__})


def _do_type(row: Delivery, name: str) -> bool:
    """Typing of the bot, unless an agent answers or the conversation is closed; it ends in any case."""
    conversation = access.locked_conversation(None, row.conversation_id)
    bot = access.get_sender(conversation, row.destination_id)
    if bot is None or conversation.closed or (name == TYPING_ON and conversation.side != handover.BOT):
        return False
    new = NewActivity("event", {"type": name})
    do_append_activity(conversation, new, bot.type, bot, conversation.integration)
    return True


# --- after the call ------------------------------------------------------------------------------------------------
def speaks(call: Call) -> bool:
    """True if something is to be said, or noted, with the call's result."""
    return bool(call.typing or call.reply or _was_spared(call))


def _was_spared(call: Call) -> bool:
    return call.superseded and call.request is None


def do_lock(call: Call) -> None:
    """Lock the conversation, then its lane of the pipeline, as all do who append: lanes of deliveries come after."""
    for model in (Conversation, PipelineLane):
        rows = model.objects.filter(pk=call.delivery.conversation_id)
        list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk"))


def do_answer(call: Call) -> None:
    """Say what the bot answered, end its typing, and tell the trace of what it was asked about."""
    row, reply = call.delivery, call.reply
    notes = list(reply.notes) if reply else []
    if _was_spared(call):
        notes.append(_("The customer wrote again, so the bot was asked about that instead."))
    said = _do_say_all(row, reply, notes) if reply else 0
    if call.typing:
        _do_type(row, TYPING_OFF)
    if reply and not reply.sayings and not notes:
        notes.append(_("The bot had no reply."))
    if said:
        notes.insert(0, ngettext("The bot replied.", "The bot replied %(count)d times.", said) % {"count": said})
    if notes:
        do_trace(row.activity_id, entry("bot", "done", " ".join(notes), call.milliseconds * 1_000))


def _do_say_all(row: Delivery, reply: BotAnswer, notes: list[str]) -> int:
    """The number of sayings that were said; the first that is refused ends it."""
    channel = channel_of(row)
    assert channel
    drops = channel.drops_superseded(row.destination.configuration)
    if drops and access.is_superseded(row.conversation_id, row.event_id):
        if reply.sayings:
            notes.append(_("Not sent, as the customer had written again: %(reply)s") % {"reply": _shown(reply)})
        return 0
    for place, saying in enumerate(reply.sayings):
        new = NewActivity(saying.kind, dict(saying.content), dedupe_key=key_of(row.pk, place))
        try:
            receive_within(None, row.conversation_id, lambda found: _speaker(found, row.destination_id), new)
        except HubsterError as fault:
            reason = fault.faults[0].sentence
            rest = BotAnswer(reply.sayings[place:])
            notes.append(_("Not sent: %(reply)s (%(reason)s)") % {"reply": _shown(rest), "reason": reason})
            return place
    return len(reply.sayings)


def _speaker(conversation: Conversation, bot_id: uuid.UUID) -> Integration:
    found = access.get_sender(conversation, bot_id)
    if found is None:  # deleted meanwhile
        raise fail("ENG006000")
    return found


def _shown(reply: BotAnswer) -> str:
    """The words of an answer, for the trace."""
    parts: list[Any] = [
        summary(saying.kind, dict(saying.content)) or saying.content["type"] for saying in reply.sayings
    ]
    return " / ".join(f"“{part}”" for part in parts)
