"""The passage: what a step may see of an activity on its way, and what it may ask for."""

from dataclasses import dataclass, field
from typing import Any

from engine.access import IntegrationRef
from engine.commands.grammar import command_text
from engine.models import Activity, Conversation


class Stop(Exception):
    """A step ends the passage for a reason that the ledger shows."""


@dataclass
class Passage:
    """Read `activity`, `conversation` and `ends`; ask through the methods. Nothing is written or sent here."""

    activity: Activity
    conversation: Conversation
    integrations: list[IntegrationRef]  # the hub's active integrations
    content: dict[str, Any] = field(init=False)
    deliver_to: list[IntegrationRef] = field(default_factory=list)
    observers: list[IntegrationRef] = field(default_factory=list)
    echo_to: IntegrationRef | None = None
    notes: list[str] = field(default_factory=list)

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

    def note(self, text: str) -> None:
        """Tell the ledger something about the present step."""
        self.notes.append(text)
