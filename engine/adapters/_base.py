"""A channel and its adapter: the facts, the configuration and the two translations.

Adapters are pure. They know no tables, no tasks and no clock; everything they need comes as arguments.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import ConfigDict

from engine.activity import SIGNALS
from hubster.lib.http import Answer, Outgoing
from hubster.lib.payloads import Typed


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
    signing_keys: list[tuple[str, str]] = field(default_factory=list)  # (public, private), newest first


class Settings(Typed):
    """Base of all configurations: a property that the channel does not know is refused."""

    model_config = ConfigDict(extra="forbid")


@dataclass
class SendError(Exception):
    """Why an attempt did not arrive: one of the closed list in `_errors.py`."""

    code: str
    text: str
    retryable: bool
    gone: bool = False  # the endpoint says that it will never take anything again

    def __str__(self) -> str:
        return f"{self.text} (code: {self.code})"


class Channel:
    """The facts of one channel, which hold whether or not its two ways are here yet."""

    name: ClassVar[str]
    number: ClassVar[int]
    other_numbers: ClassVar[tuple[int, ...]] = ()
    types: ClassVar[tuple[str, ...]]  # integration types it can serve
    config: ClassVar[type[Typed]]
    secret_keys: ClassVar[tuple[str, ...]] = ()  # configuration keys that the admin masks
    signs: ClassVar[bool] = (
        False  # whether its integrations have signing keys, ours for webhooks or the business's for binding tokens
    )
    lasting: ClassVar[tuple[str, ...]] = ()  # configuration keys that an update cannot change and may leave out
    configurable: ClassVar[bool] = True  # whether an update may replace the configuration

    def integration_type(self, config: dict[str, Any]) -> str:
        """The side of an integration with this configuration: Customer, Agent, Bot or System."""
        return self.types[0]

    def uses_keys(self, config: dict[str, Any]) -> bool:
        """True when something is signed with the integration's keys, so that people need to see them."""
        return self.signs


class Adapter(Channel):
    """A channel that can be used. A file of this folder that defines `ADAPTER` registers it."""

    shows: ClassVar[frozenset[str]] = SIGNALS  # of seen, typing_on and typing_off, what its people get to see

    def echoes(self, config: dict[str, Any]) -> bool:
        """True if a sender receives its own activities back."""
        return bool(config.get("echo"))

    def on_socket(self, config: dict[str, Any]) -> bool:
        """True if activities are read on a socket instead of being sent."""
        raise NotImplementedError

    def wants(self, config: dict[str, Any], kind: str, sender_type: str) -> bool:
        """For System integrations: whether an activity is to be sent at all."""
        return True

    def render(self, config: dict[str, Any], envelope: Envelope) -> Outgoing:
        """The request that brings the activity to the channel."""
        raise NotImplementedError

    def outcome(self, answer: Answer) -> None:
        """Returns when the activity arrived, raises `SendError` when not."""
        raise NotImplementedError
