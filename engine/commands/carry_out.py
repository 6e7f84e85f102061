"""Carries out a typed command, in the pipeline's commit: what comes of it stands right behind the line.

So whatever is said after a command comes after what the command said.
"""

import logging
from typing import Any

from django.utils.translation import gettext as _

from engine.actions import handover
from engine.actions.append import PLATFORM, NewActivity, do_append_activity
from engine.actions.moves import do_append_reply
from engine.activity import command_text
from engine.commands.plan import Plan, Saying, answer, plan, refusal
from engine.models import Activity, CommandCall, Conversation
from engine.work.wake import after_commit
from hubster.lib import clock
from hubster.lib.errors import HubsterError, fail
from portal.models import Integration

log = logging.getLogger("engine.commands")


def only_informs(conversation: Conversation, sender: Integration, text: str) -> bool:
    """True if a command comes to nothing but an answer to its author, which anybody may get."""
    found = plan(conversation, sender, text)
    return not (found.says or found.call or found.handover_event)


def do_command(conversation: Conversation, typed: Activity) -> None:
    """Do what a typed line asks for, and tell its author. The conversation is locked.

    Raises what keeps it from being done: then nothing is, and `do_refuse` tells the author.
    """
    sender, text = _author(typed), _line(typed)
    if sender is None:
        return
    found = plan(conversation, sender, text)
    if found.handover_event:
        found = _do_move(conversation, sender, typed, found)
    if found.call:
        do_ask(typed, found)
    do_carry_out(conversation, sender, typed, found)


def do_refuse(conversation: Conversation, typed: Activity, fault: Exception) -> None:
    """Tell the author that a line came to nothing, and why."""
    sender, code, about = _author(typed), "ENG009299", ""
    if sender is None:
        return
    if isinstance(fault, HubsterError):
        code, about = fault.faults[0].code, fault.faults[0].sentence
    else:
        log.error("a command failed", exc_info=fault, extra={"activity": typed.pk})
    do_answer(conversation, sender, refusal(_line(typed), code, about))


def _author(typed: Activity) -> Integration | None:
    """The author as it is now; None when it was deleted since, and nobody may speak or read an answer."""
    key = typed.sender_integration_id
    return Integration.objects.select_related("hub").filter(pk=key).first() if key else None


def _line(typed: Activity) -> str:
    return command_text(typed.sender_type, typed.type, typed.content) or ""


def do_carry_out(conversation: Conversation, sender: Integration, typed: Activity, found: Plan) -> None:
    """Say what comes of a command and tell its author; the conversation is locked.

    Raises ENG006501 when the customer is to be told something and the conversation was closed meanwhile.
    """
    if any(saying.to == "customer" for saying in found.says):
        _check_open(conversation)
    for saying in found.says:
        _do_append_saying(conversation, sender, typed, saying)
    if found.answer:
        do_answer(conversation, sender, found.answer)


def _check_open(conversation: Conversation) -> None:
    if conversation.closed:
        raise fail("ENG006501")


def _do_move(conversation: Conversation, sender: Integration, typed: Activity, found: Plan) -> Plan:
    assert found.handover_event
    _check_open(conversation)
    content = handover.event(found.handover_event, {"force": True} if found.force else {})
    change = handover.wanted(conversation, sender, "event", content, typed.author_id)
    if change is None:
        return Plan(answer(_line(typed), _("Nothing changed.")))
    do_append_reply(conversation, sender, _new(typed, "event", content), change)
    return found


def _do_append_saying(conversation: Conversation, sender: Integration, typed: Activity, saying: Saying) -> None:
    if saying.to != "customer":
        told = NewActivity(saying.kind, saying.content, flow="AutoReplay", private=True)
        alone = saying.to == "sender" or sender.type == Integration.Type.AGENT
        do_append_activity(conversation, told, PLATFORM, None, sender if alone else None)
        return
    change = handover.wanted(conversation, sender, saying.kind, saying.content, typed.author_id)
    do_append_reply(conversation, sender, _new(typed, saying.kind, saying.content), change)


def _new(typed: Activity, kind: str, content: dict[str, Any]) -> NewActivity:
    """Something that is said because of a line, by the line's author."""
    return NewActivity(kind, content, author_id=typed.author_id, author_type=typed.author_type)


def do_answer(conversation: Conversation, sender: Integration, content: dict[str, Any]) -> Activity:
    """Tell the author what came of a command."""
    return do_append_activity(
        conversation, NewActivity("message", content, flow="AutoReplay", private=True), PLATFORM, None, sender
    )


def do_ask(typed: Activity, found: Plan) -> None:
    """Have the business's service asked as soon as this transaction is committed."""
    assert found.call
    CommandCall.objects.create(
        activity=typed, command=found.call, tenant=found.call.hub.tenant, words=found.arguments, due=clock.now()
    )
    after_commit("command")
