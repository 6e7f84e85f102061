"""Has bots say what they are: decides which message begins with the line, and keeps when a customer was told.

The decision falls when a delivery is prepared for its first call: what is before it in its lane is over by then, so it
is known what the customer has read. It is stored before the call, and repeats of the call find it.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery

from engine import adapters, serialize
from engine.actions.append import PLATFORM, NewActivity, do_append_activity
from engine.actions.handover import AGENT, BOT, EVENTS, HANDOVER, is_present
from engine.actions.moves import RULE, do_move
from engine.activity.disclosure import sentence, stated_language
from engine.adapters import Provider
from engine.models import Activity, Conversation, Delivery, Disclosure
from hubster.lib import clock
from portal.models import Hub, Integration

Way, Reason = Disclosure.Way, Disclosure.Reason
BOTS = ("bot", "plugin")  # authors who are always disclosed
AUTOMATED = (*BOTS, "rule", "platform")  # those who are while the bot has the conversation
HOUR = 3_600_000  # milliseconds


@dataclass(frozen=True)
class _Standing:
    """The conversation as it is when a delivery is prepared; `told` is the eventId of its last line, or None."""

    side: str
    changed: int  # eventId of the last change of who answers
    told: int | None


def line_of(hub: Hub, language: str) -> str:
    """The line in a language, in the hub's own words if it has some."""
    return str(hub.disclosure_texts.get(language) or sentence("disclosure", language))


def do_open(rows: Iterable[Delivery]) -> dict[uuid.UUID, str]:
    """The lines of those deliveries that begin with one, by delivery; new ones are stored.

    The deliveries are held by the caller, with their activities, conversations and destinations with hubs.
    """
    words = [row for row in rows if _may_need_line(row)]
    if not words:
        return {}
    known = {one.delivery_id: one for one in Disclosure.objects.filter(delivery__in=[row.pk for row in words])}
    standing = _standing({row.conversation_id for row in words})
    found = ((row.pk, _do_decide(row, standing.get(row.conversation_id), known.get(row.pk))) for row in words)
    return {key: line for key, line in found if line}


def _may_need_line(row: Delivery) -> bool:
    return (
        (row.destination.hub.discloses_bots or row.parts_done > 0)
        and row.destination.type == Integration.Type.CUSTOMER
        and row.activity.type == "message"
        and isinstance(adapters.get(row.destination.channel), Provider)
        and serialize.author_type(row.activity) in AUTOMATED
    )


def _standing(conversations: set[uuid.UUID]) -> dict[uuid.UUID, _Standing]:
    told = Disclosure.objects.filter(conversation=OuterRef("pk"), told__isnull=False).order_by("-event_id")
    rows = Conversation.objects.filter(pk__in=conversations).order_by()
    newest = Subquery(told.values("event_id")[:1])
    return {
        key: _Standing(side, changed, newest)
        for key, side, changed, newest in rows.values_list("pk", "side", "handover_event_id", newest)
    }


def _do_decide(row: Delivery, standing: _Standing | None, known: Disclosure | None) -> str:
    """The line, empty for none. Of a message that went out in part, the beginning stays as it was."""
    if row.parts_done:
        return known.text if known and known.replays == row.replays else ""
    reason = standing and _reason(row, standing)
    if not reason:
        if known and known.told is None:
            known.delete()
        return ""
    hub = row.destination.hub
    language = stated_language(row.conversation.properties) or hub.disclosure_language
    values = {
        "hub_id": hub.pk,
        "conversation_id": row.conversation_id,
        "event_id": row.event_id,
        "way": Way.LINE,
        "reason": reason,
        "language": language,
        "text": line_of(hub, language),
        "replays": row.replays,
    }
    return Disclosure.objects.update_or_create(delivery=row, defaults=values)[0].text


def _reason(row: Delivery, standing: _Standing) -> Disclosure.Reason | None:
    """The occasion on which the customer is told now; None if they know it, or nobody pretends anything."""
    place, told = row.event_id, standing.told
    if serialize.author_type(row.activity) not in BOTS and standing.side != BOT:
        return None
    if told is None:
        return Reason.FIRST
    if told >= place:
        return None
    if told < standing.changed < place or (standing.changed > place and _changed_between(row, told)):
        return Reason.HANDBACK
    silence = row.destination.hub.disclosure_silence * HOUR
    return Reason.SILENCE if silence and told < place - silence and not _spoke_since(row, place - silence) else None


def _changed_between(row: Delivery, told: int) -> bool:
    """True if somebody else answered between a line and this message; asked only when that changed later, too."""
    rows = Activity.objects.filter(conversation=row.conversation_id, type="event", content__payloadType__in=EVENTS)
    return rows.filter(event_id__gt=told, event_id__lt=row.event_id).exists()


def _spoke_since(row: Delivery, since: int) -> bool:
    rows = Delivery.objects.filter(conversation=row.conversation_id, destination=row.destination_id, echo=False)
    by_bot = Q(activity__author_type__in=BOTS) | Q(activity__author_type=None, activity__sender_type=BOT)
    read = rows.filter(by_bot, activity__type="message", status__in=Delivery.ARRIVED)
    return read.filter(event_id__gte=since, event_id__lt=row.event_id).exists()


def do_note_told(rows: Sequence[Delivery]) -> None:
    """The channel took the beginning of these, so their customers have read the line."""
    if rows:
        found = Disclosure.objects.filter(delivery__in=[row.pk for row in rows], way=Way.LINE, told=None)
        found.update(told=clock.now())


def do_take_back(rows: QuerySet[Delivery]) -> None:
    """The channel says that these did not reach their customers after all, so nobody was told."""
    Disclosure.objects.filter(delivery__in=rows, way=Way.LINE).update(told=None)


def do_note_shown(rows: Iterable[tuple[Delivery, str]]) -> None:
    """Of messages that say themselves who wrote them, the first one of a bot in each conversation is kept.

    `rows`: what has reached a page, or a customer's software, and over which channel.
    """
    shown = [
        Disclosure(
            hub_id=row.conversation.hub_id,
            conversation_id=row.conversation_id,
            delivery=row,
            event_id=row.event_id,
            way=Way.MARK if channel == "WebChat" else Way.PROPERTY,
            told=clock.now(),
        )
        for row, channel in rows
        if not row.echo and row.activity.type == "message" and serialize.author_type(row.activity) in BOTS
    ]
    if shown:
        Disclosure.objects.bulk_create(shown, ignore_conflicts=True)


def do_bring_person(conversation: Conversation, behind: Activity, language: str) -> None:
    """Hand a locked conversation over to agents and tell the customer, or tell them that nobody is here.

    Nothing where it is closed, or by then an agent has taken over or another app holds the thread.
    """
    if conversation.closed or conversation.side == AGENT or conversation.held_since is not None:
        return
    is_here = is_present(conversation.hub_id, AGENT)
    if is_here:
        do_move(conversation, behind, HANDOVER, "phrase")
    content = {"type": "text", "text": sentence("handover" if is_here else "nobody", language)}
    new = NewActivity("message", content, flow="AutoReplay", author_id=behind.author_id, author_type=RULE)
    do_append_activity(conversation, new, PLATFORM, None, conversation.integration)
