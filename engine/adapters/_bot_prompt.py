"""The prompt of a language model, in the form of chat completions, and the tools that it may call.

The conversation is cut to a budget of tokens, the oldest first. Their number is an estimate, on the safe side.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.activity.command import MARK
from engine.adapters import _blocks
from engine.adapters._base import Envelope
from engine.adapters._bots import HANDBACK, HANDOVER, Dialect, Saying, event, harmless, text
from engine.adapters._context import Context, Tool, Turn
from hubster.lib.parsing import UnreadableBody, parse_strictly

BUDGET = 8_000  # tokens, unless the configuration says otherwise
MOST_CALLS = 3  # of tools, in a row for one message of the customer
_OF_MESSAGE = 4  # tokens of a message besides its words
_CUT = "[…] "
_HANDOVER_TOOL = "handover"
_COLLEAGUE = "(a human colleague wrote) "
_QUOTED = re.compile(r"\s|^$")
Message = dict[str, Any]


class ModelDialect(Dialect):
    """A language model: it keeps nothing, so it is told the conversation each time."""

    needs = ("baseUrl", "model")
    takes = ("apiKey", "systemPrompt", "contextTokens", "tools", "stream")
    deadline = 60.0
    drops_superseded = True
    reads_context = True

    def kept(self, body: bytes) -> bytes:
        """Everything but the earlier messages, which may be removed from their conversation before this call is."""
        asked = json.loads(body)
        for name in ("messages", "input"):
            if told := asked.get(name):
                opening = [one for one in told[:1] if one.get("role") == "system"]
                left = len(told) - len(opening) - 1
                asked[name] = [*opening, *([{"omitted": left}] if left > 0 else []), *told[len(opening) :][-1:]]
        return json.dumps(asked, ensure_ascii=False).encode()


def is_asked(envelope: Envelope) -> bool:
    """True for the customer's messages, and for results of tools that the model is still to put into words.

    And when it gets a conversation back whose customer waits.
    """
    said, context = envelope.activity.get("message"), envelope.context or Context()
    if envelope.activity["type"] == "test":
        return True
    if context.superseded:
        return False
    if said is None:
        return _is_given_back(envelope.activity.get("event") or {}, context)
    if envelope.activity["sender"]["integrationType"] == "Customer":
        return True
    return said["type"] == "command" and _is_result(said, context)


def _is_given_back(told: Mapping[str, Any], context: Context) -> bool:
    """An agent hands back, and the customer spoke last; after a long silence nobody waits any more."""
    if told.get("payloadType") != HANDBACK or told["payload"].get("reason") == "silence":
        return False
    return bool(context.turns) and context.turns[-1].author == "customer"


def _is_result(said: Mapping[str, Any], context: Context) -> bool:
    """A command failed, or its service said something to the bot alone."""
    if context.turns and context.turns[-1].author == "customer":
        return False
    latest = list(_latest(context))
    typed = next((place for place, turn in enumerate(latest) if turn.private and turn.author == "bot"), 0)
    told = [turn for turn in latest[:typed] if turn.private and turn.message["type"] != "command"]
    return bool(told) or said.get("status") == "failed"


def _latest(context: Context) -> Iterator[Turn]:
    """Everything since the customer's last message, the newest first."""
    for turn in reversed(context.turns):
        if turn.author == "customer":
            return
        yield turn


def instructions(config: Mapping[str, Any]) -> str:
    """The system prompt; empty without one."""
    return str(config.get("systemPrompt") or "").strip()


def messages(config: Mapping[str, Any], envelope: Envelope) -> list[Message]:
    """The conversation as messages of chat completions, without the system prompt, within the budget."""
    context = envelope.context or Context()
    room = int(config.get("contextTokens") or BUDGET) - tokens(instructions(config))
    kept: list[list[Message]] = []
    for unit in reversed(_units(context.turns)):
        cost = sum(tokens(str(one.get("content") or "")) + _OF_MESSAGE for one in unit)
        if cost > room and kept:
            break
        kept.append(unit if cost <= room else [_shortened(unit[-1], room)])
        room -= cost
    return [one for unit in reversed(kept) for one in unit]


def tokens(words: str) -> int:
    """The estimate: three characters each, and one for each character of other scripts."""
    foreign = len(words) - len(words.encode("ascii", "ignore"))
    return foreign + (len(words) - foreign + 2) // 3


def _shortened(message: Message, room: int) -> Message:
    """The end of a message that is longer than everything that may be told."""
    return {**message, "content": _CUT + str(message.get("content") or "")[-max(room, 1) :]}


def _units(turns: Sequence[Turn]) -> list[list[Message]]:
    """Messages that stay together: one, or the call of a tool with its result."""
    found: list[list[Message]] = []
    for turn in turns:
        words = _words(turn.message)
        if not words:
            continue
        if turn.private and turn.author == "bot":
            found.append(_call(words, len(found)))
        elif turn.private:
            _add_result(found, words)
        else:
            found.append([_spoken(turn, words)])
    return found


def _words(message: Mapping[str, Any]) -> str:
    if message["type"] == "command":
        return str(message["text"])
    return "\n".join(filter(None, map(_blocks.as_text, _blocks.blocks_of(message, "Bot"))))


def _spoken(turn: Turn, words: str) -> Message:
    if turn.author == "customer":
        return {"role": "user", "content": words}
    return {"role": "assistant", "content": (_COLLEAGUE if turn.author == "agent" else "") + words}


def _call(typed: str, number: int) -> list[Message]:
    """A command that the bot typed, as the call of a tool that has no result yet."""
    name, _blank, rest = typed.removeprefix(MARK).partition(" ")
    function = {"name": function_name(name.strip('"')), "arguments": json.dumps({"arguments": [rest] if rest else []})}
    call = {"id": f"call_{number}", "type": "function", "function": function}
    asked = {"role": "assistant", "content": None, "tool_calls": [call]}
    return [asked, {"role": "tool", "tool_call_id": call["id"], "content": ""}]


def _add_result(found: list[list[Message]], words: str) -> None:
    last = next((unit for unit in reversed(found) if unit[-1]["role"] == "tool"), None)
    if last is not None:
        last[-1]["content"] = f"{last[-1]['content']}\n{words}".strip()


# --- tools -----------------------------------------------------------------------------------------------------
def function_name(name: str) -> str:
    """A command's name as models take it."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] or "_"


def tools(envelope: Envelope) -> list[dict[str, Any]]:
    """The functions that the model may call now, as `{name, description, parameters}`."""
    context = envelope.context or Context()
    calls = sum(turn.private and turn.author == "bot" for turn in _latest(context))
    found = [_function(tool) for tool in context.tools] if calls < MOST_CALLS else []
    if context.agents:
        found.append(_handover())
    return found


def _function(tool: Tool) -> dict[str, Any]:
    words = {"type": "array", "items": {"type": "string"}, "description": "The arguments, in their order."}
    parameters = {"type": "object", "properties": {"arguments": words}}
    described = tool.description or f"Calls {tool.name} of the business."
    return {"name": function_name(tool.name), "description": described, "parameters": parameters}


def _handover() -> dict[str, Any]:
    given = {
        "reason": {"type": "string", "description": "Why a person is needed, in one sentence for the colleagues."},
        "team": {"type": "string", "description": "The team that should take it, if one was named."},
    }
    return {
        "name": _HANDOVER_TOOL,
        "description": "Hands the conversation over to a human colleague. Call it when the customer asks for a person, "
        "or when you cannot help.",
        "parameters": {"type": "object", "properties": given, "required": ["reason"]},
    }


def said(config: Mapping[str, Any], words: str, calls: Sequence[tuple[str, Any]]) -> tuple[list[Saying], list[str]]:
    """(sayings, notes) of an answer: its text, then its calls of tools, a handover last."""
    sayings = [text(words)] if harmless(words).strip() else []
    notes, moves = [], []
    allowed = {function_name(name): name for name in config.get("tools") or []}
    for name, raw in calls:
        given = arguments(raw)
        if name == _HANDOVER_TOOL:
            payload = {key: str(given[key])[:2_000] for key in ("reason", "team") if given.get(key)}
            moves.append(event(HANDOVER, payload))
        elif name in allowed:
            sayings.append(Saying("message", {"type": "text", "text": line(allowed[name], given)}))
        else:
            notes.append(f"The model called a tool that it may not call: {name[:80]}.")
    return sayings + moves[:1], notes


def arguments(raw: Any) -> Mapping[str, Any]:
    """The arguments of a call; empty where the model wrote what is no JSON object."""
    if isinstance(raw, Mapping):
        return raw
    try:
        found = parse_strictly(str(raw or "{}").encode("utf-8", "replace"))
    except UnreadableBody:
        return {}
    return found if isinstance(found, Mapping) else {}


def line(name: str, given: Mapping[str, Any]) -> str:
    """The command line of a call, `::NAME word "two words"`."""
    listed = given.get("arguments", [])
    words = listed if isinstance(listed, list) else [listed]
    return MARK + " ".join([_quoted(name), *(_quoted(str(word)) for word in words if word is not None)])


def _quoted(word: str) -> str:
    clean = " ".join(re.sub(r"[\"“”„«»]", "'", word).split())
    return f'"{clean}"' if _QUOTED.search(clean) else clean
