"""The message of type `command`: what the platform tells whoever typed a command. Nobody can send one."""

from typing import Literal

from hubster.lib.payloads import Typed

# What the platform itself understands, by every way to type it. No command of a business can have such a name.
PLATFORM_COMMANDS = {
    **{name: name for name in ("resp", "trans", "help", "handover", "takeover", "handback")},
    "response": "resp", "responses": "resp", "transfer": "trans", "transfers": "trans",
}  # fmt: skip


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
    """The result of a command: a text for people, and its parts for programs."""

    type: Literal["command"]
    command: str
    status: Literal["done", "failed"]
    text: str
    commands: list[KnownCommand] | None = None
    errors: list[CommandError] | None = None
