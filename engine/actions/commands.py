"""Writes of commands: what is typed, what comes of it and the answer to the author, all in the receive transaction.

So whatever is said after a command comes after what the command said.
"""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from engine.actions import handover
from engine.actions.append import PLATFORM, NewActivity, do_append_activity, do_append_reply
from engine.commands.plan import Plan, Saying, answer, plan, refusal
from engine.models import Activity, CommandCall, Conversation
from engine.wake import after_commit
from hubster.lib import clock
from hubster.lib.errors import HubsterError, fail
from portal.models import Integration


def do_command(conversation: Conversation, sender: Integration, new: NewActivity, text: str) -> Activity:
    """Carry out a typed line; the row of the line itself, which only its author sees. The conversation is locked."""
    typed = do_append_activity(conversation, replace(new, private=True), sender.type, sender, None)
    found = plan(conversation, sender, text)
    if found.handover_event:
        found = _do_move(conversation, sender, new, text, found)
    if found.call:
        do_ask(typed, found)
    do_carry_out(conversation, sender, typed, found)
    return typed


def do_carry_out(conversation: Conversation, sender: Integration, typed: Activity, found: Plan) -> None:
    """Say what comes of a command and tell its author; the conversation is locked.

    Raises ENG006501 when the customer is to be told something and the conversation was closed meanwhile.
    """
    if conversation.closed and any(saying.to == "customer" for saying in found.says):
        raise fail("ENG006501")
    for saying in found.says:
        _do_append_saying(conversation, sender, typed, saying)
    if found.answer:
        do_answer(conversation, sender, found.answer)


def _do_move(conversation: Conversation, sender: Integration, new: NewActivity, text: str, found: Plan) -> Plan:
    assert found.handover_event
    content = handover.event(found.handover_event, {"force": True} if found.force else {})
    try:
        change = handover.wanted(conversation, sender, "event", content, new.author_id)
    except HubsterError as fault:
        return Plan(refusal(text, fault.faults[0].code, fault.faults[0].sentence))
    if change is None:
        return Plan(answer(text, _("Nothing changed.")))
    do_append_reply(conversation, sender, NewActivity("event", content, author_id=new.author_id), change)
    return found


def _do_append_saying(conversation: Conversation, sender: Integration, typed: Activity, saying: Saying) -> None:
    if saying.to != "customer":
        told = NewActivity(saying.kind, saying.content, flow="AutoReplay", private=True)
        alone = saying.to == "sender" or sender.type == Integration.Type.AGENT
        do_append_activity(conversation, told, PLATFORM, None, sender if alone else None)
        return
    change = handover.wanted(conversation, sender, saying.kind, saying.content, typed.author_id)
    do_append_reply(conversation, sender, NewActivity(saying.kind, saying.content, author_id=typed.author_id), change)


def do_answer(conversation: Conversation, sender: Integration, content: dict[str, Any]) -> Activity:
    """Tell the author what came of a command."""
    return do_append_activity(
        conversation, NewActivity("message", content, flow="AutoReplay", private=True), PLATFORM, None, sender
    )


def do_ask(typed: Activity, found: Plan) -> None:
    """Have the business's service asked as soon as this transaction is committed."""
    assert found.call
    row = CommandCall.objects.create(activity=typed, command=found.call, words=found.arguments, due=clock.now())
    after_commit("call_command", str(row.pk), str(typed.conversation.hub.tenant_id), str(found.call.pk))
