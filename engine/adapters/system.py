"""System: a webhook that observes a hub's messages.

The surprise: a message goes out once, however many of the filters match.
"""

from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import BeforeValidator, Field, field_validator

from engine.adapters import _webhook
from engine.adapters._base import Adapter, Envelope, Settings
from hubster.lib.http import Answer, Outgoing

Filter = Annotated[
    Literal["message", "message:customer", "message:agent", "message:bot"],
    BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
]


class Config(Settings):
    """Where to send, and which messages."""

    webhook_url: str = Field(min_length=1, max_length=2048)
    events: list[Filter] = Field(min_length=1, max_length=20)
    regenerate_keys: bool = Field(default=False, exclude=True)

    @field_validator("events")
    @classmethod
    def _each_once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))


class System(Adapter):
    """Facts and translations of System webhooks."""

    name = "System"
    title = _("System webhook")
    sentence = _("Your systems receive a copy of messages as they happen.")
    icon = "webhook"
    number = 3
    types = ("System",)
    config = Config
    secret_keys = ("privateSigningKey",)
    signs = True

    def on_socket(self, config: dict[str, Any]) -> bool:
        return False

    def wants(self, config: dict[str, Any], kind: str, sender_type: str) -> bool:
        """Messages that a filter names; events and echoes never."""
        return kind == "message" and any(
            name in ("message", f"message:{sender_type.lower()}") for name in config["events"]
        )

    def render(self, config: dict[str, Any], envelope: Envelope) -> Outgoing:
        """A list of one activity, signed."""
        content = _webhook.body(envelope, "activities", [envelope.activity])
        return _webhook.signed(config["webhookUrl"], envelope, content)

    def outcome(self, answer: Answer) -> None:
        """Any 2xx has arrived."""
        _webhook.outcome(answer)


ADAPTER = System()
