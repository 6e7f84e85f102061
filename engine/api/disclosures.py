"""/api/v1/conversations/{conversationId}/disclosures: when a customer was told that a bot replies."""

from typing import Annotated, Literal, NotRequired, cast

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from engine import access
from engine.inbound.shapes import ENGINE
from engine.models import Disclosure
from hubster.lib import clock
from hubster.lib.drf import ApiView, guid_or_fail, page
from hubster.lib.openapi.operation import PAGE, Resource
from hubster.lib.openapi.shapes import Guid, Moment
from portal.identity.authentication import EngineAuthentication, caller_of


class DisclosureRead(TypedDict):
    """One time at which a customer was told that a bot replies."""

    eventId: Annotated[int, Field(description="Of the bot's message.")]
    deliveryId: Annotated[Guid, Field(description="The delivery that told it.")]
    way: Annotated[
        Literal["line", "mark", "property"],
        Field(
            description="`line`: a line before the message; `mark`: name and mark beside each message in the "
            "web chat; `property`: `sender.authorType` of each message, for your own software."
        ),
    ]
    reason: Annotated[
        Literal["first", "silence", "handback"],
        Field(description="The bot's first message, its first after a long silence, or its first after a person."),
    ]
    toldDateTime: NotRequired[Annotated[Moment, Field(description="Absent if the message has not arrived.")]]
    language: NotRequired[str]
    text: NotRequired[Annotated[str, Field(description="The line.")]]


class DisclosurePage(TypedDict):
    """A page of disclosures."""

    pageNumber: int
    pageSize: int
    total: int
    results: list[DisclosureRead]


def show(row: Disclosure) -> DisclosureRead:
    """A disclosure as answers have it."""
    shown = {
        "eventId": row.event_id,
        "deliveryId": str(row.delivery_id),
        "way": row.way,
        "reason": row.reason,
        "toldDateTime": row.told and clock.iso(row.told),
        "language": row.language,
        "text": row.text,
    }
    return cast(DisclosureRead, {key: value for key, value in shown.items() if value})


class DisclosuresView(ApiView):
    """Those of one conversation."""

    authentication_classes = [EngineAuthentication]
    error_prefix = "ENG"

    @Resource("Conversations", ENGINE).operation(
        "listDisclosures", "List when a customer was told that a bot replies, newest first",
        answers=DisclosurePage, arguments=PAGE, refuses=[404],
    )  # fmt: skip
    def get(self, request: Request, conversation_id: str) -> Response:
        number, size = self.page_arguments(request)
        row = access.get_conversation_for(caller_of(request), guid_or_fail(conversation_id, "ENG", "conversationId"))
        return Response(page(row.disclosures.order_by("-event_id"), number, size, show))
