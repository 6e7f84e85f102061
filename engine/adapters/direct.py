"""Direct: the business's or the integrator's own code, by signed webhook or by socket.

The surprise: the same channel serves all three sides; its configuration says which.
"""

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, field_validator, model_validator

from engine.activity.messages import TextMessage
from engine.activity.parts import Text
from engine.adapters import _webhook
from engine.adapters._base import Adapter, Envelope
from engine.adapters._sides import side_named
from engine.adapters._start import StartMessages
from hubster.lib.http import Answer, Outgoing


class Config(StartMessages):
    """Without `webhookUrl`, activities are read on a socket."""

    integration_type: Literal["Customer", "Agent", "Bot"]
    echo: bool = False
    webhook_url: str | None = Field(default=None, max_length=2048)
    regenerate_keys: bool = Field(default=False, exclude=True)
    welcome_message: Text | None = Field(default=None, exclude=True)  # the documents' old form of a single `start`

    @field_validator("integration_type", mode="before")
    @classmethod
    def _by_name_or_number(cls, value: Any) -> Any:
        return side_named(value)

    @field_validator("webhook_url")
    @classmethod
    def _empty_is_a_socket(cls, value: str | None) -> str | None:
        return value or None

    @model_validator(mode="after")
    def _greets(self) -> "Config":
        if self.welcome_message and not self.start:
            self.start = [TextMessage(type="text", text=self.welcome_message)]
        return self


class Direct(Adapter):
    """Facts and translations of the Direct channel."""

    name = "Direct"
    title = _("Direct")
    sentence = _("Your own software: a channel of your own, an agent app, or a bot.")
    icon = "code"
    number = 1
    colour = "#334155"
    other_numbers = (2000,)
    types = ("Customer", "Agent", "Bot")
    config = Config
    secret_keys = ("privateSigningKey",)
    signs = True
    lasting = ("integrationType",)

    def integration_type(self, config: dict[str, Any]) -> str:
        return str(config["integrationType"])

    def uses_keys(self, config: dict[str, Any]) -> bool:
        """Only webhooks are signed."""
        return bool(config.get("webhookUrl"))

    def on_socket(self, config: dict[str, Any]) -> bool:
        """Without a webhook URL."""
        return not config.get("webhookUrl")

    def render(self, config: dict[str, Any], envelope: Envelope) -> Outgoing:
        """One activity, signed."""
        return _webhook.signed(config["webhookUrl"], envelope, _webhook.body(envelope, "activity", envelope.activity))

    def outcome(self, answer: Answer) -> None:
        """Any 2xx has arrived."""
        _webhook.outcome(answer)


ADAPTER = Direct()
