"""/api/v1/integrations/slack: how a workspace of agents is connected, and where its threads begin."""

from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from engine import adapters
from engine.adapters._business import BusinessProvider
from hubster.lib.drf import ApiView, CaseBlindSerializer, checked, guid_or_fail
from portal import access
from portal.actions.authorizations import do_begin
from portal.actions.workspaces import MAX_PLACE, do_choose_place
from portal.api.channels import INTEGRATION
from portal.api.fields import StrictCharField
from portal.api.integrations import INTEGRATIONS, show
from portal.idempotency import idempotent
from portal.identity.authentication import PortalAuthentication, client_of

_NONCE = (
    "Send an owner of the workspace to `url`. Slack sends them on to this server, which shows the `code` for *create*; "
    "the `nonce` belongs to it, is good once, and for ten minutes."
)


class AuthorizeWrite(CaseBlindSerializer):
    """The hub whose agents are to reply from a workspace."""

    hubId = StrictCharField(max_length=64, help_text="The hub that gets the integration.")


class AuthorizeRead(TypedDict):
    """The provider's page on which an owner agrees, and the nonce that comes back with the code."""

    url: str
    nonce: str


class PlaceWrite(CaseBlindSerializer):
    """The channel in which new threads begin, by name or by Slack's ID."""

    channel = StrictCharField(max_length=MAX_PLACE)


def _slack() -> BusinessProvider:
    found = adapters.get("Slack")
    assert isinstance(found, BusinessProvider)
    return found


class AuthorizeView(ApiView):
    """POST …/slack/authorize."""

    authentication_classes = [PortalAuthentication]

    @INTEGRATIONS.operation(
        "authorizeSlack", "Begin to connect a Slack workspace",
        text=_NONCE, takes=AuthorizeWrite(), answers=AuthorizeRead, refuses=[404, 501], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """A new nonce each time."""
        values = checked(AuthorizeWrite(), request.data, "PRT000300")
        hub = access.get_hub_for(client_of(request).tenant_id, guid_or_fail(values["hubId"], "PRT", "hubId"))
        url, nonce = do_begin(hub, _slack())
        answer: AuthorizeRead = {"url": url, "nonce": nonce}
        return Response(answer)


class PlaceView(ApiView):
    """POST …/slack/{integrationId}/channel."""

    authentication_classes = [PortalAuthentication]

    @INTEGRATIONS.operation(
        "chooseSlackChannel", "Choose the Slack channel in which new threads begin",
        text="Existing threads stay where they are. The app joins a public channel; it has to be invited to a "
             "private one.",
        takes=PlaceWrite(), answers=INTEGRATION, refuses=[403, 404], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, integration_id: str) -> Response:
        """Slack is asked for the channel."""
        tenant_id, guid = client_of(request).tenant_id, guid_or_fail(integration_id, "PRT", "integrationId")
        row = access.get_integration_for(tenant_id, guid)
        values = checked(PlaceWrite(), request.data, "PRT000300")
        do_choose_place(row, values["channel"])
        return Response(show(access.get_integration_for(tenant_id, guid)))
