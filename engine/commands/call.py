"""Dynamic commands: the business's own service is asked by a signed POST, and its answer is said.

The call is made with no transaction open. Should this process die meanwhile, another one calls again under the same
`webhook-id`; a service that fails is not called again, its author is told.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from engine.actions.pipeline import do_trace, entry
from engine.activity import parse_event, parse_message
from engine.adapters import Envelope, _webhook
from engine.commands.carry_out import do_answer, do_carry_out
from engine.commands.plan import Plan, Refused, Saying, answer, refusal
from engine.models import Activity, CommandCall, Conversation
from engine.work import Held, Item, is_nearly_over, release
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from hubster.lib.http import Answer, NetworkError, Outgoing, asend
from hubster.lib.log import about
from hubster.lib.parsing import UnreadableBody, parse_strictly
from hubster.lib.payloads import get_blind
from hubster.lib.pool import is_away
from portal.actions.providers import network_policy
from portal.models import Integration

log = logging.getLogger("engine.commands")
MOST = 20  # responses of one call
_FOR: dict[str, Literal["customer", "sender"]] = {"customer": "customer", "sender": "sender"}


@dataclass
class Call(Item):
    """A call that is to be made, and what came of it. `request` is None when it could not be prepared."""

    row: CommandCall
    token: uuid.UUID
    text: str
    request: Outgoing | None
    refused: Refused | None = None
    answer: Answer | None = None
    milliseconds: int = 0
    held_since: int = 0  # ticks
    left: bool = False  # no call was made, as it may be somebody else's by now

    @property
    def key(self) -> int:
        """The row."""
        return self.row.pk

    @property
    def sharer(self) -> uuid.UUID:
        """The tenant."""
        return self.row.tenant_id

    @property
    def endpoint(self) -> uuid.UUID:
        """The command."""
        return self.row.command_id

    @property
    def seconds(self) -> float | None:
        """Duration of a good answer."""
        return None if self.answer is None or self.refused else self.milliseconds / 1_000

    async def work(self) -> None:
        """Make the call, unless this process stood still for so long that it may be somebody else's."""
        if self.request is None:
            return
        started = clock.ticks()
        if is_nearly_over(self.held_since, started):
            self.left = True
            return
        with about(conversation=self.row.activity.conversation_id, activity=self.row.activity_id):
            try:
                self.answer = await _asked(self.row, self.request)
            except Exception as fault:
                self.refused = _refused(self.row, fault)
        self.milliseconds = clock.ticks() - started


async def _asked(row: CommandCall, request: Outgoing) -> Answer:
    try:
        found = await asend(request, network_policy())
    except NetworkError as fault:
        text = _("'%(name)s' could not be called. %(fault)s") % {"name": row.command.name, "fault": fault.text}
        raise Refused("ENG009299", text) from None
    if not 200 <= found.status < 300:
        text = _("'%(name)s' returned HTTP %(status)d.") % {"name": row.command.name, "status": found.status}
        raise Refused("ENG009299", text)
    return found


def _refused(row: CommandCall, fault: Exception) -> Refused:
    if isinstance(fault, Refused):
        return fault
    log.error("a command's call failed", exc_info=fault)  # of ours; not to be repeated for ever
    found = {"name": row.command.name, "fault": type(fault).__name__}
    return Refused("ENG009299", _("'%(name)s' could not be called (%(fault)s).") % found)


def load(held: Held) -> list[Call]:
    """The calls to make now. Where the author was deleted, nobody may speak and nobody reads: those are dropped."""
    rows = CommandCall.objects.filter(pk__in=list(held)).select_related(
        "command", "activity__conversation__hub", "activity__conversation__integration",
        "activity__sender_integration__hub",
    )  # fmt: skip
    found, since = list(rows), clock.ticks()
    CommandCall.objects.filter(pk__in=[row.pk for row in found if row.activity.sender_integration is None]).delete()
    return [_call(row, held[row.pk], since) for row in found if row.activity.sender_integration]


def _call(row: CommandCall, token: uuid.UUID, since: int) -> Call:
    text = str(row.activity.content["text"]).strip()
    try:
        return Call(row, token, text, _request(row, text), held_since=since)
    except Exception as fault:
        if is_away(fault):
            raise
        return Call(row, token, text, None, _refused(row, fault), held_since=since)


def commit(calls: Sequence[Call]) -> None:
    """Say what came of each. What cannot be said is tried again after a pause."""
    for call in calls:
        if call.left:
            release(CommandCall, {call.key: call.token})
        else:
            _do_commit(call)


def _do_commit(call: Call) -> None:
    row, fault = call.row, call.refused
    with about(conversation=row.activity.conversation_id, activity=row.activity_id):
        sayings: list[Saying] = []
        try:
            if call.answer and not fault:
                sayings = responses(call.answer)
        except Refused as refused:
            fault = refused
        done = _("%(name)s: done.") % {"name": row.command.name}
        found = Plan(refusal(call.text, fault.code, str(fault))) if fault else Plan(answer(call.text, done), sayings)
        note = f"{fault or _('Your service replied.')} ({call.milliseconds} ms)"
        _do_finish(row, call.token, found, "failed" if fault else "done", note)


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


def _do_finish(row: CommandCall, token: uuid.UUID, found: Plan, outcome: str, note: str) -> None:
    """Say it, unless another worker has made the call again meanwhile."""
    activity = row.activity
    with transaction.atomic():
        rows = Conversation.objects.select_for_update(of=("self",), no_key=True).select_related(
            "integration", "hub__tenant"
        )
        conversation = rows.filter(pk=activity.conversation_id).first()
        held = CommandCall.objects.select_for_update().filter(pk=row.pk, lease_token=token)
        if conversation is None or not held.exists():  # deleted meanwhile, or somebody else's
            return
        held.delete()
        author = activity.sender_integration
        sender = author and Integration.objects.filter(pk=author.pk).first()  # it may have been deleted meanwhile
        if sender:
            _do_tell(conversation, sender, activity, found)
        # Last: the pipeline, too, locks its lane of the conversation before the activity.
        do_trace(activity.pk, entry("command", outcome, note))


def _do_tell(conversation: Conversation, sender: Integration, activity: Activity, found: Plan) -> None:
    try:
        with transaction.atomic():
            do_carry_out(conversation, sender, activity, found)
    except HubsterError as fault:
        text = fault.faults[0].sentence
        do_answer(conversation, sender, refusal(str(activity.content["text"]), fault.faults[0].code, text))
