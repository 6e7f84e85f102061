"""The messages that greet a customer in a new conversation."""

from typing import Any

from pydantic import Field

from engine.activity import Message
from engine.adapters._base import Settings


class StartMessages(Settings):
    """Configurations with `start`; each entry is a message of the common format."""

    start: list[Message] | None = Field(default=None, max_length=20)


def start_messages(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The stored start messages of a configuration."""
    return list(config.get("start") or [])
