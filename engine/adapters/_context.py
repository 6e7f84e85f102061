"""The part of a conversation that a bot may know: what its customer said and heard, and what the bot asked for itself.

Nothing that only agents see is ever in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Author = Literal["customer", "bot", "agent", "platform"]


@dataclass(frozen=True)
class Turn:
    """A message in its stored form. `private`: between the bot and the platform, as a command and its result."""

    author: Author
    message: Mapping[str, Any]
    private: bool = False


@dataclass(frozen=True)
class Tool:
    """A dynamic command of the hub that the bot may call."""

    name: str
    description: str = ""


@dataclass(frozen=True)
class Context:
    """`turns` are the newest ones, oldest first. `superseded`: the customer has written again since.

    `agents`: somebody is there to hand the conversation to.
    """

    turns: tuple[Turn, ...] = ()
    tools: tuple[Tool, ...] = ()
    superseded: bool = False
    agents: bool = False
