"""/api/v1/deliveries: what went to webhooks and bots, what became of it, and sending it anew."""

import uuid
from datetime import datetime
from typing import cast

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from engine import access
from engine.actions import deliveries as actions
from engine.actions import send_now
from engine.actions.costs import costs_of_delivery
from engine.api import costs
from engine.api.cursors import CURSOR, REACH, Wanted, page_of, wanted
from engine.api.delivery_shapes import (
    DeliveryDetailRead,
    DeliveryPage,
    DeliveryRead,
    MomentField,
    QueuedRead,
    ReplayedRead,
    ReplayWrite,
    SendNowWrite,
    show,
    show_attempt,
)
from engine.api.disclosures import show as show_disclosure
from engine.models import Delivery, Disclosure
from hubster.lib.drf import ApiView, checked, guid_or_fail, query_of
from hubster.lib.errors import Fault, HubsterError, not_valid
from hubster.lib.keyset import Listing, Order
from hubster.lib.openapi.operation import PAGE, Resource, query
from portal import access as portal_access
from portal.api.identity import PORTAL
from portal.idempotency import idempotent
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import Integration

DELIVERIES = Resource("Deliveries", PORTAL)
NEWEST_ATTEMPTS = 100  # of a delivery that was sent anew very often
_GUID = {"type": "string", "format": "uuid"}
_MOMENT = {"type": "string", "format": "date-time"}
_STATUS = {"type": "string", "enum": [str(status.value) for status in Delivery.Status]}
_FILTERS = (
    query("integrationId", _GUID, "Only deliveries to this integration."),
    query("hubId", _GUID, "Only deliveries to integrations of this hub."),
    query("status", _STATUS, "Only deliveries with this status."),
    query("from", _MOMENT, "Only deliveries created at this time or later; UTC if there is no offset."),
    query("to", _MOMENT, "Only deliveries created before this time."),
    CURSOR,
)
_SENT_ANEW = (
    "A delivery that has failed, or that arrived and is wanted once more, is pending again with all its attempts. It "
    "keeps its id, which is the `webhook-id`, and its place: it goes before later messages of its conversation. "
    "One that is pending already is left as it is."
)
_SENT_NOW = (
    "What waits for its next attempt is tried at once; the order stays, so earlier messages of its conversation go "
    "first. An attempt that is under way is not doubled, and what does not wait is left as it is. A paused endpoint "
    "must be resumed instead."
)


class DeliveriesView(ApiView):
    """The collection of the whole tenant."""

    authentication_classes = [PortalAuthentication]

    @DELIVERIES.operation(
        "listDeliveries", "List deliveries, newest first",
        text=f"Page numbers reach the newest {REACH} deliveries. Give `nextCursor` of an answer as `cursor` to go "
        "further; with it, pages do not shift when new deliveries arrive.",
        answers=DeliveryPage, arguments=[*_FILTERS, *PAGE], refuses=[404],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """A page of those that fit the filters."""
        page, rows, listing = self._arguments(request)
        kept, about = page_of(rows, page, listing)
        return Response(cast(DeliveryPage, {**about, "results": [show(row) for row in kept]}))

    def _arguments(self, request: Request) -> tuple[Wanted, QuerySet[Delivery], Listing]:
        """(which page, of what, how to read it); raises every fault found."""
        given = query_of(request)
        faults: list[Fault] = []
        page = Wanted(0, 0)
        try:
            page = wanted(given, *self.page_arguments(request), Order("created"), Delivery, "PRT")
        except HubsterError as error:
            faults += error.faults
        end_id, hub_id = (_guid(given, name, faults) for name in ("integrationId", "hubId"))
        start, end = (_moment(given, name, faults) for name in ("from", "to"))
        status = _status(given, faults)
        if faults:
            raise HubsterError(*faults)
        tenant_id = client_of(request).tenant_id
        owners = _integrations(tenant_id, end_id, hub_id)
        listing = access.listed_deliveries(owners, [status] if status else Delivery.Status.values)
        return page, actions.between(access.deliveries_with_ends(), start, end), listing


def _integrations(tenant_id: uuid.UUID, end_id: uuid.UUID | None, hub_id: uuid.UUID | None) -> QuerySet[Integration]:
    """The tenant's integrations, or one, or those of a hub."""
    rows = Integration.objects.filter(hub__tenant=tenant_id)
    if hub_id:
        rows = rows.filter(hub=portal_access.get_hub_for(tenant_id, hub_id))
    if end_id:
        rows = rows.filter(pk=portal_access.get_integration_for(tenant_id, end_id).pk)
    return rows


def _guid(given: dict[str, str], name: str, faults: list[Fault]) -> uuid.UUID | None:
    raw = given.get(name.lower())
    try:
        return guid_or_fail(raw, "PRT", name) if raw else None
    except HubsterError as error:
        faults += error.faults
        return None


def _moment(given: dict[str, str], name: str, faults: list[Fault]) -> datetime | None:
    try:
        return cast(datetime, MomentField().run_validation(given[name])) if given.get(name) else None
    except serializers.ValidationError as error:
        detail = cast(list[ErrorDetail], error.detail)[0]
        faults.append(Fault("PRT000204", text=f"'{name}': {detail}"))
        return None


def _status(given: dict[str, str], faults: list[Fault]) -> str:
    status = given.get("status", "").lower()
    if status and status not in Delivery.Status:
        faults.append(not_valid("PRT000206", given["status"]))
    return status


class DeliveryView(ApiView):
    """One delivery."""

    authentication_classes = [PortalAuthentication]

    @DELIVERIES.operation(
        "getDelivery", "Get a delivery with its attempts", answers=DeliveryDetailRead, refuses=[404],
        text=f"The attempts come with what was sent and answered, the newest {NEWEST_ATTEMPTS} of them.",
    )  # fmt: skip
    def get(self, request: Request, delivery_id: str) -> Response:
        row = _delivery(request, delivery_id)
        tries = list(row.tries.order_by("-id")[:NEWEST_ATTEMPTS])
        log = [show_attempt(found) for found in reversed(tries)]
        told = Disclosure.objects.filter(delivery=row).first()
        shown = {**show(row), "attemptLog": log, "costs": costs.show(costs_of_delivery(row))}
        return Response({**shown, "disclosure": show_disclosure(told)} if told else shown)


class ReplayView(ApiView):
    """Sends one delivery anew."""

    authentication_classes = [PortalAuthentication]

    @DELIVERIES.operation(
        "replayDelivery", "Resend a delivery", text=_SENT_ANEW, answers=DeliveryRead, refuses=[404], idempotent=True
    )
    @idempotent
    def post(self, request: Request, delivery_id: str) -> Response:
        row = _delivery(request, delivery_id)
        actions.do_replay(row)
        return Response(show(_delivery(request, delivery_id)))


class ReplaysView(ApiView):
    """Sends many deliveries of an integration anew."""

    authentication_classes = [PortalAuthentication]

    @DELIVERIES.operation(
        "replayDeliveries", "Resend the failed deliveries of an integration",
        text=f"Of a span of time, or all of them; the oldest first. {_SENT_ANEW}",
        takes=ReplayWrite(), answers=ReplayedRead, refuses=[404], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        values = checked(ReplayWrite(), request.data, "PRT000300")
        row = portal_access.get_integration_for(client_of(request).tenant_id, values.pop("integration_id"))
        done = actions.do_replay_range(row, **values)
        shown: ReplayedRead = {"replayed": done.count, "more": done.more}
        return Response(shown)


class SendNowView(ApiView):
    """Sends one delivery before its next attempt is due."""

    authentication_classes = [PortalAuthentication]

    @DELIVERIES.operation(
        "sendDeliveryNow",
        "Send a waiting delivery now",
        text=_SENT_NOW,
        answers=DeliveryRead,
        refuses=[404],
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, delivery_id: str) -> Response:
        send_now.do_send_now(_delivery(request, delivery_id))
        return Response(show(_delivery(request, delivery_id)))


class SendWaitingView(ApiView):
    """Sends everything of an integration that waits for its next attempt."""

    authentication_classes = [PortalAuthentication]

    @DELIVERIES.operation(
        "sendWaitingDeliveries", "Send an integration's waiting deliveries now",
        text=f"{_SENT_NOW} One call takes at most {actions.MOST} of them; `more` says whether there are others.",
        takes=SendNowWrite(), answers=QueuedRead, refuses=[404], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        values = checked(SendNowWrite(), request.data, "PRT000300")
        row = portal_access.get_integration_for(client_of(request).tenant_id, values["integration_id"])
        done = send_now.do_send_waiting(row)
        shown: QueuedRead = {"queued": done.count, "more": done.more}
        return Response(shown)


def _delivery(request: Request, delivery_id: str) -> Delivery:
    return access.get_delivery_for(client_of(request).tenant_id, guid_or_fail(delivery_id, "PRT", "deliveryId"))
