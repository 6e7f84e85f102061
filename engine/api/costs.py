"""Costs of messages: of an integration in a month, and of a conversation."""

import re
from datetime import date
from typing import Annotated, NotRequired, cast

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from engine import access
from engine.actions import costs
from engine.actions.costs import Costs
from engine.api.conversations import CONVERSATIONS
from engine.api.endpoints import EndpointApiView
from hubster.lib import clock
from hubster.lib.drf import ApiView, guid_or_fail, query_of
from hubster.lib.errors import Fault, HubsterError
from hubster.lib.openapi.operation import Resource, query
from hubster.lib.openapi.shapes import Guid
from portal.api.identity import PORTAL
from portal.identity.authentication import EngineAuthentication, caller_of

COSTS = Resource("Integrations", PORTAL)
_MONTH = query(
    "month",
    {"type": "string", "pattern": "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"},
    "Such as 2026-11; default: this month, UTC.",
)


class CostRead(TypedDict):
    """Messages that the provider of a channel told a price of, by its category and currency."""

    category: NotRequired[Annotated[str, Field(description="As the provider names it, such as `service`.")]]
    currency: NotRequired[Annotated[str, Field(description="ISO 4217; absent where the provider names no amount.")]]
    amount: NotRequired[Annotated[str, Field(description="Exact sum, such as `0.0158`; absent without a currency.")]]
    billed: Annotated[int, Field(ge=0, description="Messages that are billed.")]
    free: Annotated[int, Field(ge=0, description="Messages that the provider told are free.")]


class IntegrationCostsRead(TypedDict):
    """The costs of an integration's messages of a month."""

    integrationId: Guid
    month: str
    costs: list[CostRead]


class ConversationCostsRead(TypedDict):
    """The costs of a conversation's messages."""

    conversationId: Guid
    costs: list[CostRead]


def show(found: list[Costs]) -> list[CostRead]:
    """Costs as answers have them."""
    return [_show(each) for each in found]


def _show(found: Costs) -> CostRead:
    amount = found.amount if found.currency else None
    shown = {"category": found.category or None, "currency": found.currency or None, "amount": amount}
    numbers = {"billed": found.billed, "free": found.free}
    return cast(CostRead, {**{name: value for name, value in shown.items() if value is not None}, **numbers})


class IntegrationCostsView(EndpointApiView):
    """The costs of one integration."""

    @COSTS.operation(
        "getIntegrationCosts", "Get the costs of an integration's messages", answers=IntegrationCostsRead,
        arguments=[_MONTH], refuses=[404],
        text="Of a month in which the messages were sent. It is the sum of what the provider told with its receipts; "
        "repeats of a receipt count once.",
    )  # fmt: skip
    def get(self, request: Request, integration_id: str) -> Response:
        month = _month(query_of(request).get("month", ""))
        row = self.integration(request, integration_id)
        shown = show(costs.costs_of_month(row, month))
        return Response({"integrationId": str(row.pk), "month": f"{month:%Y-%m}", "costs": shown})


class ConversationCostsView(ApiView):
    """The costs of one conversation."""

    authentication_classes = [EngineAuthentication]
    error_prefix = "ENG"

    @CONVERSATIONS.operation(
        "getConversationCosts", "Get the costs of a conversation's messages", answers=ConversationCostsRead,
        refuses=[404],
    )  # fmt: skip
    def get(self, request: Request, conversation_id: str) -> Response:
        row = access.get_conversation_for(caller_of(request), guid_or_fail(conversation_id, "ENG", "conversationId"))
        return Response({"conversationId": str(row.pk), "costs": show(costs.costs_of_conversation(row))})


def _month(given: str) -> date:
    """The first day of the month named; raises PRT000204 for what is none."""
    if not given:
        return costs.month_of(clock.now().date())
    found = re.fullmatch(r"([1-9][0-9]{3})-(0[1-9]|1[0-2])", given)
    if found is None:
        raise HubsterError(Fault("PRT000204", text="'month': give a month such as 2026-11."))
    return date(int(found[1]), int(found[2]), 1)
