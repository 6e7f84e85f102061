"""/api/v1/interactions."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from engine import access, serialize
from engine.actions import handover
from engine.activity import CHUNK, weight
from engine.adapters import side_named
from engine.api.published import published_upto
from engine.api.shapes import ActivityRead
from engine.inbound.shapes import ENGINE_OR_VISITOR
from engine.models import Activity, Conversation
from hubster.lib.drf import ApiView, guid_or_fail, query_of
from hubster.lib.errors import Fault, HubsterError
from hubster.lib.openapi.operation import Resource, query
from portal.identity.authentication import EngineOrVisitorAuthentication, caller_of
from portal.identity.tokens import Visitor

CUSTOMER = "Customer"
TYPES = (CUSTOMER, "Agent", "Bot")
_SIDE = query(
    "type",
    {"type": "string", "enum": ["Customer", "Agent", "Bot"]},
    "Only activities from or to this side.",
    True,
)
_LEID = query(
    "leid", {"type": "integer", "minimum": 0, "maximum": 10**18 - 1, "default": 0}, "The last `eventId` that you have."
)
INTERACTIONS = Resource("Interactions", ENGINE_OR_VISITOR)
ROOM = 8 * 1_048_576  # bytes of activities after which an answer ends, see `weight`
_ENDS = ("sender_integration", "recipient_integration")
_SHOWN = (
    "conversation", "type", "event_id", "external_id", "flow", "sender_type", "recipient_type", "content",
    "author_type", "standby", "purged", *_ENDS,
)  # fmt: skip


def activities_of(conversation: Conversation) -> QuerySet[Activity]:
    """A conversation's activities in order, with the columns that showing them needs: one query."""
    rows = Activity.objects.filter(conversation=conversation).select_related(*_ENDS)
    return rows.only(*_SHOWN, *(f"{end}__{name}" for end in _ENDS for name in ("type", "channel"))).order_by("event_id")


class ActivitiesView(ApiView):
    """GET …/activities/{conversationId}?type=&leid=."""

    authentication_classes = [EngineOrVisitorAuthentication]
    error_prefix = "ENG"

    @INTERACTIONS.operation(
        "listActivities", "List the activities of a conversation in order",
        text="An activity is listed when the pipeline has finished with it, and does not change afterwards; what was "
        "accepted before you ask is waited for, for up to 2 seconds. An answer ends after about 8 MB, with a whole "
        "activity; some thousands of short ones fit. Ask again with "
        "the last `eventId` as `leid` until the answer is empty.",
        answers=list[ActivityRead], arguments=[_SIDE, _LEID], refuses=[404],
    )  # fmt: skip
    def get(self, request: Request, conversation_id: str) -> Response:
        """Activities whose sender or recipient is of a type, after `leid`."""
        row = access.get_conversation_for(caller_of(request), guid_or_fail(conversation_id, "ENG", "conversationId"))
        access.check_tenant(row.hub)
        wanted, leid = _arguments(request)
        rows = activities_of(row).filter(_of(wanted), event_id__lte=published_upto(row))
        if isinstance(caller_of(request), Visitor):
            rows = rows.filter(_of(CUSTOMER))  # what agents, bots and the platform tell each other is not theirs
        shown, room = [], ROOM
        for activity in _after(rows, leid):
            activity.conversation = row
            shown.append(serialize.activity_json(activity))
            room -= weight(activity.content)
            if room <= 0:
                break
        return Response(shown)


def _after(rows: QuerySet[Activity], event_id: int) -> Iterator[Activity]:
    """Those after an event id, of which only a few are in memory at a time."""
    while True:
        chunk = list(rows.filter(event_id__gt=event_id)[:CHUNK])
        yield from chunk
        if len(chunk) < CHUNK:
            return
        event_id = chunk[-1].event_id


def _of(side: str) -> Q:
    """The activities that a side sent or received. Agents and bots alike get handovers; the row names one of them."""
    own = Q(sender_type=side) | Q(recipient_type=side)
    if side == CUSTOMER:
        return own
    return own | (Q(type="event", content__payloadType__in=handover.EVENTS) & ~Q(sender_type=CUSTOMER))


def _arguments(request: Request) -> tuple[str, int]:
    given = query_of(request)
    faults = []
    if not given.get("type"):
        faults.append(Fault("ENG000200", text="Give 'type': Customer, Agent or Bot."))
    elif side_named(given["type"]) not in TYPES:
        faults.append(Fault("ENG000206", text=f"'type' must be Customer, Agent or Bot: '{given['type'][:40]}'."))
    leid = given.get("leid") or "0"
    if leid.startswith("-") and leid[1:].isdecimal():
        faults.append(Fault("ENG000209", text="'leid' must be 0 or more."))
    elif not (leid.isascii() and leid.isdecimal() and len(leid) <= 18):
        faults.append(Fault("ENG000210", text=f"'leid' must be a whole number of milliseconds: '{leid[:40]}'."))
    if faults:
        raise HubsterError(*faults)
    return side_named(given["type"]), int(leid)
