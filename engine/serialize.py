"""Serializes stored activities: the one place that turns rows into the common format."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine import adapters
from engine.activity import AUTHOR_TYPES, Source, compose
from engine.adapters import Provider
from engine.adapters._windows import Window, end_of_windows, open_window
from engine.models import Activity, Address, Conversation, Delivery
from hubster.lib import clock
from portal.models import Integration

_PLATFORM = Source("Hubster")
_AUTHORS = {"Hubster": "platform", "Bot": "bot"}


def source(
    conversation: Conversation, integration: Integration | None, fallback: str, author: str | None = None
) -> Source:
    """Sender or recipient. A customer's token is the conversation's, a business's names both."""
    if integration is None:
        return Source(fallback, author_type=author)
    token = conversation.token_id
    if integration.type != Integration.Type.CUSTOMER:
        token = f"{conversation.id}.{integration.id}"
    return Source(integration.type, integration.id, integration.channel, token, author)


def _recipient(activity: Activity, found: Integration | None) -> Source | None:
    """The recipient; for what an agent or a bot sends to nobody, such as a typed command, it is the platform."""
    if found or activity.recipient_type:  # of an integration that was deleted since the type is left
        return source(activity.conversation, found, activity.recipient_type)
    return _PLATFORM if activity.sender_type in ("Agent", "Bot") else None


def activity_json(activity: Activity, recipient: Integration | None = None, echo: bool = False) -> dict[str, Any]:
    """The activity as everybody sees it; `recipient` is the reader where it is not the first recipient."""
    conversation = activity.conversation
    sender = activity.sender_integration
    if sender and sender.type != activity.sender_type:  # another app spoke over the customer's channel
        sender = None
    shown = compose(
        kind=activity.type,
        event_id=activity.event_id,
        external_id=activity.external_id,
        echo=echo,
        interaction_id=activity.id,
        flow=activity.flow,
        sender=source(conversation, sender, activity.sender_type, author_type(activity)),
        recipient=_recipient(activity, recipient or activity.recipient_integration),
        content=activity.content,
    )
    if activity.standby:
        shown["standby"] = True
    return shown if activity.purged is None else {**shown, "removed": clock.iso(activity.purged)}


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """The activity as this delivery's destination sees it. An echo keeps the recipient that the activity had."""
    activity = delivery.activity
    activity.conversation = delivery.conversation
    observer = delivery.destination.type == Integration.Type.SYSTEM
    recipient = None if delivery.echo or observer else delivery.destination
    return activity_json(activity, recipient, delivery.echo)


def author_type(activity: Activity) -> str:
    """The kind of author, one of `AUTHOR_TYPES`: as it was said, or else as the sender's type tells."""
    return activity.author_type or _AUTHORS.get(activity.sender_type, "human")


@dataclass(frozen=True)
class WritingWindow:
    """The channel's rules for one kind of author: may they write to the customer now? `until` in milliseconds.

    `reason` why not: `expired`, `silent` (the customer has not written yet), `stopped` (wants nothing more), `author`
    (this kind of author never may), `standby` (another app holds the thread).
    """

    author: str
    open: bool
    until: int | None = None
    tag: str = ""
    reason: str = ""


def writing_windows(conversation: Conversation) -> list[WritingWindow]:
    """One for each kind of author, people first; none where the conversation is over, or anybody may always write.

    Reads the customer's address, if it is not there yet.
    """
    if conversation.closed or conversation.address_id is None:
        return []
    adapter, address = adapters.find(conversation.integration.channel), conversation.address
    if not isinstance(adapter, Provider) or address is None:
        return []
    held, windows = conversation.held_since is not None, adapter.windows_for(address.scope)
    return [_window(windows, address, author, held) for author in AUTHOR_TYPES if windows or held]


def _window(windows: Sequence[Window], address: Address, author: str, held: bool) -> WritingWindow:
    now = int(clock.now().timestamp())
    found = open_window(windows, address.last_said, now, author)
    until = end_of_windows(windows, address.last_said, author)
    if found and not address.stopped and not held:
        return WritingWindow(author, True, until, found.tag)
    if address.stopped:
        why = "stopped"
    elif held:
        why = "standby"
    elif not any(author in window.authors for window in windows):
        why = "author"
    else:
        why = "expired" if until else "silent"
    return WritingWindow(author, False, until, reason=why)


def receipt(activity: Activity) -> dict[str, Any]:
    """The answer to a sender whose activity was accepted, the same for every repeat."""
    shown: dict[str, Any] = {
        "status": 200,
        "eventId": activity.event_id,
        "externalId": activity.external_id,
        "hubId": str(activity.conversation.hub_id),
        "conversationId": str(activity.conversation_id),
        "integrationId": str(activity.sender_integration_id),
        "interactionId": str(activity.id) if activity.type == "message" else None,
    }
    return {key: value for key, value in shown.items() if value is not None}
