"""Rules by which the platform itself moves a conversation between bot and agents."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any

from engine.actions.floor import AGENT, BOT
from engine.actions.say import Said
from engine.models import Conversation
from hubster.lib import clock
from portal.models import Hub, Integration

Still = Callable[[Conversation], bool]  # whether a rule's reason holds when the conversation is locked


def asks_for_a_person(conversation: Conversation, said: Said) -> bool:
    """Whether a customer says one of the hub's phrases to the bot, as whole words and in any case."""
    phrases = conversation.hub.handover_phrases
    if not phrases or conversation.side != BOT or said.kind != "message":
        return False
    text = " ".join(str(said.content.get("text") or "").split())
    return bool(text and _pattern(tuple(phrases)).search(text))


@lru_cache(maxsize=1_000)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(re.escape(phrase) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


def has_failed(hub: Hub, attempts: int) -> bool:
    """Whether the bot has failed so often at one message that agents are to take over."""
    return 0 < hub.bot_failures <= attempts


def silent() -> Iterator[tuple[uuid.UUID, Still]]:
    """Conversations that the bot is to have back, since nothing was said for so long."""
    hubs = Hub.objects.filter(handback_after__gt=0, pk__in=_hubs_with(BOT))
    for hub_id, minutes in hubs.values_list("pk", "handback_after"):
        since = _ago(minutes=minutes)
        rows = Conversation.objects.filter(hub=hub_id, closed__isnull=True, side=AGENT, last_said__lt=since)
        for key in rows.values_list("pk", flat=True).iterator():
            yield key, partial(_is_silent, since)


def unanswered_by_bot() -> Iterator[tuple[uuid.UUID, Still]]:
    """Conversations that agents are to have, since the bot let the customer wait for so long."""
    hubs = Hub.objects.filter(bot_patience__gt=0, pk__in=_hubs_with(AGENT))
    for hub_id, seconds in hubs.values_list("pk", "bot_patience"):
        since = _ago(seconds=seconds)
        rows = Conversation.objects.filter(hub=hub_id, closed__isnull=True, side=BOT, unanswered=True)
        for key in rows.filter(waits_since__lt=since).values_list("pk", flat=True).iterator():
            yield key, partial(_waits, since)


def _hubs_with(side: str) -> Any:
    return Integration.objects.filter(type=side, status=Integration.Status.ACTIVE).values("hub")


def _ago(**span: int) -> int:
    return clock.to_ms(clock.now() - timedelta(**span))


def _is_silent(since: int, conversation: Conversation) -> bool:
    return conversation.last_said < since


def _waits(since: int, conversation: Conversation) -> bool:
    return conversation.unanswered and conversation.waits_since < since
