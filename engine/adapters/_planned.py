"""Documented channels that cannot be connected yet: their facts, and what a configuration must hold.

The file that brings a channel's adapter takes both classes of the channel over. Until then a configuration is
checked like any other, and a good one is answered with 501. What only the provider can say, such as whether a token
still holds, is for the adapter to ask.
"""

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from engine.adapters._base import Channel, Settings


class BotConfig(Settings):
    """A bot of the business's own, called by signed POST as Direct is; `echo` sends it its own activities too."""

    webhook_url: str = Field(min_length=1, max_length=2048)
    echo: bool = False
    regenerate_keys: bool = Field(default=False, exclude=True)


class Bot(Channel):
    """A bot on the business's side."""

    name = "Bot"
    sentence = _("Your own bot replies to customers, called by signed webhooks.")
    icon = "smart_toy"
    number = 2
    types = ("Bot",)
    config = BotConfig
    secret_keys = ("privateSigningKey",)
    signs = True


PLANNED: tuple[Channel, ...] = (Bot(),)
