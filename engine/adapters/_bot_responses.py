"""Responses: OpenAI's later API. It is asked to store nothing, and told the conversation each time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from engine.adapters._base import Envelope
from engine.adapters._bot_chat import is_stream, model_refusal, request
from engine.adapters._bot_prompt import ModelDialect, instructions, is_asked, messages, said, tools
from engine.adapters._bot_webhook import events_of
from engine.adapters._bots import BotAnswer, body_of, unreadable
from engine.adapters._outcomes import SendError
from hubster.lib.http import Answer, Outgoing
from hubster.lib.parsing import UnreadableBody, parse_strictly


class ResponsesDialect(ModelDialect):
    """`POST {baseUrl}/responses`."""

    name = "responses"
    title = gettext_noop("Responses: OpenAI's later API")

    def ask(self, config: dict[str, Any], envelope: Envelope) -> Outgoing | None:
        """The system prompt as `instructions`, the conversation as `input`, the tools."""
        if not is_asked(envelope):
            return None
        asked: dict[str, Any] = {
            "model": config["model"], "input": list(_items(messages(config, envelope))), "store": False
        }  # fmt: skip
        if system := instructions(config):
            asked["instructions"] = system
        if functions := tools(envelope):
            asked["tools"] = [{"type": "function", "strict": False, **one} for one in functions]
        return request(config, "/responses", asked)

    def refusal(self, answer: Answer) -> SendError:
        return model_refusal(answer)

    def read(self, config: dict[str, Any], answer: Answer) -> BotAnswer:
        """All texts of the output as one, then its calls of functions."""
        found = _last(answer) if is_stream(answer) else body_of(answer)
        output = found.get("output") if isinstance(found, Mapping) else None
        if not isinstance(output, list):
            raise unreadable(_("It has no list 'output'."))
        if found.get("status") == "failed":
            error = found.get("error")
            raise unreadable(str(error.get("message") if isinstance(error, Mapping) else error)[:300])
        items = [item for item in output if isinstance(item, Mapping)]
        calls = [(str(item.get("name")), item.get("arguments")) for item in items if item["type"] == "function_call"]
        sayings, notes = said(config, "".join(_texts(items)), calls)
        return BotAnswer(tuple(sayings), tuple(notes))


def _items(told: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Messages of chat completions as items of this API."""
    for one in told:
        if one["role"] == "tool":
            output = one["content"] or ""
            yield {"type": "function_call_output", "call_id": one["tool_call_id"], "output": output}
        elif one.get("tool_calls"):
            for call in one["tool_calls"]:
                yield {"type": "function_call", "call_id": call["id"], **call["function"]}
        else:
            yield {"role": one["role"], "content": one["content"]}


def _texts(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for item in items:
        parts = item.get("content") if item.get("type") == "message" else None
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, Mapping):
                yield str(part.get("text") or part.get("refusal") or "")


def _last(answer: Answer) -> Mapping[str, Any]:
    """The whole response, which the last event of a stream has."""
    for _name, data in events_of(answer):
        try:
            found = parse_strictly(data.encode())
        except UnreadableBody:
            continue
        if isinstance(found, Mapping) and found.get("type") in ("response.completed", "response.incomplete"):
            response: Mapping[str, Any] = found["response"]
            return response
    raise unreadable(_("The stream broke off."))


DIALECT = ResponsesDialect()
