"""The queries of the desk: lists by keyset, threads by eventId, always within the person's own hubs."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT

from engine.activity import TYPING_LASTS, TYPING_OFF, TYPING_ON, command_text
from engine.models import Activity, Conversation, Delivery, Disclosure, File
from engine.serialize import author_type, writing_windows
from hubster.lib import clock
from hubster.lib.errors import without_code
from hubster.lib.keyset import Listing, Position, beyond, from_cursor
from hubster.lib.search import holding
from portal.access import staff_hubs, staff_tenants
from portal.models import Integration, User

PAGE = 50
MOST = 999  # the count of the badge stops here
NEWEST = 1_000  # conversations in which names are searched; names have no index
_CUSTOMER = Integration.Type.CUSTOMER
_FILES = ("attachment", "video", "audio", "image")
_SAID = Q(type="message") | Q(type="event", content__type="payload")  # typing and seen are not part of a thread


@dataclass(frozen=True)
class ConversationQuery:
    """The filter and the position of a list of conversations."""

    kind: str = "all"  # all, open or unanswered
    hub: uuid.UUID | None = None
    search: str = ""
    before: Position | None = None  # the last row of the page before
    ids: tuple[uuid.UUID, ...] = ()  # only these, whatever the other wishes are


def listed_conversations(user: Any) -> Listing:
    """The list of a person's conversations, by the index of hub and newest message."""
    return Listing("last_said", "hub", staff_hubs(user))


def newest_conversations(user: Any) -> QuerySet[Any, Any]:
    """The keys of the conversations in which something was said last, for use in a filter."""
    rows = listed_conversations(user).narrowed(Conversation.objects.all(), NEWEST)
    return rows.order_by("-last_said").values("pk")[:NEWEST]


def customers_named(words: str) -> Q:
    """A filter of conversations by their customers' names, in any case and spelling."""
    return holding([KT("properties__profile__full name")], words)


def conversations_of(user: User) -> QuerySet[Conversation]:
    """All conversations of a person's hubs; integrations come without their encrypted configuration."""
    rows = Conversation.objects.select_related("hub", "integration", "assignee", "assignee_member")
    rows = rows.defer("integration__configuration", "assignee__configuration")
    return rows if staff_tenants(user) is None else rows.filter(hub__in=staff_hubs(user))


def conversation_page(user: User, query: ConversationQuery) -> list[Conversation]:
    """One row more than a page, newest first, so that the caller sees whether there are more."""
    rows, listing = conversations_of(user), listed_conversations(user)
    if query.ids:
        found = _listed(rows, ConversationQuery()).filter(pk__in=query.ids[:PAGE])
        return list(found.order_by("-last_said", "-pk"))
    rows = _listed(rows, query)
    if query.search:
        rows = rows.filter(customers_named(query.search), pk__in=newest_conversations(user))
        rows = beyond(rows, listing.key, query.before) if query.before else rows
        return list(rows.order_by("-last_said", "-pk")[: PAGE + 1])
    return listing.page(rows, PAGE + 1, query.before)


def _listed(rows: QuerySet[Conversation], query: ConversationQuery) -> QuerySet[Conversation]:
    """Conversations of a kind, of one hub or all; the list and its badge both use it."""
    rows = rows.filter(last_said__gt=0)  # nothing was said in the others yet
    if query.kind != "all":
        rows = rows.filter(closed__isnull=True)
    if query.kind == "unanswered":
        rows = rows.filter(unanswered=True)
    return rows.filter(hub=query.hub) if query.hub else rows


def waiting_count(user: User, hub: uuid.UUID | None) -> int:
    """Number of conversations in *Unanswered*, of one hub or all; counting stops at `MOST`."""
    rows = _listed(conversations_of(user), ConversationQuery(kind="unanswered", hub=hub))
    return rows.order_by()[:MOST].count()


def hub_choices(user: User) -> list[dict[str, str]]:
    """The hubs that the list can be narrowed to."""
    return [{"id": str(key), "name": name} for key, name in staff_hubs(user).order_by("name").values_list("pk", "name")]


def thread_page(conversation: Conversation, before: int | None) -> list[Activity]:
    """One entry more than a page, newest first.

    People's messages are there at once; what the platform says, such as the answer to a command, when it is processed:
    nobody waits to see it earlier, and it is not drawn again under somebody's hands.
    """
    rows = Activity.objects.filter(_SAID, conversation=conversation).select_related(
        "author", "colleague", "sender_integration"
    )
    rows = rows.exclude(sender_type="Hubster", state=Activity.State.ACCEPTED)
    if before is not None:
        rows = rows.filter(event_id__lt=before)
    return list(rows.defer("sender_integration__configuration").order_by("-event_id")[: PAGE + 1])


def delivery_states(rows: list[Activity]) -> dict[uuid.UUID, tuple[str, str]]:
    """(status, last error) by activity: the state of the business's messages on their way to the customer."""
    outgoing = [row.pk for row in rows if row.sender_type != "Customer"]
    found = Delivery.objects.filter(activity__in=outgoing, echo=False, destination__type="Customer")
    return {key: (status, error) for key, status, error in found.values_list("activity_id", "status", "last_error")}


def file_sizes(rows: list[Activity]) -> dict[uuid.UUID, int]:
    """Bytes of the files that were uploaded here, by activity."""
    files = [row.pk for row in rows if row.content.get("type") in _FILES]
    return dict(File.objects.filter(activity__in=files).values_list("activity_id", "size")) if files else {}


def disclosures_in(rows: list[Activity]) -> dict[uuid.UUID, dict[str, Any]]:
    """The messages by which a customer was told that a bot replies: the line and the moment, by activity."""
    outgoing = [row.pk for row in rows if row.sender_type != "Customer"]
    found = Disclosure.objects.filter(delivery__activity__in=outgoing).values_list("delivery__activity", "told", "text")
    return {key: {"told": told and clock.to_ms(told), "text": text} for key, told, text in found}


def business_integrations(hub_id: uuid.UUID) -> list[Integration]:
    """The hub's active agents and bots, oldest first."""
    active = Integration.objects.filter(hub=hub_id, status=Integration.Status.ACTIVE)
    kinds = (Integration.Type.AGENT, Integration.Type.BOT)
    return list(active.filter(type__in=kinds).select_related("hub__tenant").defer("configuration").order_by("created"))


def desk_sender(integrations: list[Integration]) -> Integration | None:
    """The integration by which the desk speaks: the first Agent of the channel Direct."""
    agents = (
        integration
        for integration in integrations
        if integration.type == Integration.Type.AGENT and integration.channel == "Direct"
    )
    return next(agents, None)


def parse_cursor(text: str) -> Position | None:
    """`<lastSaid>,<id>` of the last row of a page; None when it is not one."""
    return from_cursor(text, Conversation._meta.get_field("last_said"))


def show_row(row: Conversation) -> dict[str, Any]:
    """A conversation in the list."""
    return {
        "id": str(row.pk),
        "name": str(row),
        "hub": row.hub.name,
        "hubId": str(row.hub_id),
        "channel": row.integration.channel_label,
        "integration": row.integration.name,
        "lastText": row.last_text,
        "lastSaid": row.last_said,
        "opened": clock.to_ms(row.opened),
        "unanswered": row.unanswered and row.closed is None,
        "waitsSince": row.waits_since,
        "closed": row.closed is not None,
        "side": row.side,
        "assignee": str(row.assignee_member.pk) if row.assignee_member else "",
        "assigneeName": _assignee_name(row),
        "standby": _show_standby(row),
    }


def _assignee_name(row: Conversation) -> str:
    """The assignee's name: a person of the desk, or else the integration."""
    if row.assignee_member:
        return row.assignee_member.display_name
    return row.assignee.name if row.assignee else ""


def show_activity(
    row: Activity,
    delivery: tuple[str, str] | None = None,
    size: int | None = None,
    disclosure: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An entry of the thread."""
    status, error = delivery or ("", "")
    return {
        "id": str(row.pk),
        "key": row.dedupe_key if row.author_id else None,
        "eventId": row.event_id,
        "kind": row.type,
        "from": row.sender_type,
        "author": row.author_name,
        "authorId": str(row.author_id or ""),
        "authorType": author_type(row),
        "integration": row.sender_integration.name if row.sender_integration else "",
        "content": row.content,
        "size": size,
        "disclosure": disclosure,
        "typed": not row.standby and command_text(row.sender_type, row.type, row.content) is not None,
        "standby": row.standby,
        "private": _CUSTOMER not in (row.sender_type, row.recipient_type),
        "state": row.state,
        "delivery": status,
        "error": "" if status in Delivery.ARRIVED else without_code(error),
    }


def typing_for(row: Conversation) -> int:
    """Milliseconds for which the customer still counts as typing; 0 when not."""
    now = clock.now_ms()
    moves = Q(type="message") | Q(type="event", content__type__in=(TYPING_ON, TYPING_OFF))
    newest = Activity.objects.filter(moves, conversation=row, sender_type="Customer", event_id__gt=now - TYPING_LASTS)
    found = newest.order_by("-event_id").values_list("event_id", "content__type").first()
    return found[0] + TYPING_LASTS - now if found and found[1] == TYPING_ON else 0


def show_details(row: Conversation, integrations: list[Integration]) -> dict[str, Any]:
    """The facts about an open conversation that its row in the list does not have."""
    return {
        **show_row(row),
        "hasBot": any(integration.type == Integration.Type.BOT for integration in integrations),
        "canReply": desk_sender(integrations) is not None,
        "seenByCustomer": row.seen_by_customer,
        "seenByBusiness": row.seen_by_business,
        "typingFor": typing_for(row),
        "window": _show_window(row),
        "profile": _pairs(row.properties.get("profile")),
        "additional": _pairs(row.properties.get("additional")),
    }


def _show_window(row: Conversation) -> dict[str, Any] | None:
    """The channel's rules for a person who is about to write, None where it has none; `left` in milliseconds."""
    found = next(iter(writing_windows(row)), None)
    if found is None:
        return None
    left = max(0, found.until - clock.now_ms()) if found.until else 0
    return {"open": found.open, "until": found.until, "left": left, "tag": found.tag, "reason": found.reason}


def _show_standby(row: Conversation) -> dict[str, Any] | None:
    """Since when another app holds the thread, and its name; None while it is ours."""
    if row.held_since is None or row.closed:
        return None
    return {"since": clock.to_ms(row.held_since), "holder": row.held_by}


def _pairs(node: Any) -> list[list[str]]:
    return [[str(key), str(value)] for key, value in node.items()] if isinstance(node, dict) else []
