"""Dynamic commands: the business's own service is asked by a signed POST, and its answer is said.

The call is made with no transaction open. Should this process die meanwhile, another one calls again under the same
`webhook-id`; a service that fails is not called again, its author is told.
"""

import logging
import uuid
from datetime import timedelta
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from engine.actions.pipeline import do_trace, entry
from engine.activity import parse_event, parse_message
from engine.adapters import Envelope, _webhook
from engine.commands.carry_out import do_answer, do_carry_out
from engine.commands.plan import Plan, Refused, Saying, answer, refusal
from engine.delivery.claim import still_leased
from engine.models import Activity, CommandCall, Conversation
from engine.wake import touch_heartbeat
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from hubster.lib.http import Answer, NetworkError, Outgoing, send
from hubster.lib.log import about
from hubster.lib.parsing import UnreadableBody, parse_strictly
from hubster.lib.payloads import get_blind
from hubster.lib.pool import is_away, release_connection
from portal.actions.integrations import network_policy
from portal.models import Integration

log = logging.getLogger("engine.commands")
MOST = 20  # responses of one call
_FOR: dict[str, Literal["customer", "sender"]] = {"customer": "customer", "sender": "sender"}


class _TooLate(Exception):
    """This process stood still for most of its lease: the call is left to whoever takes it next."""


def do_call(call_id: int) -> bool:
    """Make a call that is due and say what came of it; False when there was nothing to do."""
    began = clock.ticks()
    row = _claim(call_id)
    if row is None:
        return False
    activity = row.activity
    if activity.sender_integration is None:
        return _do_drop(row)
    text = str(activity.content["text"]).strip()
    with about(conversation=activity.conversation_id, activity=activity.pk):
        fault = None
        try:
            found = Plan(answer(text, _("%(name)s: done.") % {"name": row.command.name}), _asked(row, text, began))
        except _TooLate:
            return False
        except Refused as refused:
            fault, found = refused, Plan(refusal(text, refused.code, str(refused)))
        note = f"{fault or _('Your service replied.')} ({clock.ticks() - began} ms)"
        return _do_finish(row, found, "failed" if fault else "done", note)


def _do_drop(row: CommandCall) -> bool:
    """Drop a call whose author was deleted: nobody may speak, and nobody reads an answer."""
    row.delete()
    return True


def _asked(row: CommandCall, text: str, leased: int) -> list[Saying]:
    try:
        return responses(_ask(row, text, leased))
    except (Refused, _TooLate):
        raise
    except Exception as fault:
        if is_away(fault):  # nobody was told anything: the lease runs out and the call is made again
            raise
        log.exception("a command's call failed", extra={"call": row.pk})  # of ours; not to be repeated for ever
        text = _("'%(name)s' could not be called (%(fault)s).") % {
            "name": row.command.name,
            "fault": type(fault).__name__,
        }
        raise Refused("ENG009299", text) from None


def _claim(call_id: int) -> CommandCall | None:
    with transaction.atomic():
        free = CommandCall.objects.select_for_update(skip_locked=True, of=("self",)).filter(due__lte=clock.now())
        ends = ("command", "activity__conversation__hub", "activity__conversation__integration")
        row = free.select_related(*ends, "activity__sender_integration__hub").filter(pk=call_id).first()
        if row:
            touch_heartbeat()
            row.token, row.due = uuid.uuid4(), clock.now() + timedelta(seconds=settings.HUBSTER_LEASE)
            row.save(update_fields=["token", "due"])
        return row


def _ask(row: CommandCall, text: str, leased: int) -> Answer:
    request = _request(row, text)
    if not still_leased(leased):
        raise _TooLate
    release_connection()
    try:
        found = send(request, network_policy())
    except NetworkError as fault:
        text = _("'%(name)s' could not be called. %(fault)s") % {"name": row.command.name, "fault": fault.text}
        raise Refused("ENG009299", text) from None
    if not 200 <= found.status < 300:
        text = _("'%(name)s' returned HTTP %(status)d.") % {"name": row.command.name, "status": found.status}
        raise Refused("ENG009299", text)
    return found


def _request(row: CommandCall, text: str) -> Outgoing:
    activity, conversation = row.activity, row.activity.conversation
    sender, customer, command = activity.sender_integration, conversation.integration, row.command
    assert sender
    envelope = Envelope(
        hub_id=str(conversation.hub_id),
        tenant_id=str(conversation.hub.tenant_id),
        integration_id=str(sender.pk),
        conversation_id=str(conversation.pk),
        conversation_properties=conversation.properties,
        activity={},
        delivery_id=str(activity.pk),
        timestamp=int(clock.now().timestamp()),
        signing_keys=command.signing_keys,
    )
    ends = {"sender": sender, "customer": customer}
    asked = {
        "command": {"name": command.name, "text": text, "arguments": row.words},
        **{
            name: {"integrationId": str(end.pk), "integrationType": end.type, "channelType": end.channel}
            for name, end in ends.items()
        },
    }
    return _webhook.signed(command.url, envelope, _webhook.body(envelope, "dynamic", asked))


def responses(found: Answer) -> list[Saying]:
    """The responses of a service: `{"responses": [{"to": "customer", "message": {…}}]}`; raises `Refused`."""
    if not found.body.strip():
        return []
    try:
        body = parse_strictly(found.body)
    except UnreadableBody as fault:
        raise Refused("ENG009299", _("Your service's reply cannot be read. %(fault)s") % {"fault": fault}) from None
    if body in (None, {}):
        return []
    rows = get_blind(body, "responses")
    if not isinstance(rows, list) or len(rows) > MOST:
        text = _('Your service\'s reply is missing a "responses" list (up to %(most)d items).') % {"most": MOST}
        raise Refused("ENG009299", text)
    return [_saying(row, f"responses[{place}]") for place, row in enumerate(rows)]


def _saying(row: Any, where: str) -> Saying:
    to = _FOR.get(str(get_blind(row, "to")).lower())
    nodes = {kind: get_blind(row, kind) for kind in ("message", "event")}
    given = [kind for kind, node in nodes.items() if node is not None]
    if to is None or len(given) != 1:
        text = _("Your service's reply: %(where)s needs 'to' (customer or sender) and either 'message' or 'event'.") % {
            "where": where
        }
        raise Refused("ENG009299", text)
    kind = given[0]
    try:
        content = (parse_message if kind == "message" else parse_event)(nodes[kind], root=f"{where}.{kind}")
    except HubsterError as fault:
        text = _("Your service's reply: %(fault)s") % {"fault": fault.faults[0].sentence}
        raise Refused("ENG009299", text) from None
    return Saying(kind, content, to)


def _do_finish(row: CommandCall, found: Plan, outcome: str, note: str) -> bool:
    """Say it, unless another worker has made the call again meanwhile."""
    activity = row.activity
    with transaction.atomic():
        rows = Conversation.objects.select_for_update(of=("self",), no_key=True).select_related(
            "integration", "hub__tenant"
        )
        conversation = rows.get(pk=activity.conversation_id)
        held = CommandCall.objects.select_for_update().filter(pk=row.pk, token=row.token)
        if not held.exists():
            return False
        held.delete()
        author = activity.sender_integration
        sender = author and Integration.objects.filter(pk=author.pk).first()  # it may have been deleted meanwhile
        if sender:
            _do_tell(conversation, sender, activity, found)
        # Last: the pipeline, too, locks its lane of the conversation before the activity.
        do_trace(activity.pk, entry("command", outcome, note))
    return True


def _do_tell(conversation: Conversation, sender: Integration, activity: Activity, found: Plan) -> None:
    try:
        with transaction.atomic():
            do_carry_out(conversation, sender, activity, found)
    except HubsterError as fault:
        text = fault.faults[0].sentence
        do_answer(conversation, sender, refusal(str(activity.content["text"]), fault.faults[0].code, text))
