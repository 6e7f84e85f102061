"""/api/v1/tenants/clients."""

import re
from typing import Any, NotRequired

from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from hubster.lib import clock
from hubster.lib.drf import ApiView, CaseBlindSerializer, checked
from hubster.lib.errors import Fault, fail, faults_of
from hubster.lib.openapi.operation import Resource
from hubster.lib.openapi.shapes import Guid, Moment
from portal import access
from portal.actions import tenants as actions
from portal.api.fields import FutureField, StrictCharField
from portal.api.identity import PORTAL
from portal.idempotency import idempotent
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import Client, ClientSecret

CLIENTS = Resource("Clients", PORTAL)


class ClientSecretWrite(CaseBlindSerializer):
    """A new secret."""

    name = StrictCharField(max_length=200)
    expiration = FutureField(required=False)

    def more_faults(self, given: dict[str, Any]) -> dict[str, list[Fault]]:
        """Of the name: whether it is taken."""
        name = given.get("name")
        if not isinstance(name, str):
            return {}
        return {"name": faults_of(actions.check_secret_name, self.context["client"], name.strip())}


class ClientSecretRead(TypedDict):
    """A secret. `token` is the whole value in the answer that created it, and only its beginning elsewhere."""

    id: int
    name: str
    token: str
    expiration: NotRequired[Moment]


class ClaimRead(TypedDict):
    """The claims of a client's tokens."""

    type: str
    value: str


class ClientRead(TypedDict):
    """An API client."""

    tenantId: Guid
    clientId: str
    name: str
    enabled: bool
    allowedScopes: list[str]
    claims: list[ClaimRead]
    secrets: list[ClientSecretRead]


def show_secret(row: ClientSecret, token: str) -> ClientSecretRead:
    """A secret; `token` is the whole value only in the answer that made it."""
    shown: ClientSecretRead = {"id": row.id, "name": row.name, "token": token}
    if row.expiration:
        shown["expiration"] = clock.iso(row.expiration)
    return shown


def show(client: Client) -> ClientRead:
    """A client as answers have it."""
    return {
        "tenantId": str(client.tenant_id),
        "clientId": client.client_id,
        "name": client.name,
        "enabled": client.enabled,
        "allowedScopes": [client.scope],
        "claims": [{"type": "role", "value": client.role}, {"type": "tenant", "value": str(client.tenant_id)}],
        "secrets": [show_secret(row, row.start + "...") for row in client.secrets.all()],
    }


class ClientView(ApiView):
    """GET one client."""

    authentication_classes = [PortalAuthentication]

    @CLIENTS.operation("getClient", "Get a client with its secrets", answers=ClientRead, refuses=[404])
    def get(self, request: Request, client_id: str) -> Response:
        return Response(show(access.get_client_for(client_of(request).tenant_id, client_id)))


class SecretsView(ApiView):
    """POST a secret."""

    authentication_classes = [PortalAuthentication]

    @CLIENTS.operation(
        "createClientSecret", "Add a secret; only this answer shows its value",
        takes=ClientSecretWrite(), answers=ClientSecretRead, refuses=[404], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, client_id: str) -> Response:
        """Add; the whole value is in this answer only."""
        client = access.get_client_for(client_of(request).tenant_id, client_id)
        values = checked(ClientSecretWrite(context={"client": client}), request.data, "PRT000300")
        row, secret = actions.do_add_secret(client, values["name"], values.get("expiration"))
        return Response(show_secret(row, secret))


class SecretView(ApiView):
    """DELETE a secret."""

    authentication_classes = [PortalAuthentication]

    @CLIENTS.operation("deleteClientSecret", "Delete a secret and revoke its tokens", refuses=[404])
    def delete(self, request: Request, client_id: str, secret_id: str) -> Response:
        client = access.get_client_for(client_of(request).tenant_id, client_id)
        if not re.fullmatch(r"[0-9]{1,18}", secret_id):
            raise fail("PRT000210", text=f"'tokenId' must be a whole number: '{secret_id[:40]}'.")
        actions.do_delete_secret(client, int(secret_id))
        return Response(status=200)
