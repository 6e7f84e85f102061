"""Shapes of answers and bodies about deliveries, for the views and for the OpenAPI document."""

import uuid
from typing import Annotated, Any, Literal, NotRequired, cast

from pydantic import Field
from rest_framework import serializers
from typing_extensions import TypedDict

from engine.actions.deliveries import MOST, OVER
from engine.api.costs import CostRead
from engine.api.disclosures import DisclosureRead
from engine.models import Attempt, Delivery
from hubster.lib import clock
from hubster.lib.drf import CaseBlindSerializer, invalid
from hubster.lib.errors import NOT_VALID, Fault
from hubster.lib.ids import parse_guid
from hubster.lib.keyset import MOST as COUNTED
from hubster.lib.openapi.shapes import Guid, Moment


class DeliveryRead(TypedDict):
    """An activity on its way to one integration. Its id is the `webhook-id` that the endpoint receives."""

    deliveryId: Guid
    hubId: Guid
    integrationId: Guid
    conversationId: Guid
    activityId: Guid
    eventId: int
    isEcho: bool
    status: Annotated[
        Literal["available", "pending", "sent", "delivered", "read", "failed", "window_closed"],
        Field(
            description="`available`: for a live connection; the others are for webhooks and channels. `delivered` and "
            "`read` are what a channel told after it was `sent`; `window_closed`: it allows no message now."
        ),
    ]
    attempts: Annotated[int, Field(ge=0, description="Completed attempts since it was last resent.")]
    replays: Annotated[int, Field(ge=0, description="Number of times it was resent.")]
    createdDateTime: Moment
    endedDateTime: NotRequired[Moment]
    nextAttemptDateTime: NotRequired[Annotated[Moment, Field(description="Only while it is pending.")]]
    lastError: NotRequired[str]


class DeliveryPage(TypedDict):
    """A page of deliveries."""

    pageNumber: int
    pageSize: int
    total: Annotated[int, Field(ge=0, le=COUNTED, description=f"Deliveries that fit; counting stops at {COUNTED}.")]
    isTotalExact: Annotated[bool, Field(description=f"False: there are more than {COUNTED}.")]
    results: list[DeliveryRead]
    nextCursor: NotRequired[Annotated[str, Field(description="`cursor` of the next page; absent on the last one.")]]


class SentRequestRead(TypedDict):
    """The request; secrets in headers are masked."""

    method: NotRequired[str]
    url: NotRequired[str]
    headers: NotRequired[dict[str, str]]
    body: NotRequired[str]


class SentAnswerRead(TypedDict):
    """The response to an attempt; of its body, the beginning."""

    status: NotRequired[int]
    headers: NotRequired[dict[str, str]]
    body: NotRequired[str]
    segments: NotRequired[Annotated[int, Field(ge=1, description="Text messages that the provider counts it as.")]]


class AttemptRead(TypedDict):
    """One call."""

    number: int
    startedDateTime: Moment
    milliseconds: NotRequired[int]
    outcome: Annotated[
        Literal["open", "sent", "failed", "unknown"],
        Field(description="`open`: in progress; `unknown`: the process ended before it stored the result."),
    ]
    error: NotRequired[str]
    request: NotRequired[SentRequestRead]
    answer: NotRequired[SentAnswerRead]


class DeliveryDetailRead(DeliveryRead):
    """A delivery with its attempts, the oldest first."""

    attemptLog: list[AttemptRead]
    disclosure: NotRequired[Annotated[DisclosureRead, Field(description="If it told that a bot replies.")]]
    costs: Annotated[list[CostRead], Field(description="As the provider of a channel told them with its receipts.")]


class ReplayedRead(TypedDict):
    """The result of a replay."""

    replayed: Annotated[int, Field(ge=0, description="Number of deliveries that are resent.")]
    more: Annotated[bool, Field(description=f"One call sends at most {MOST}; true when some are left.")]


class QueuedRead(TypedDict):
    """The result of sending what waits."""

    queued: Annotated[int, Field(ge=0, description="How many deliveries no longer wait for their next attempt.")]
    more: Annotated[bool, Field(description=f"One call takes at most {MOST}; true when some are left.")]


class MomentField(serializers.DateTimeField):
    """A moment in ISO 8601; without an offset it is UTC."""

    def to_internal_value(self, value: Any) -> Any:
        """The moment; 204 when it is none."""
        try:
            return super().to_internal_value(value)
        except serializers.ValidationError:
            text = "give a date in ISO 8601, such as 2030-01-31T00:00:00Z."
            raise serializers.ValidationError(text, "date") from None


class GuidField(serializers.Field):  # type: ignore[type-arg]
    """A GUID as text."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        """The GUID; 305 when it is none."""
        found = parse_guid(data) if isinstance(data, str) else None
        if found is None:
            raise invalid(Fault("PRT000305", str(self.field_name), "is not a GUID."))
        return found

    def json_schema(self, auto: Any) -> dict[str, Any]:
        """For the OpenAPI document."""
        return {"type": "string", "format": "uuid"}


class OverField(serializers.ChoiceField):
    """A status from which a delivery can be sent anew, in any case."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data.lower() not in OVER:
            raise serializers.ValidationError(NOT_VALID.format(value=str(data)[:40]), "invalid_choice")
        return data.lower()


class ReplayWrite(CaseBlindSerializer):
    """The deliveries of an integration to resend."""

    integrationId = GuidField(source="integration_id")
    status = OverField([str(status) for status in OVER], default=str(OVER[0]))
    to = MomentField(source="end", required=False)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of the language and so cannot be declared like the others."""
        return {**super().get_fields(), "from": MomentField(source="start", required=False)}


class SendNowWrite(CaseBlindSerializer):
    """Names the integration whose waiting deliveries are sent."""

    integrationId = GuidField(source="integration_id")


def show(row: Delivery) -> DeliveryRead:
    """A delivery as answers have it."""
    shown: dict[str, Any] = {
        "deliveryId": str(row.id),
        "hubId": str(row.destination.hub_id),
        "integrationId": str(row.destination_id),
        "conversationId": str(row.conversation_id),
        "activityId": str(row.activity_id),
        "eventId": row.event_id,
        "isEcho": row.echo,
        "status": row.status,
        "attempts": row.attempts,
        "replays": row.replays,
        "createdDateTime": clock.iso(row.created),
        "endedDateTime": row.ended and clock.iso(row.ended),
        "nextAttemptDateTime": row.next_attempt and clock.iso(row.next_attempt),
        "lastError": row.last_error or None,
    }
    return cast(DeliveryRead, {name: value for name, value in shown.items() if value is not None})


def show_attempt(row: Attempt) -> AttemptRead:
    """An attempt as answers have it."""
    shown: dict[str, Any] = {
        "number": row.number,
        "startedDateTime": clock.iso(row.started),
        "milliseconds": row.milliseconds,
        "outcome": row.outcome,
        "error": row.error or None,
        "request": row.asked or None,
        "answer": row.response or None,
    }
    return cast(AttemptRead, {name: value for name, value in shown.items() if value is not None})
