"""Rules by which the platform itself moves a conversation between bot and agents."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from engine.actions.handover import AGENT, BOT, present
from engine.models import Conversation, Delivery
from hubster.lib import clock
from portal.models import Hub, Integration

LATELY = timedelta(days=1)  # older failures were seen when they happened, or there was no agent for a day
Still = Callable[[Conversation], bool]  # whether a rule's reason holds when the conversation is locked


def asks_for_a_person(phrases: list[str], text: str) -> bool:
    """True if a text has one of the phrases, as whole words and in any case."""
    words = " ".join(text.split())
    return bool(phrases and words and _pattern(tuple(phrases)).search(words))


@lru_cache(maxsize=1_000)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(re.escape(phrase) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


def has_failed(hub: Hub, attempts: int, given_up: bool) -> bool:
    """True if the bot has failed so often at one message, or for good, that agents are to take over."""
    return hub.bot_failures > 0 and (given_up or hub.bot_failures <= attempts)


def silent() -> Iterator[tuple[uuid.UUID, Still]]:
    """Conversations that the bot is to have back, since nothing was said for so long."""
    hubs = Hub.objects.filter(handback_after__gt=0, pk__in=_hubs_with(BOT))
    for hub_id, minutes in hubs.values_list("pk", "handback_after"):
        since = _ago(minutes=minutes)
        rows = _open().filter(hub=hub_id, side=AGENT, last_said__lt=since)
        for key in rows.values_list("pk", flat=True).iterator():
            yield key, partial(_is_silent, since)


def unanswered_by_bot() -> Iterator[tuple[uuid.UUID, Still]]:
    """Conversations that agents are to have, since the bot let the customer wait for so long."""
    hubs = Hub.objects.filter(bot_patience__gt=0, pk__in=_hubs_with(AGENT))
    for hub_id, seconds in hubs.values_list("pk", "bot_patience"):
        since = _ago(seconds=seconds)
        rows = _open().filter(hub=hub_id, side=BOT, unanswered=True)
        for key in rows.filter(waits_since__lt=since).values_list("pk", flat=True).iterator():
            yield key, partial(_waits, since)


def let_down() -> Iterator[tuple[uuid.UUID, Still]]:
    """Conversations that agents are to have, since the bot was not reached about what the customer waits for.

    Mostly that was done when it failed; here is what nobody did then: of a process that died, and what waited for an
    endpoint when it was paused.
    """
    rows = _open().filter(hub__in=_hubs_with(AGENT), side=BOT, unanswered=True)
    lately = Q(last_said__gte=clock.to_ms(clock.now() - LATELY))
    found = rows.filter(Exists(_waiting_at_paused()) | lately & Exists(_failed()))
    for key, change in found.order_by().values_list("pk", "handover_event_id").iterator():
        yield key, partial(_still_waits, change)


def _open() -> QuerySet[Conversation]:
    """Open conversations whose threads no other app holds."""
    return Conversation.objects.filter(closed__isnull=True, held_since__isnull=True)


def _asked() -> QuerySet[Delivery]:
    """Deliveries to a bot of messages for which the conversation's customer still waits."""
    waited_for = Q(event_id__gte=OuterRef("waits_since"), event_id__gt=OuterRef("handover_event_id"))
    new = Q(activity__type="message", activity__sender_type=Integration.Type.CUSTOMER, destination__type=BOT)
    return Delivery.objects.filter(waited_for, new, conversation=OuterRef("pk"))


def _waiting_at_paused() -> QuerySet[Delivery]:
    rows = _asked().filter(status=Delivery.Status.PENDING, destination__endpoint__paused__isnull=False)
    return rows.exclude(destination__hub__in=_hubs_with(BOT))


def _failed() -> QuerySet[Delivery]:
    """By the rule of `has_failed`."""
    rows = _asked().filter(status__in=(Delivery.Status.PENDING, Delivery.Status.FAILED))
    often = Q(attempts__gte=F("destination__hub__bot_failures")) | Q(status=Delivery.Status.FAILED)
    return rows.filter(often, destination__hub__bot_failures__gt=0)


def _hubs_with(side: str) -> Any:
    return present(side).values("hub")


def _ago(**span: int) -> int:
    return clock.to_ms(clock.now() - timedelta(**span))


def _is_silent(since: int, conversation: Conversation) -> bool:
    return conversation.last_said < since


def _still_waits(change: int, conversation: Conversation) -> bool:
    return conversation.unanswered and conversation.handover_event_id == change


def _waits(since: int, conversation: Conversation) -> bool:
    return conversation.unanswered and conversation.waits_since < since
