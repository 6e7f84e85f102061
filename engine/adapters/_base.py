"""A channel and its adapter: the facts, the configuration and the two translations.

Adapters are pure. They know no tables, no tasks and no clock; everything they need comes as arguments.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from pydantic import ConfigDict

from engine.activity import SIGNALS
from engine.adapters._bubbles import Bubble
from engine.adapters._connecting import Allowance, Ask, Connected
from engine.adapters._context import Context
from engine.adapters._inbound import Incoming, Person, Reply, Thing
from engine.adapters._outcomes import SendError, Sent
from engine.adapters._windows import Window
from hubster.lib.http import Answer, Outgoing
from hubster.lib.payloads import Typed
from hubster.lib.secrecy import deeply_without_values


@dataclass(frozen=True)
class Envelope:
    """An activity with what surrounds it on the way out."""

    hub_id: str
    tenant_id: str
    integration_id: str
    conversation_id: str
    conversation_properties: dict[str, Any]
    activity: dict[str, Any]
    delivery_id: str
    timestamp: int  # seconds since the epoch, of this attempt
    address: str = ""  # of the customer, in the channel's own terms
    scope: str = ""
    thread: tuple[str, str] | None = None  # (place, key) of the agents' thread; None: there is none yet
    last_said: int = 0  # milliseconds, by the provider's clock, of what the customer said last; 0: never
    author: str = "human"  # one of `AUTHOR_TYPES`
    reply_token: str = ""  # still good, and to be used once
    read_token: str = ""  # of what the customer said last
    replays: int = 0  # the number of times that the delivery was resent by hand
    vcards: str = ""  # where the nth contact of the message is to be read, as `{vcards}/{n}.vcf`; empty: nowhere
    attempt: int = 1
    signing_keys: list[tuple[str, str]] = field(default_factory=list)  # (public, private), newest first
    context: Context | None = None  # for bots that are told the conversation


class Settings(Typed):
    """Base of all configurations: a property that the channel does not know is refused."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Choice:
    """An answer that a message offers: `label` is shown, `payload` is what the business hears when it is chosen.

    That is the payload of a postback, and the label of a reply.
    """

    label: str
    payload: str


@dataclass(frozen=True)
class Rendered:
    """A message as requests, which go out one after the other, and what was lost or changed on the way.

    `choices` are those of the whole message, in the order of their places; `numbered`: they were shown as a numbered
    text, so that an answer may be a number or a label.
    """

    requests: tuple[Outgoing, ...] = ()
    degraded: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    numbered: bool = False
    opens: bool = False  # the request begins the thread in which the message is to stand; it is rendered again then


_WORD_OF_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+")


class Channel:
    """The facts of one channel, which hold whether or not its two ways are here yet."""

    name: ClassVar[str]
    title: ClassVar[Any] = ""  # the name for people, where it is another
    sentence: ClassVar[Any] = ""  # one sentence for whoever chooses a channel
    icon: ClassVar[str] = "chat"  # of Material Symbols
    colour: ClassVar[str] = "#475569"  # of its previews, dark enough for white words
    number: ClassVar[int]
    other_numbers: ClassVar[tuple[int, ...]] = ()
    types: ClassVar[tuple[str, ...]]  # integration types it can serve
    config: ClassVar[type[Typed]]
    kept: ClassVar[type[Typed] | None] = None  # the stored configuration, where it is not what is sent
    secret_keys: ClassVar[tuple[str, ...]] = ()  # configuration keys that the admin masks
    signs: ClassVar[bool] = (
        False  # whether its integrations have signing keys, ours for webhooks or the business's for binding tokens
    )
    lasting: ClassVar[tuple[str, ...]] = ()  # configuration keys that an update cannot change and may leave out
    configurable: ClassVar[bool] = True  # whether an update may replace the configuration
    guide: ClassVar[str] = ""  # the page of docs/ that tells how it is connected
    closed: ClassVar[Any] = ""  # one sentence, where the provider takes nobody any more
    addresses: ClassVar[tuple[str, ...]] = ("webhookUrl",)  # configuration keys whose addresses we call

    @property
    def label(self) -> str:
        """The name for people."""
        return str(self.title or self.name)

    @property
    def slug(self) -> str:
        """The name as addresses have it: `WhatsApp` is `whats-app`, `TwilioSMS` is `twilio-sms`."""
        return "-".join(part.lower() for part in _WORD_OF_NAME.findall(self.name))

    def integration_type(self, config: dict[str, Any]) -> str:
        """The side of an integration with this configuration: Customer, Agent, Bot or System."""
        return self.types[0]

    def uses_keys(self, config: dict[str, Any]) -> bool:
        """True when something is signed with the integration's keys, so that people need to see them."""
        return self.signs

    def secrets(self, config: dict[str, Any]) -> list[str]:
        """The values that nobody may find in the ledger or a log."""
        return [str(config[key]) for key in self.secret_keys if config.get(key)]

    def quoted(self, config: dict[str, Any], value: Any) -> Any:
        """The words of who answered, or JSON, without these values: for everything of it that is kept or shown."""
        return deeply_without_values(value, self.secrets(config))

    def masked(self, config: dict[str, Any], error: SendError) -> SendError:
        """The error, whose text may quote who answered, without these values."""
        return replace(error, text=self.quoted(config, str(error.text)))


class Adapter(Channel):
    """A channel that can be used. A file of this folder that defines `ADAPTER` registers it."""

    shows: ClassVar[frozenset[str]] = SIGNALS  # of seen, typing_on and typing_off, what its people get to see
    calls_once: ClassVar[bool] = False  # some of its requests must not be made twice

    def echoes(self, config: dict[str, Any]) -> bool:
        """True if a sender receives its own activities back."""
        return bool(config.get("echo"))

    def on_socket(self, config: dict[str, Any]) -> bool:
        """True if activities are read on a socket instead of being sent."""
        raise NotImplementedError

    def wants(self, config: dict[str, Any], kind: str, sender_type: str) -> bool:
        """For System integrations: whether an activity is to be sent at all."""
        return True

    def render(self, config: dict[str, Any], envelope: Envelope) -> Outgoing | Rendered:
        """The request, or the requests, that bring the activity to the channel."""
        raise NotImplementedError

    def outcome(self, answer: Answer) -> Sent | None:
        """Returns when a request arrived, raises `SendError` when not."""
        raise NotImplementedError


class Provider(Adapter):
    """A channel that somebody else runs: connected over the provider's API, heard through its webhooks."""

    calls_once = True
    secret_keys: ClassVar[tuple[str, ...]]
    api_setting: ClassVar[str]  # the setting with the origin of the provider's API
    windows: ClassVar[tuple[Window, ...]] = ()  # during which one may write; none: always
    api_version: ClassVar[str] = ""
    api_ends: ClassVar[date | None] = None  # when the provider switches this version off
    by_phone: ClassVar[bool] = False  # the addresses of its customers are phone numbers
    shared_webhook: ClassVar[bool] = False  # one address for all integrations, told apart by `route`
    metered: ClassVar[bool] = False  # the provider takes so many messages a month; see `allowance`
    has_profiles: ClassVar[bool] = False  # the provider tells who a customer is when it is asked; see `profile`
    tests_hook: ClassVar[bool] = False  # the provider calls the hook while `connect` runs; see `is_test`

    def on_socket(self, config: dict[str, Any]) -> bool:
        """Never: the provider is called."""
        return False

    @property
    def api(self) -> str:
        """The origin of the provider's API."""
        return str(getattr(settings, self.api_setting)).rstrip("/")

    def windows_for(self, scope: str) -> tuple[Window, ...]:
        """The windows of an address within `scope`; none: one may always write."""
        return self.windows

    @property
    def side(self) -> str:
        """The part of its address that says whom it serves."""
        return "customer" if "Customer" in self.types else "business"

    def hook(self, integration_id: object) -> str:
        """The address that the provider is told."""
        own = self.own_hook(integration_id)
        return own.rpartition("/")[0] if self.shared_webhook else own

    def own_hook(self, integration_id: object) -> str:
        """The integration's own address, which works with a shared webhook, too."""
        return f"{settings.PUBLIC_URL}/inbound/{self.side}/v1/{self.slug}/{integration_id}"

    def by_hand(self, config: dict[str, Any]) -> str:
        """Where the owner enters the integration's own address; empty where nobody has to."""
        return ""

    def chat_link(self, config: dict[str, Any]) -> str:
        """The address at which a customer begins to chat; empty where there is none."""
        return ""

    def connect(self, config: dict[str, Any], hook: str, ask: Ask, check: Callable[[str], None]) -> Connected:
        """Have the provider confirm the configuration, then send its webhooks to `hook`.

        `check` is called with the account in between: it raises where that serves another integration, whose webhooks
        must go on. Raises `Refused`, and what `ask` and `check` raise.
        """
        raise NotImplementedError

    def disconnect(self, config: dict[str, Any], ask: Ask) -> None:
        """Have the provider send nothing more; not called while one of the `sharers` is connected.

        Faults are the caller's to ignore.
        """

    def sharers(self, config: dict[str, Any], ask: Ask) -> Sequence[tuple[str, str]]:
        """(channel, account) of what hears by the same subscription, which ends with the last of them."""
        return ()

    def challenge(self, config: dict[str, Any], request: Incoming) -> Reply | None:
        """The answer to a request by which a provider tests the address; None: it is an ordinary one."""
        return None

    def is_test(self, request: Incoming) -> bool:
        """True for a request that only tests the address, which may have no integration yet; not verified here."""
        return False

    def verify(self, config: dict[str, Any], request: Incoming) -> None:
        """Raises `Unverified` unless the provider sent the request. With a shared webhook `config` is empty."""
        raise NotImplementedError

    def route(self, request: Incoming) -> Mapping[str, bytes]:
        """For a shared webhook: the part of the body for each account."""
        raise NotImplementedError

    def parse(self, config: dict[str, Any], body: bytes) -> list[Thing]:
        """Everything that a verified request says, in its order.

        Raises ValueError or KeyError for what a provider never says.
        """
        raise NotImplementedError

    def answer(self, request: Incoming) -> Reply:
        """The answer to a webhook that was taken."""
        return Reply()

    def drawn(self, requests: Sequence[Outgoing]) -> list[Bubble]:
        """The customer's screen once the requests that bring a message have arrived; empty: it can't be drawn."""
        return []

    def fetch(self, config: dict[str, Any], ref: Mapping[str, Any], answers: Sequence[Answer]) -> Outgoing | None:
        """The next request that brings a file; None when the body of the last answer is the file.

        Raises `SendError` where the provider refuses.
        """
        raise NotImplementedError

    def profile(self, config: dict[str, Any], who: Person, answers: Sequence[Answer]) -> Outgoing | Mapping[str, str]:
        """The next request that asks who a customer is, or the profile; raises `SendError` where refused."""
        raise NotImplementedError

    def allowance(self, config: dict[str, Any], answers: Sequence[Answer]) -> Outgoing | Allowance:
        """The next request that asks for the month's allowance, or the allowance; raises `SendError` where refused."""
        raise NotImplementedError
