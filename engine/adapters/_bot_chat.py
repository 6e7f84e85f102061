"""Chat completions: what OpenAI began and every server of language models speaks."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from engine.adapters import _errors
from engine.adapters._base import Envelope
from engine.adapters._bot_prompt import ModelDialect, instructions, is_asked, messages, said, tools
from engine.adapters._bot_webhook import events_of
from engine.adapters._bots import BotAnswer, as_account, body_of, unreadable
from engine.adapters._outcomes import SendError
from hubster.lib.http import Answer, Outgoing
from hubster.lib.parsing import UnreadableBody, parse_strictly

_REFUSED = _("The model refused the request (HTTP %(status)d). %(reason)s")
_KEY = _("The model's server refused the API key (HTTP %(status)d). Enter a new one.")
_LATER = {408, 409, 425, 429}


class ChatDialect(ModelDialect):
    """`POST {baseUrl}/chat/completions`."""

    name = "chatCompletions"
    title = gettext_noop("Chat completions: OpenAI, or a server that speaks like it")

    def ask(self, config: dict[str, Any], envelope: Envelope) -> Outgoing | None:
        """The system prompt, the conversation, the tools."""
        if not is_asked(envelope):
            return None
        system = instructions(config)
        opening = [{"role": "system", "content": system}] if system else []
        asked: dict[str, Any] = {"model": config["model"], "messages": [*opening, *messages(config, envelope)]}
        if functions := tools(envelope):
            asked["tools"] = [{"type": "function", "function": one} for one in functions]
        return request(config, "/chat/completions", asked)

    def refusal(self, answer: Answer) -> SendError:
        return model_refusal(answer)

    def read(self, config: dict[str, Any], answer: Answer) -> BotAnswer:
        """The text of the first choice, then its calls of tools."""
        message = _streamed(answer) if is_stream(answer) else _first(body_of(answer))
        words = message.get("content") or message.get("refusal") or ""
        if not isinstance(words, str):
            words = "".join(str(part.get("text") or "") for part in words if isinstance(part, Mapping))
        functions = [_mapping(call).get("function") for call in message.get("tool_calls") or []]
        calls = [(str(_mapping(one).get("name")), _mapping(one).get("arguments")) for one in functions]
        sayings, notes = said(config, words, calls)
        return BotAnswer(tuple(sayings), tuple(notes))


def request(config: Mapping[str, Any], path: str, asked: dict[str, Any]) -> Outgoing:
    """A call of the model's server."""
    headers = {"Content-Type": "application/json"}
    if key := config.get("apiKey"):
        headers["Authorization"] = f"Bearer {key}"
    if config.get("stream"):
        asked = {**asked, "stream": True}
    return Outgoing("POST", config["baseUrl"].rstrip("/") + path, headers, json.dumps(asked).encode())


def model_refusal(answer: Answer) -> SendError:
    """The error of a server, by its status: the key, a limit, the server, or the request itself."""
    if answer.status in (401, 403):
        text = str(_KEY % {"status": answer.status})
        return as_account(SendError("ENG007510", text, retryable=False), pauses=True)
    text = str(_REFUSED % {"status": answer.status, "reason": _reason(answer)}).strip()
    if answer.status in _LATER:
        found = SendError("ENG007511", text, retryable=True, retry_after=_errors.retry_after(answer))
        return as_account(found, pauses=False)
    if answer.status >= 500:  # noqa: PLR2004
        return SendError("ENG007511", text, retryable=True, retry_after=_errors.retry_after(answer))
    scope_is_ours = answer.status in (404, 405) or 300 <= answer.status < 400
    found = SendError("ENG007511", text, retryable=scope_is_ours, scope="message")
    return as_account(found, pauses=False) if scope_is_ours else found


def _reason(answer: Answer) -> str:
    try:
        found = parse_strictly(answer.body)
    except UnreadableBody:
        return ""
    error = _mapping(found).get("error")
    text = _mapping(error).get("message") if isinstance(error, Mapping) else error
    return str(text or "")[:300]


def is_stream(answer: Answer) -> bool:
    """True for an answer that came in pieces."""
    return "text/event-stream" in answer.headers.get("content-type", "").lower()


def _first(body: Any) -> Mapping[str, Any]:
    choices = _mapping(body).get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(_mapping(choices[0]).get("message"), Mapping):
        raise unreadable(_("It has no 'choices[0].message'."))
    found: Mapping[str, Any] = choices[0]["message"]
    return found


def _streamed(answer: Answer) -> Mapping[str, Any]:
    """The message that the pieces are parts of. One that breaks off is none."""
    words, calls, ended = "", dict[int, dict[str, str]](), False
    for _name, data in events_of(answer):
        if data.strip() == "[DONE]":
            return {"content": words, "tool_calls": [{"function": calls[place]} for place in sorted(calls)]}
        try:
            piece = _mapping(parse_strictly(data.encode()))
        except UnreadableBody as fault:
            raise unreadable(fault) from None
        if "error" in piece:
            raise unreadable(str(_mapping(piece["error"]).get("message") or "")[:300])
        choice = _mapping(next(iter(piece.get("choices") or []), None))
        ended = ended or bool(choice.get("finish_reason"))
        delta = _mapping(choice.get("delta"))
        words += str(delta.get("content") or "")
        for part in delta.get("tool_calls") or []:
            _add_piece(calls, _mapping(part))
    if not ended:
        raise unreadable(_("The stream broke off."))
    return {"content": words, "tool_calls": [{"function": calls[place]} for place in sorted(calls)]}


def _add_piece(calls: dict[int, dict[str, str]], part: Mapping[str, Any]) -> None:
    known = calls.setdefault(int(part.get("index") or 0), {"name": "", "arguments": ""})
    for field in known:
        known[field] += str(_mapping(part.get("function")).get(field) or "")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


DIALECT = ChatDialect()
