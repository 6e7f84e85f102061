"""/api/v1/integrations/{integrationId}/endpoint: how the address behind an integration is doing."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, NotRequired, cast

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from engine.actions import endpoints as actions
from engine.delivery.health import state_of
from engine.delivery.probe import do_probe
from engine.models import Delivery, Endpoint
from hubster.lib import clock
from hubster.lib.drf import ApiView, CaseBlindSerializer, Flag, checked, guid_or_fail
from hubster.lib.keyset import MOST as COUNTED
from hubster.lib.keyset import capped
from hubster.lib.openapi.operation import Resource
from hubster.lib.openapi.shapes import Guid, Moment
from portal import access
from portal.api.identity import PORTAL
from portal.idempotency import idempotent
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import Integration

ENDPOINTS = Resource("Endpoints", PORTAL)


class EndpointRead(TypedDict):
    """The health of an endpoint."""

    integrationId: Guid
    state: Annotated[
        Literal["socket", "unused", "well", "slow", "failing", "paused"],
        Field(description="`socket`: no webhook URL; `unused`: nothing was sent yet."),
    ]
    slow: Annotated[bool, Field(description="The last call took two seconds or longer.")]
    failures: Annotated[int, Field(ge=0, description="Consecutive failures.")]
    failingSince: NotRequired[Moment]
    pausedSince: NotRequired[Annotated[Moment, Field(description="Nothing is sent until it is resumed.")]]
    reason: NotRequired[Annotated[str, Field(description="The reason of the pause.")]]
    inOrder: Annotated[bool, Field(description="A failed message holds back later messages of its conversation.")]
    waiting: Annotated[int, Field(ge=0, le=COUNTED, description=f"Pending deliveries; counting stops at {COUNTED}.")]
    failed: Annotated[int, Field(ge=0, le=COUNTED, description=f"Failed deliveries; counting stops at {COUNTED}.")]


class EndpointWrite(CaseBlindSerializer):
    """Settings of an endpoint."""

    inOrder = Flag(help_text="False: a failed message does not hold back later messages of its conversation.")


class TrialRead(TypedDict):
    """The result of a test message."""

    status: NotRequired[Annotated[int, Field(description="Of the answer; absent without one.")]]
    milliseconds: int
    error: NotRequired[Annotated[str, Field(description="Absent if the endpoint accepted the message.")]]


def show(integration: Integration) -> EndpointRead:
    """An endpoint as answers have it."""
    known = Endpoint.objects.filter(pk=integration.pk).first()
    rows = Delivery.objects.filter(destination=integration)
    shown: dict[str, Any] = {
        "integrationId": str(integration.pk),
        "state": state_of(known) if actions.has_address(integration) else "socket",
        "slow": bool(known and known.slow),
        "failures": known.failures if known else 0,
        "failingSince": clock.iso(known.failing_since) if known and known.failing_since else None,
        "pausedSince": clock.iso(known.paused) if known and known.paused else None,
        "reason": known.reason if known and known.reason else None,
        "inOrder": known.in_order if known else True,
        "waiting": min(capped(rows.filter(status=Delivery.Status.PENDING)), COUNTED),
        "failed": min(capped(rows.filter(status=Delivery.Status.FAILED)), COUNTED),
    }
    return cast(EndpointRead, {name: value for name, value in shown.items() if value is not None})


class EndpointApiView(ApiView):
    """Base of the calls about the endpoint of one integration."""

    authentication_classes = [PortalAuthentication]

    def integration(self, request: Request, integration_id: str) -> Integration:
        """The caller's own, or PRT000799."""
        guid = guid_or_fail(integration_id, "PRT", "integrationId")
        return access.get_integration_for(client_of(request).tenant_id, guid)

    def done(self, do: Callable[[Integration], object], request: Request, integration_id: str) -> Response:
        """The endpoint after an action that needs an address; PRT000110 without one."""
        row = self.integration(request, integration_id)
        actions.check_has_address(row)
        do(row)
        return Response(show(row))


class EndpointView(EndpointApiView):
    """The state of an endpoint."""

    @ENDPOINTS.operation("getEndpoint", "Get the health of an endpoint", answers=EndpointRead, refuses=[404])
    def get(self, request: Request, integration_id: str) -> Response:
        return Response(show(self.integration(request, integration_id)))

    @ENDPOINTS.operation(
        "updateEndpoint", "Update the order of an endpoint's messages",
        takes=EndpointWrite(), answers=EndpointRead, refuses=[404],
    )  # fmt: skip
    def put(self, request: Request, integration_id: str) -> Response:
        row = self.integration(request, integration_id)
        in_order = checked(EndpointWrite(), request.data, "PRT000300")["inOrder"]
        return self.done(lambda _: actions.do_set_order(row, in_order), request, integration_id)


class PauseView(EndpointApiView):
    """Stops sending."""

    @ENDPOINTS.operation(
        "pauseEndpoint", "Pause an endpoint",
        text="New messages are queued until the endpoint is resumed. Pausing again changes nothing.",
        answers=EndpointRead, refuses=[404], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, integration_id: str) -> Response:
        return self.done(actions.do_pause, request, integration_id)


class ResumeView(EndpointApiView):
    """Sends again."""

    @ENDPOINTS.operation(
        "resumeEndpoint", "Resume an endpoint",
        text="Queued messages are sent in order. Resuming an endpoint that is not paused changes nothing.",
        answers=EndpointRead, refuses=[404], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, integration_id: str) -> Response:
        return self.done(actions.do_resume, request, integration_id)


class TestView(EndpointApiView):
    """Tries the endpoint out."""

    @ENDPOINTS.operation(
        "testEndpoint", "Send a test message to an endpoint",
        text="Signed like any other, its activity is of type `test`. It is sent at once, a paused endpoint gets it "
        "too, and nothing of it is stored.",
        answers=TrialRead, refuses=[404],
    )  # fmt: skip
    def post(self, request: Request, integration_id: str) -> Response:
        probe = do_probe(self.integration(request, integration_id))
        shown: TrialRead = {"milliseconds": probe.milliseconds}
        if probe.status is not None:
            shown["status"] = probe.status
        if probe.error:
            shown["error"] = probe.error
        return Response(shown)
