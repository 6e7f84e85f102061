"""The passage: what a step may see of an activity on its way, and what it may ask for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.access import IntegrationRef
from engine.commands.grammar import command_text
from engine.models import Activity, Conversation


class Stop(Exception):
    """A step ends the passage for a reason that the ledger shows."""


@dataclass
class Passage:
    """Read `activity`, `conversation`, `integrations` and the content so far; ask through the verbs.

    Nothing is written or sent here, and no transaction is open: a step may call out, if its module says so.
    """

    activity: Activity
    conversation: Conversation
    integrations: list[IntegrationRef]  # the hub's active integrations
    content: dict[str, Any] = field(init=False)
    receivers: tuple[IntegrationRef, ...] = ()
    observers: tuple[IntegrationRef, ...] = ()
    echo_to: IntegrationRef | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.content = self.activity.content

    @property
    def from_customer(self) -> bool:
        """True if the customer speaks."""
        return self.activity.sender_type == "Customer"

    @property
    def typed(self) -> str | None:
        """The command that this is, when it is one."""
        return command_text(self.activity.sender_type, self.activity.type, self.content)

    @property
    def private(self) -> bool:
        """True if this is between the business and the platform: commands, and what the platform tells agents."""
        activity = self.activity
        told = (
            activity.sender_type == "Hubster" and activity.recipient_integration_id != self.conversation.integration_id
        )
        return told or self.typed is not None

    @property
    def sender(self) -> IntegrationRef | None:
        """The sender's integration, None when the platform speaks or the integration is no longer active."""
        return next(
            (integration for integration in self.integrations if integration.id == self.activity.sender_integration_id),
            None,
        )

    @property
    def customer_integration(self) -> IntegrationRef:
        """The customer's integration."""
        row = self.conversation.integration
        return IntegrationRef(row.id, row.type, row.channel, row.configuration)

    def alter(self, content: dict[str, Any], note: str) -> None:
        """Replace the message or event."""
        self.content = content
        self.note(note)

    def add(self, integrations: Iterable[IntegrationRef]) -> None:
        """Let these receive it, too."""
        self.receivers += tuple(integrations)

    def redirect(self, integrations: Iterable[IntegrationRef]) -> None:
        """Let these receive it, and nobody else."""
        self.receivers = tuple(integrations)

    def copy_to(self, integrations: Iterable[IntegrationRef]) -> None:
        """Let these have a copy: they observe, and are no receivers."""
        self.observers += tuple(integrations)

    def echo(self, integration: IntegrationRef) -> None:
        """Give it back to its sender as well, as it is at the end."""
        self.echo_to = integration

    def stop(self, reason: str) -> None:
        """IntegrationRef the passage: later steps are left out, what was asked for so far counts."""
        raise Stop(reason)

    def note(self, text: str) -> None:
        """Tell the ledger something about the present step."""
        self.notes += (text,)
