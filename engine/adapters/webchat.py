"""WebChat: the widget on the business's pages, always by socket.

The surprise: it always echoes, because the echo is how other tabs of the visitor learn what was typed in one.
"""

from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, Field, field_validator

from engine.adapters._base import Adapter
from engine.adapters._origins import site_of
from engine.adapters._start import StartMessages


class Config(StartMessages):
    """`allowedOrigins`: bare domains (https, default port) or full origins; whole URLs are cut down to them."""

    allowed_origins: list[Annotated[str, Field(max_length=2048), AfterValidator(site_of)]] = Field(
        min_length=1, max_length=100
    )
    echo: bool = True
    regenerate_keys: bool = Field(default=False, exclude=True)

    @field_validator("echo")
    @classmethod
    def _always(cls, value: bool) -> bool:
        return True  # whatever is asked for, so that answers tell what happens

    @field_validator("allowed_origins")
    @classmethod
    def _each_once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))


class WebChat(Adapter):
    """Facts of the WebChat channel."""

    name = "WebChat"
    title = _("Web chat")
    sentence = _("Visitors write to you in a chat on your website.")
    icon = "chat_bubble"
    number = 106
    colour = "#1d4ed8"
    types = ("Customer",)
    config = Config
    secret_keys = ("privateSigningKey",)
    signs = True  # here the business signs: its binding tokens

    def on_socket(self, config: dict[str, Any]) -> bool:
        return True

    def echoes(self, config: dict[str, Any]) -> bool:
        return True


ADAPTER = WebChat()
