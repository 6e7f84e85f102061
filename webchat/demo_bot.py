"""The demo's bot: reads a signed Direct webhook, answers, and hands over to a person when asked to.

It is written to be read as an example: verify first, answer each activity once, keep silent when it is not your turn.
A bot of yours would do the same over HTTP: `POST /inbound/business/v1/direct/activity/{conversationId}` in place of
`do_receive`, and the header `Idempotency-Key` in place of `dedupe_key`.
"""

import hmac
import json
import logging
import re
import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from engine import access
from engine.actions.append import NewActivity
from engine.actions.receive import do_receive
from engine.models import Conversation
from hubster.lib.errors import HubsterError
from hubster.lib.signing import hubster_signature
from portal.demo import guid
from portal.models import Integration, SigningKey

log = logging.getLogger("webchat.demo_bot")
BOT = guid("22")
_MENU = "Ask me about delivery, returns, tea or our opening hours. Say “person” and a colleague takes over."
_PERSON = re.compile(r"\b(agent|person|people|human|someone|colleague|help)\b", re.IGNORECASE)
_HANDOVER = {"type": "payload", "payloadType": "hubster.handover", "payload": {"reason": "The visitor asked."}}
_ANSWERS = (
    (r"deliver\w*|ship\w*|post|arrives?", "We post every weekday; it takes two days and is free from €40."),
    (r"return\w*|refund\w*|broken|exchange", "Send it back within 30 days. We pay the return postage."),
    (r"open\w*|hours?|closed?", "Monday to Saturday, nine to six. I never sleep, though."),
    (r"tea|leaf|cups?|pot|teapot|kettle|matcha", "Start with Breakfast leaf: one spoon, three minutes, no rush."),
    (r"thanks?|cheers", "You are welcome."),
    (r"hi|hey|hello|good (morning|day|evening)", f"Hello! I am the shop's bot. {_MENU}"),
)


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """POST /demo/bot: 200 when it is dealt with; anything else makes the platform call again later."""
    if settings.PRODUCTION:
        raise Http404
    if not is_genuine(request.body, request.headers.get("x-hubster-signature", "")):
        return HttpResponse("The signature does not fit the body.", status=403, content_type="text/plain")
    payload = json.loads(request.body)
    activity = payload["activity"]
    if activity["type"] == "message" and activity["sender"]["integrationType"] == "Customer":
        answer(uuid.UUID(payload["conversationId"]), activity)
    return HttpResponse("OK", content_type="text/plain")


def is_genuine(body: bytes, signature: str) -> bool:
    """True if a key of ours signed exactly these bytes. While keys are exchanged, two are valid."""
    keys = [key.private_key for key in SigningKey.objects.filter(integration=BOT) if not key.expired]
    # Every key is compared, in constant time: how long this takes tells nothing.
    fits = [hmac.compare_digest(hubster_signature(key, body).encode(), signature.encode()) for key in keys]
    return any(fits)


def answer(conversation_id: uuid.UUID, activity: dict[str, Any]) -> None:
    """Say what there is to say. A webhook can come twice; the keys make the second time change nothing."""
    if not _is_our_turn(conversation_id):
        return
    bot = Integration.objects.select_related("hub__tenant").get(pk=BOT)
    key = f"demo-bot:{activity['interactionId']}"
    try:
        for number, said in enumerate(replies(str(activity["message"].get("text", "")))):
            do_receive(conversation_id, bot, NewActivity(*said, dedupe_key=f"{key}:{number}"))
    except HubsterError as refusal:  # closed or paused meanwhile: to call again would not help
        log.info("not answered", extra={"reason": str(refusal)})


def _is_our_turn(conversation_id: uuid.UUID) -> bool:
    """A message can still be on its way to us when a person has taken over already."""
    row = Conversation.objects.filter(pk=conversation_id).first()
    return row is not None and any(
        end.id == BOT for end in access.answering(access.active_integrations(row.hub_id), row.side)
    )


def replies(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The answers to a text: (message or event, its content), in order."""
    if _PERSON.search(text):
        return [("message", _text("I am asking a colleague.")), ("event", _HANDOVER)]
    found = (words for pattern, words in _ANSWERS if re.search(rf"\b({pattern})\b", text, re.IGNORECASE))
    return [("message", _text(next(found, f"I am only a small bot. {_MENU}")))]


def _text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}
