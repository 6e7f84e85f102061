"""The passage: what a step may see of an activity on its way, and what it may ask for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from engine.access import IntegrationRef
from engine.actions.handover import SIDES
from engine.actions.moves import do_move, do_say
from engine.activity import command_text
from engine.models import Activity, Conversation


class Stop(Exception):
    """A step ends the passage for a reason that the ledger shows."""


@dataclass(frozen=True)
class Followup:
    """Something that is to stand right behind an activity: `do` appends it, in the pipeline's commit.

    It is called with the conversation, locked and as it is by then, and the activity. When it raises, nothing of it is
    stored, and `otherwise` is called with the fault, too; without that, the activity's trace tells it.
    """

    do: Callable[[Conversation, Activity], object]
    otherwise: Callable[[Conversation, Activity, Exception], object] | None = None


@dataclass
class Passage:
    """Read `activity`, `conversation`, `integrations` and the content so far; ask through the verbs.

    Nothing is written or sent here, and no transaction is open: a step may call out, if its module says so.
    """

    activity: Activity
    conversation: Conversation
    integrations: list[IntegrationRef]  # the hub's active integrations
    meanwhile: list[dict[str, Any]] | None = None  # of a handover: the messages since the one before
    side: str = field(init=False)  # who answers, as earlier steps left it
    content: dict[str, Any] = field(init=False)
    receivers: tuple[IntegrationRef, ...] = ()
    observers: tuple[IntegrationRef, ...] = ()
    echo_to: IntegrationRef | None = None
    notes: tuple[str, ...] = ()
    followups: tuple[Followup, ...] = ()

    def __post_init__(self) -> None:
        self.content = self.activity.content
        self.side = self.conversation.side

    @property
    def from_customer(self) -> bool:
        """True if the customer speaks."""
        return self.activity.sender_type == "Customer"

    @property
    def typed(self) -> str | None:
        """The command that this is, when it is one. What another app says is none of ours."""
        if self.activity.standby:
            return None
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

    def reply(self, kind: str, content: dict[str, Any], to: Literal["customer", "business"] = "customer") -> None:
        """Have the platform say something right behind it: a message or an event, in the stored form."""
        self.follow(Followup(partial(do_say, kind=kind, content=content, to_customer=to == "customer")))

    def hand_over(self, name: str, reason: str) -> None:
        """Hand the conversation to the other side, if it is not there by then; this goes to whoever answers next."""
        self.side = SIDES[name]
        self.follow(Followup(partial(do_move, name=name, reason=reason)))

    def follow(self, followup: Followup) -> None:
        """Have something of another sort done behind it."""
        self.followups += (followup,)

    def stop(self, reason: str) -> None:
        """End the passage: later steps are left out, what was asked for so far counts."""
        raise Stop(reason)

    def note(self, text: str) -> None:
        """Tell the ledger something about the present step."""
        self.notes += (text,)
