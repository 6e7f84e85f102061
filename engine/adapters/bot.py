"""Bots on the business's side. The configuration says which dialect they speak.

The surprise: what a bot answers in the response of a call is said by whoever made the call, see
`engine/delivery/bots.py`.
"""

import json
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as noop
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails

from engine.adapters import (
    _bot_activity,
    _bot_chat,
    _bot_dialogflow,
    _bot_rasa,
    _bot_responses,
    _bot_webhook,
)
from engine.adapters._base import Envelope, Rendered, Settings
from engine.adapters._bots import BotChannel, Dialect
from engine.adapters._shapes import Opaque, shape
from hubster.lib.http import Outgoing
from hubster.lib.payloads import PayloadError, get_blind

_MODULES = (_bot_webhook, _bot_activity, _bot_chat, _bot_responses, _bot_rasa, _bot_dialogflow)
DIALECTS: dict[str, Dialect] = {module.DIALECT.name: module.DIALECT for module in _MODULES}
_BY_LOWER = {name.lower(): name for name in DIALECTS}
_DETAILS = ("type", "loc", "input", "ctx")
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]


def _as_text(value: Any) -> Any:
    """The key file of a service account, as an object or as its text."""
    return json.dumps(value) if isinstance(value, dict) else value


def _key_file(value: str) -> str:
    try:
        found = json.loads(value)
        good = found["client_email"] and "PRIVATE KEY" in found["private_key"]
    except (ValueError, TypeError, KeyError):
        good = False
    if not good:
        raise PayloadError("format", "must be the JSON key of a service account, with client_email and private_key.")
    return value


class Config(Settings):
    """The dialect, and what it needs. Properties of other dialects are refused.

    `webhook`, the documented bot, needs `webhookUrl`; `activity` and `rasa` need `url`; `chatCompletions` and
    `responses` need `baseUrl` and `model`; `dialogflow` needs `agent` and `credentials`.
    """

    dialect: Annotated[
        Literal["webhook", "activity", "chatCompletions", "responses", "rasa", "dialogflow"],
        BeforeValidator(lambda value: _BY_LOWER.get(value.lower(), value) if isinstance(value, str) else value),
    ] = Field(
        default="webhook",
        title=noop("Dialect"),
        description=noop("The language that the bot speaks."),
        json_schema_extra={"labels": {name: dialect.title for name, dialect in DIALECTS.items()}},
    )
    webhook_url: str | None = Field(
        default=None, min_length=1, max_length=2048, title=noop("Webhook URL"),
        description=noop("Messages are sent there as signed POST requests. The bot may reply in the response."),
    )  # fmt: skip
    echo: bool = Field(
        default=False, title=noop("Echo"), description=noop("The bot also receives its own messages, with their IDs.")
    )
    regenerate_keys: bool = Field(default=False, exclude=True)
    url: Url | None = Field(
        default=None, title=noop("URL"),
        description=noop("Of the bot: its messaging endpoint, or for Rasa the address of its server."),
    )  # fmt: skip
    secret: Opaque | None = Field(
        default=None,
        description=noop("Sent to the bot as “Authorization: Bearer …”, and expected when it calls."),
    )  # fmt: skip
    app_id: Opaque | None = Field(
        default=None, title=noop("App ID"),
        description=noop("Of the bot's registration with Microsoft. Microsoft's tokens for it prove who calls."),
    )  # fmt: skip
    expect_replies: bool = Field(
        default=False, title=noop("Replies in the response"),
        description=noop("Ask the bot to reply in the response. Otherwise it calls this server for each reply."),
    )  # fmt: skip
    base_url: Url | None = Field(
        default=None, title=noop("Base URL"),
        description=noop("Of the model's API, without /chat/completions or /responses: https://api.openai.com/v1"),
    )  # fmt: skip
    api_key: Opaque | None = Field(default=None, title=noop("API key"))
    model: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = Field(
        default=None, title=noop("Model"), description=noop("Its name, as its server knows it.")
    )
    system_prompt: str | None = Field(
        default=None, max_length=20_000, title=noop("System prompt"), json_schema_extra={"long": True},
        description=noop("Tells the model who it is and what it may do."),
    )  # fmt: skip
    context_tokens: int | None = Field(
        default=None, ge=200, le=1_000_000, title=noop("Context (tokens)"),
        description=noop("The newest part of the conversation that the model is told. Default: 8,000."),
    )  # fmt: skip
    tools: list[Annotated[str, StringConstraints(min_length=1, max_length=200)]] | None = Field(
        default=None, max_length=50, title=noop("Tools"),
        description=noop("Dynamic commands of the hub that the model may call, one per line. Empty: none."),
    )  # fmt: skip
    stream: bool = Field(
        default=False, title=noop("Stream"),
        description=noop("Ask the model to answer piece by piece. Customers get the whole reply."),
    )  # fmt: skip
    token: Opaque | None = Field(default=None, description=noop("Sent to Rasa as “Authorization: Bearer …”."))
    agent: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
        shape(r"projects/[^/\s]+/locations/[a-z0-9-]+/agents/[^/\s?#]+",
              "a name such as projects/P/locations/L/agents/A"),
    ] | None = Field(
        default=None, title=noop("Agent"), description=noop("Its name: projects/…/locations/…/agents/…")
    )  # fmt: skip
    credentials: (
        Annotated[
            str,
            BeforeValidator(_as_text),
            StringConstraints(min_length=1, max_length=10_000),
            AfterValidator(_key_file),
        ]
        | None
    ) = Field(
        default=None, title=noop("Credentials"),
        description=noop("The JSON key of a service account that may use Dialogflow."),
    )  # fmt: skip
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = Field(
        default=None, title=noop("Language"), description=noop("Of the agent, such as en or fr-CA. Default: en.")
    )
    drop_superseded: bool = Field(
        default=False, title=noop("Drop late replies"),
        description=noop("Do not send a reply if the customer has written again before it came."),
    )  # fmt: skip

    @model_validator(mode="wrap")
    @classmethod
    def _of_dialect(cls, data: Any, handler: Any) -> Any:
        """Names what the dialect needs and what it does not know, beside all other faults."""
        found: list[Any] = []
        value = None
        try:
            value = handler(data)
        except ValidationError as error:
            kept = error.errors(include_url=False)
            found = [{name: item[name] for name in _DETAILS if name in item} for item in kept]  # type: ignore[literal-required]
        found += _misfits(data, {item["loc"][0] for item in found if item["loc"]})
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found)
        return value

    def dump(self) -> dict[str, Any]:
        """Only what the dialect has."""
        known = {"dialect", *DIALECTS[self.dialect].needs, *DIALECTS[self.dialect].takes}
        return {key: value for key, value in super().dump().items() if key in known}


def properties_of(dialect: str) -> tuple[str, ...]:
    """The properties that a dialect has, by their names in JSON."""
    return (*DIALECTS[dialect].needs, *DIALECTS[dialect].takes)


def _misfits(data: Any, told: set[Any]) -> list[InitErrorDetails]:
    """Faults of properties that are missing, or of another dialect; `told` are those that have one already."""
    named = get_blind(data, "dialect")
    dialect = DIALECTS.get(_BY_LOWER.get(str(named or "webhook").lower(), ""))
    if dialect is None or not isinstance(data, dict):
        return []
    others = {to_camel(name) for name in Config.model_fields} - {"dialect", "regenerateKeys"}
    others -= set(properties_of(dialect.name))
    missing: list[InitErrorDetails] = [
        {"type": "missing", "loc": (name,), "input": None}
        for name in dialect.needs
        if name not in told and get_blind(data, name) is None
    ]
    return missing + [
        {"type": "extra_forbidden", "loc": (name,), "input": None}
        for name in sorted(others - told)
        if get_blind(data, name) is not None
    ]


class Bot(BotChannel):
    """A bot on the business's side."""

    name = "Bot"
    title = _("Bot")
    sentence = _("A bot replies to customers: your own, a language model, Microsoft 365, Rasa or Dialogflow.")
    icon = "smart_toy"
    number = 2
    types = ("Bot",)
    config = Config
    secret_keys = ("privateSigningKey", "secret", "apiKey", "token", "credentials")
    addresses = ("webhookUrl", "url", "baseUrl")
    signs = True

    def dialect(self, config: dict[str, Any]) -> Dialect:
        """The documented one where none is stored."""
        return DIALECTS[config.get("dialect", "webhook")]

    def uses_keys(self, config: dict[str, Any]) -> bool:
        """Only webhooks of our own are signed."""
        return self.dialect(config).name == "webhook"

    def on_socket(self, config: dict[str, Any]) -> bool:
        """Never: every bot is called."""
        return False

    def render(self, config: dict[str, Any], envelope: Envelope) -> Outgoing | Rendered:
        """The dialect's question; nothing for what it is not asked."""
        return self.dialect(config).ask(config, envelope) or Rendered()

    def secrets(self, config: dict[str, Any]) -> list[str]:
        """With the key inside of the credentials."""
        found = super().secrets(config)
        if credentials := config.get("credentials"):
            key = str(json.loads(credentials)["private_key"])
            found += [key, json.dumps(key)[1:-1]]
        return found


ADAPTER = Bot()
