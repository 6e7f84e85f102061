"""Dialogflow CX: `detectIntent`, with a token that we sign with the service account's own key."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jwt
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from engine.adapters import _blocks, _errors
from engine.adapters._base import Envelope
from engine.adapters._bots import (
    HANDOVER,
    BotAnswer,
    Dialect,
    Saying,
    activity_of,
    as_account,
    asked_message,
    body_of,
    event,
    listed,
    message,
    text,
    unreadable,
)
from engine.adapters._outcomes import Scope, SendError
from hubster.lib.http import Answer, Outgoing

_API = "HUBSTER_DIALOGFLOW_API"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_LASTS = 3_600  # seconds of a token
_REFUSED = _("Dialogflow refused the request (HTTP %(status)d). %(reason)s")


class DialogflowDialect(Dialect):
    """A session is a conversation of ours; Dialogflow keeps it."""

    name = "dialogflow"
    title = gettext_noop("Dialogflow CX")
    needs = ("agent", "credentials")
    takes = ("language", "dropSuperseded")
    deadline = 30.0

    def ask(self, config: dict[str, Any], envelope: Envelope) -> Outgoing | None:
        """The words of a message, or an event under its own name."""
        asked = _input(envelope)
        if asked is None:
            return None
        about = {"payload": {"hubId": envelope.hub_id, "conversationProperties": envelope.conversation_properties}}
        body = {"queryInput": {**asked, "languageCode": config.get("language") or "en"}, "queryParams": about}
        url = f"{_origin(config['agent'])}/v3/{config['agent']}/sessions/{envelope.conversation_id}:detectIntent"
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {_token(config, envelope.timestamp)}"}
        return Outgoing("POST", url, headers, json.dumps(body).encode(), repeatable=False)

    def refusal(self, answer: Answer) -> SendError:
        """Google's errors, by status."""
        text_ = str(_REFUSED % {"status": answer.status, "reason": _reason(answer)}).strip()
        if answer.status in (401, 403, 404):
            return as_account(SendError("ENG007510", text_, retryable=False), pauses=answer.status != 404)  # noqa: PLR2004
        retryable = answer.status == 429 or answer.status >= 500  # noqa: PLR2004
        scope: Scope = "endpoint" if retryable else "message"
        return SendError("ENG007511", text_, retryable, scope=scope, retry_after=_errors.retry_after(answer))

    def read(self, config: dict[str, Any], answer: Answer) -> BotAnswer:
        """The response messages of the query's result."""
        body = body_of(answer)
        result = body.get("queryResult") if isinstance(body, Mapping) else None
        if not isinstance(result, Mapping):
            raise unreadable(_("It has no 'queryResult'."))
        return BotAnswer(listed(result.get("responseMessages") or [], "queryResult.responseMessages", _sayings))


def region_of(agent: str) -> str:
    """The location in an agent's name, `projects/P/locations/L/agents/A`."""
    parts = agent.split("/")
    return parts[3] if len(parts) > 3 else "global"  # noqa: PLR2004


def _origin(agent: str) -> str:
    if given := getattr(settings, _API):
        return str(given)
    region = region_of(agent)
    return f"https://{'' if region == 'global' else f'{region}-'}dialogflow.googleapis.com"


def _token(config: Mapping[str, Any], now: int) -> str:
    account = json.loads(config["credentials"])
    claims = {"iss": account["client_email"], "sub": account["client_email"], "scope": _SCOPE,
              "iat": now, "exp": now + _LASTS}  # fmt: skip
    return jwt.encode(claims, account["private_key"], "RS256", {"kid": account.get("private_key_id", "")})


def _input(envelope: Envelope) -> dict[str, Any] | None:
    said, told = asked_message(envelope), envelope.activity.get("event") or {}
    if said is not None:
        words = "\n".join(filter(None, map(_blocks.as_text, _blocks.blocks_of(said, "Bot"))))
        return {"text": {"text": words}}
    if told.get("type") == "payload" and not told["payloadType"].startswith("hubster."):
        return {"event": {"event": told["payloadType"]}}
    return None


def _reason(answer: Answer) -> str:
    try:
        found = body_of(answer)
    except SendError:
        return ""
    error = found.get("error") if isinstance(found, Mapping) else None
    return str(error.get("message") or "")[:300] if isinstance(error, Mapping) else ""


def _sayings(entry: Any, root: str) -> Iterator[Saying]:
    given = entry if isinstance(entry, Mapping) else {}
    words = given.get("text", {}).get("text") or []
    if "\n".join(map(str, words)).strip():
        yield text("\n".join(map(str, words)))
    if isinstance(given.get("payload"), Mapping):
        yield from _custom(given["payload"], root)
    if isinstance(spoken := given.get("outputAudioText"), Mapping) and spoken.get("text"):
        yield text(str(spoken["text"]))
    if (handoff := given.get("liveAgentHandoff")) is not None:
        yield event(HANDOVER, handoff.get("metadata") or {}, root)


def _custom(payload: Mapping[str, Any], root: str) -> Iterator[Saying]:
    """A message or an event of ours, or the rich content of Dialogflow's own messenger."""
    if "message" in payload or "event" in payload:
        yield activity_of(payload, f"{root}.payload")
        return
    for row in payload.get("richContent") or []:
        for one in row:
            yield from _rich(one, f"{root}.payload.richContent")
    if "richContent" not in payload:
        yield event("dialogflow.payload", payload, f"{root}.payload")


def _rich(one: Mapping[str, Any], root: str) -> Iterator[Saying]:
    kind = one.get("type")
    if kind == "chips":
        options = [option for option in one.get("options") or [] if isinstance(option, Mapping)]
        yield text("", [{"type": "reply", "title": str(option.get("text")), "payload": str(option.get("text"))}
                        for option in options])  # fmt: skip
    elif kind == "image" and one.get("rawUrl"):
        yield message({"type": "image", "url": one["rawUrl"]}, root)
    elif kind in ("info", "description", "list"):
        words = one.get("text")
        shown = {"title": one.get("title"), "subtitle": one.get("subtitle"),
                 "content": "\n".join(map(str, words)) if isinstance(words, list) else words}  # fmt: skip
        if kept := {key: str(value) for key, value in shown.items() if value}:
            yield message({"type": "card", **kept}, root)
    elif kind == "button" and one.get("link"):
        yield text("", [{"type": "link", "title": str(one.get("text") or one["link"]), "url": one["link"]}])


DIALECT = DialogflowDialect()
