"""Commands: which texts are one, and the message of type `command` that tells its author the result."""

from typing import Any, Literal

from hubster.lib.payloads import Typed

MARK = "::"  # how a command begins
# What the platform itself understands, by every way to type it. No command of a business can have such a name.
PLATFORM_COMMANDS = {
    **{name: name for name in ("resp", "trans", "help", "handover", "takeover", "handback")},
    "response": "resp", "responses": "resp", "transfer": "trans", "transfers": "trans",
}  # fmt: skip


def command_text(sender_type: str, kind: str, content: dict[str, Any]) -> str | None:
    """The line of a text that is a command: from an agent or a bot, and nothing but text; else None."""
    if kind != "message" or sender_type not in ("Agent", "Bot") or content.get("type") != "text":
        return None
    text = str(content.get("text") or "").strip()
    return text if text.startswith(MARK) else None


class CommandError(Typed):
    """The errors of a failed command, in the shape of API errors."""

    code: int
    description: str


class KnownCommand(Typed):
    """A command that can be typed."""

    name: str
    category: str | None = None
    description: str | None = None
    usage: str


class CommandMessage(Typed):
    """The result of a command: a text for people, and its parts for programs. Nobody can send one."""

    type: Literal["command"]
    command: str
    status: Literal["done", "failed"]
    text: str
    commands: list[KnownCommand] | None = None
    errors: list[CommandError] | None = None
