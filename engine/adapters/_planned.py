"""Documented channels that cannot be connected yet: their facts, and what a configuration must hold.

The file that brings a channel's adapter takes both classes of the channel over. Until then a configuration is
checked like any other, and a good one is answered with 501. What only the provider can say, such as whether a token
still holds, is for the adapter to ask.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from engine.adapters._base import Channel, Settings
from engine.adapters._start import StartMessages
from hubster.lib.payloads import PayloadError

_LONGEST = 2000  # characters; the providers' tokens have at most some hundred


def _shape(pattern: str, words: str) -> AfterValidator:
    """Refuses what does not look like what the property is for; `words` say what it must look like."""
    wanted = re.compile(pattern)

    def check(value: str) -> str:
        if not wanted.fullmatch(value):
            raise PayloadError("format", f"must be {words}.")
        return value

    return AfterValidator(check)


def _twilio(prefix: str, words: str) -> AfterValidator:
    """32 hexadecimal digits after a prefix.

    The documents print their examples cut short, such as `AC1fc1c1722444b0c6313d3ae988b...`, and existing clients
    try the call with them. So what ends in dots passes here, and Twilio refuses it when it is asked.
    """
    return _shape(rf"{prefix}([0-9a-fA-F]{{32}}|[0-9a-fA-F]{{1,31}}\.{{3,4}})", words)


_Given = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST)]
# Providers change how their tokens look and promise nothing, so a blank in the middle is all that is surely wrong.
Opaque = Annotated[_Given, _shape(r"[!-~]+", "plain letters, digits and signs without blanks")]


class BotConfig(Settings):
    """A bot of the business's own, called by signed POST as Direct is; `echo` sends it its own activities too."""

    webhook_url: str = Field(min_length=1, max_length=2048)
    echo: bool = False
    regenerate_keys: bool = Field(default=False, exclude=True)


class MessengerConfig(StartMessages):
    """The app's dashboard at developers.facebook.com: Messenger, API settings, "Generate access tokens"."""

    page_access_token: Opaque


class TwilioConfig(StartMessages):
    """console.twilio.com: the account's SID and token are under "Account Info", a number's SID is in its properties."""

    auth_token: Annotated[_Given, _twilio("", "an auth token: 32 hexadecimal digits")]
    account_sid: Annotated[_Given, _twilio("AC", "an account SID: AC and 32 hexadecimal digits")]
    number_sid: Annotated[_Given, _twilio("PN", "a phone number SID: PN and 32 hexadecimal digits")]


class LineConfig(StartMessages):
    """developers.line.biz: the secret is on the channel's tab "Basic settings", the token on "Messaging API"."""

    channel_secret: Opaque
    channel_access_token: Opaque


class TelegramConfig(StartMessages):
    """The token that Telegram's own bot @BotFather shows at the end of /newbot, and again on /token."""

    bot_token: Annotated[_Given, _shape(r"[0-9]{1,20}:[A-Za-z0-9_-]{35}", "digits, a colon and 35 characters")]


class KikConfig(StartMessages):
    """dev.kik.com, "Configuration": the bot's user name and its API key."""

    username: Opaque
    api_key: Opaque


class SlackConfig(Settings):
    """The values that Slack's page "Add to Slack" hands to the return address; the code works once, for ten minutes."""

    code: Opaque
    nonce: Opaque


class Bot(Channel):
    """A bot on the business's side."""

    name = "Bot"
    number = 2
    types = ("Bot",)
    config = BotConfig
    secret_keys = ("privateSigningKey",)
    signs = True


class Messenger(Channel):
    """Facebook Messenger: one page, one integration."""

    name = "Messenger"
    number = 101
    types = ("Customer",)
    config = MessengerConfig
    secret_keys = ("pageAccessToken",)
    configurable = False


class TwilioSMS(Channel):
    """Text messages by Twilio: one phone number, one integration."""

    name = "TwilioSMS"
    number = 102
    types = ("Customer",)
    config = TwilioConfig
    secret_keys = ("authToken",)
    configurable = False


class Line(Channel):
    """LINE official accounts."""

    name = "Line"
    number = 103
    types = ("Customer",)
    config = LineConfig
    secret_keys = ("channelSecret", "channelAccessToken")


class Telegram(Channel):
    """Telegram bots."""

    name = "Telegram"
    number = 104
    types = ("Customer",)
    config = TelegramConfig
    secret_keys = ("botToken",)


class Kik(Channel):
    """Kik bots."""

    name = "Kik"
    number = 105
    types = ("Customer",)
    config = KikConfig
    secret_keys = ("apiKey",)


class Slack(Channel):
    """Agents in a Slack workspace. What is kept are the tokens that the code was exchanged for."""

    name = "Slack"
    number = 1001
    types = ("Agent",)
    config = SlackConfig
    secret_keys = ("botAccessToken", "appAccessToken")
    configurable = False


PLANNED: tuple[Channel, ...] = (Bot(), Messenger(), TwilioSMS(), Line(), Telegram(), Kik(), Slack())
