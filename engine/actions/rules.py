"""Rules by which the platform itself moves a conversation between bot and agents."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

from engine.actions.floor import BOT
from engine.actions.say import Said
from engine.models import Conversation
from hubster.lib import clock
from portal.models import Hub, Integration


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


def silent() -> Iterator[tuple[uuid.UUID, int]]:
    """(conversation, eventId since which nothing was said) of those that the bot is to have back."""
    bots = Integration.objects.filter(type=BOT, status=Integration.Status.ACTIVE).values("hub")
    for hub_id, minutes in Hub.objects.filter(handback_after__gt=0, pk__in=bots).values_list("pk", "handback_after"):
        since = clock.to_ms(clock.now() - timedelta(minutes=minutes))
        rows = Conversation.objects.filter(hub=hub_id, closed__isnull=True, side=Conversation.Side.AGENT)
        for key in rows.filter(last_event_id__lt=since).values_list("pk", flat=True).iterator():
            yield key, since
