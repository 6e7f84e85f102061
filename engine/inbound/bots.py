"""The connector of the Activity protocol: where bots call to say something, at the `serviceUrl` that we tell them."""

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from engine import access
from engine.actions import refusals
from engine.actions.append import NewActivity
from engine.actions.pipeline import do_trace, entry
from engine.actions.receive import receive_within
from engine.adapters import SendError, _bot_cards
from engine.adapters._bots import Saying
from engine.inbound import bot_proof
from engine.inbound.parse import idempotency_key
from engine.models import Activity, Conversation
from engine.work.backlog import check_room
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.ids import parse_guid
from hubster.lib.log import note
from hubster.lib.parsing import UnreadableBody, parse_strictly
from hubster.lib.payloads import get_blind
from portal.idempotency import fingerprint
from portal.models import Integration

_LATE = "The customer has written again, so this reply was not sent."


@method_decorator(csrf_exempt, name="dispatch")
class BotActivitiesView(View):
    """/bots/{integrationId}/v3/conversations/{conversationId}/activities[/{activityId}]."""

    http_method_names = ("post",)

    def post(
        self, request: HttpRequest, integration_id: str, conversation_id: str, activity_id: str = ""
    ) -> HttpResponse:
        """Accept what a bot says; the answer follows the commit."""
        try:
            return JsonResponse({"id": _do_accept(request, integration_id, conversation_id, activity_id)})
        except HubsterError as fault:
            refusals.do_report(fault)
            answer = JsonResponse(fault.body(), status=fault.status)
            if fault.retry_after:
                answer["Retry-After"] = str(fault.retry_after)
            return answer


def _do_accept(request: HttpRequest, integration_id: str, conversation_id: str, activity_id: str) -> str:
    """The id of what was stored."""
    bot, talk = _bot(integration_id), parse_guid(conversation_id)
    body = _body(request)
    named = parse_guid(activity_id) or parse_guid(get_blind(body, "replyToId"))
    asked = bot_proof.asked_by(bot, talk, named) if talk else None
    bot_proof.check(bot, request.headers.get("Authorization", ""), asked)
    if talk is None or not Conversation.objects.filter(pk=talk, hub=bot.hub_id).exists():
        raise fail("ENG006500")
    check_room(bot.hub.tenant_id)
    notes: list[str] = []
    said = _sayings(body, notes)
    key = idempotency_key(request.headers.get("Idempotency-Key"), talk)
    note(conversation=talk)
    if asked and bot.configuration.get("dropSuperseded") and access.is_superseded(talk, asked.event_id):
        do_trace(asked.activity_id, entry("bot", "done", _LATE))
        return str(asked.pk)
    rows = _do_say(bot, talk, said, key, fingerprint(body) if key else None)
    if asked and notes:
        do_trace(asked.activity_id, entry("bot", "done", " ".join(notes)))
    return str(rows[-1].pk if rows else uuid.uuid4())


def _bot(integration_id: str) -> Integration:
    """An active bot of the dialect; there is no other one at this address."""
    guid = parse_guid(integration_id)
    rows = Integration.objects.filter(channel="Bot", hub__tenant__enabled=True).select_related("hub__tenant")
    found = rows.filter(pk=guid).first() if guid else None
    if found is None or found.configuration.get("dialect") != "activity":
        raise HubsterError(Fault("ENG000105", text="No bot of the Activity protocol has this address."), status=404)
    return found


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        found = parse_strictly(request.body)
    except UnreadableBody as fault:
        raise HubsterError(Fault("ENG005023", text=str(fault))) from None
    if not isinstance(found, dict):
        raise fail("ENG005023", text="The body must be an activity: a JSON object.")
    return found


def _sayings(body: dict[str, Any], notes: list[str]) -> list[Saying]:
    try:
        return list(_bot_cards.sayings(body, "activity", notes))
    except SendError as fault:
        raise HubsterError(Fault("ENG000201", text=fault.text)) from None
    except (TypeError, ValueError, KeyError, AttributeError) as fault:
        text = f"The activity's shape is not that of the protocol ({fault})."
        raise HubsterError(Fault("ENG000201", text=text)) from None


def _do_say(bot: Integration, talk: uuid.UUID, said: list[Saying], key: str | None, mark: str | None) -> list[Activity]:
    """All of an activity, or nothing."""

    def speaker(conversation: Conversation) -> Integration:
        found = access.get_sender(conversation, bot.pk)
        if found is None:
            raise fail("ENG006500")
        return found

    with transaction.atomic():
        return [
            receive_within(
                None, talk, speaker,
                NewActivity(one.kind, dict(one.content), dedupe_key=f"{key}:{place}"[:255] if key else None,
                            fingerprint=mark),
            )
            for place, one in enumerate(said)
        ]  # fmt: skip
