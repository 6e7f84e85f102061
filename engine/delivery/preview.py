"""Previews: a message as every channel of a hub would show it. It is rendered as for a delivery, and sent to nobody."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.utils.translation import gettext as _

from engine import adapters
from engine.activity import Source, compose
from engine.activity.enrichment import enriched
from engine.adapters import Adapter, Provider, Rendered, _errors, _native_drawn
from engine.adapters._base import Choice, Envelope
from engine.adapters._bubbles import Bubble
from engine.adapters._windows import open_window
from engine.delivery.call import failure
from engine.models import Address, Conversation
from hubster.lib import clock
from hubster.lib.http import Outgoing, redacted
from hubster.lib.pool import is_away
from hubster.lib.secrecy import MASK, deeply_without_values, masked_url
from portal.models import Hub, Integration

MOST = 50  # integrations that are previewed, oldest first
NOBODY = uuid.UUID(int=0)
_UNSIGNED = [("preview", "preview")]  # requests that nobody sends need no real key
Message = dict[str, Any]


@dataclass(frozen=True)
class Preview:
    """One integration's part. `problem`: why the message could not be sent now; `requests` are as the ledger has them.

    Without requests the channel reads from a socket, which is given the message as it is.
    """

    integration: Integration
    requests: tuple[dict[str, Any], ...] = ()
    degraded: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    numbered: bool = False
    bubbles: tuple[Bubble, ...] = ()
    problem: str = ""

    @property
    def adapter(self) -> Adapter:
        """The channel."""
        return adapters.get(self.integration.channel)


def previews(
    hub: Hub, messages: Sequence[Message], conversation: Conversation | None = None, only: Integration | None = None
) -> list[Preview]:
    """One for each customer integration, paused ones too, so that a channel can be tried before it opens.

    The facts about the recipient are those of the conversation, on its own channel. `only` one integration, if given.
    """
    rows = Integration.objects.filter(hub=hub, type=Integration.Type.CUSTOMER)
    rows = rows.filter(pk=only.pk) if only else rows
    ends = rows.exclude(status=Integration.Status.CANCELED).select_related("hub").order_by("created", "pk")[:MOST]
    prepared = [enriched(message)[0] for message in messages]
    return [_preview(end, prepared, conversation) for end in ends if adapters.find(end.channel)]


def _preview(end: Integration, messages: Sequence[Message], conversation: Conversation | None) -> Preview:
    own = conversation if conversation and conversation.integration_id == end.pk else None
    try:
        parts = [_rendered(end, message, own) for message in messages]
        drawn = [_drawn(end, message, part) for message, part in zip(messages, parts, strict=True)]
        problem = _problem(end, own)
    except Exception as fault:  # of one channel; the others are previewed all the same
        if is_away(fault):
            raise
        return Preview(end, problem=failure(fault, end).text)
    bubbles = tuple(bubble for part in drawn for bubble in part)
    requests = tuple(_shown(end, request) for part in parts for request in part.requests)
    notes = dict.fromkeys(note for part in parts for note in part.degraded)
    choices = tuple(choice for part in parts for choice in part.choices)
    numbered = any(part.numbered for part in parts)
    return Preview(end, requests, tuple(notes), choices, numbered, bubbles, problem)


def _rendered(end: Integration, message: Message, conversation: Conversation | None) -> Rendered:
    adapter = adapters.get(end.channel)
    if adapter.on_socket(end.configuration):
        return Rendered()
    found = adapter.render(end.configuration, _envelope(end, message, conversation))
    return found if isinstance(found, Rendered) else Rendered((found,))


def _drawn(end: Integration, message: Message, part: Rendered) -> list[Bubble]:
    adapter = adapters.get(end.channel)
    if isinstance(adapter, Provider):
        return adapter.drawn(part.requests)
    return _native_drawn.drawn(message, end.channel)


def _envelope(end: Integration, message: Message, conversation: Conversation | None) -> Envelope:
    now = clock.now()
    customer = Source("Customer", end.pk, end.channel, conversation.token_id if conversation else None)
    activity = compose(
        kind="message", event_id=clock.to_ms(now), external_id=None, echo=False, interaction_id=NOBODY, flow="Default",
        sender=Source("Agent", author_type="human"), recipient=customer, content=message,
    )  # fmt: skip
    return Envelope(
        hub_id=str(end.hub_id),
        tenant_id=str(end.hub.tenant_id),
        integration_id=str(end.pk),
        conversation_id=str(conversation.pk if conversation else NOBODY),
        conversation_properties=conversation.properties if conversation else {},
        activity=activity,
        delivery_id=str(NOBODY),
        timestamp=int(now.timestamp()),
        signing_keys=_UNSIGNED,
        vcards=f"{settings.PUBLIC_URL}/vcards/{NOBODY}/preview",
        **_recipient(conversation.address if conversation else None),
    )


def _recipient(address: Address | None) -> dict[str, Any]:
    """The recipient's part of an envelope. The token for one answer is left to the answer."""
    if address is None:
        return {"address": "customer"}
    good = address.reply_token and address.reply_until > clock.now_ms()
    return {
        "address": address.value,
        "scope": address.scope,
        "last_said": address.last_said,
        "reply_token": MASK if good else "",
    }


def _problem(end: Integration, conversation: Conversation | None) -> str:
    adapter = adapters.get(end.channel)
    if conversation is None:
        return ""
    if conversation.closed:
        return _("The conversation is closed.")
    if not isinstance(adapter, Provider):
        return ""
    address = conversation.address
    if address is None:
        return _errors.no_address().text
    if address.stopped:
        return _errors.stopped().text
    now = int(clock.now().timestamp())
    if adapter.windows and not open_window(adapter.windows, address.last_said, now, "human"):
        return _errors.window_closed(end.channel, "human").text
    return ""


def _shown(end: Integration, request: Outgoing) -> dict[str, Any]:
    """A request without its secrets; a JSON body as what it says, a form as its fields."""
    adapter = adapters.get(end.channel)
    text = request.body.decode(errors="replace")
    is_form = "form" in request.headers.get("Content-Type", "")
    body = parse_qs(text, keep_blank_values=True) if is_form else json.loads(text or "null")
    shown = {"method": request.method, "url": request.url, "headers": redacted(request.headers), "body": body}
    if isinstance(adapter, Provider):
        return dict(deeply_without_values(shown, adapter.secrets(end.configuration)))
    return {**shown, "url": masked_url(request.url)}
