"""/api/v1/tenants/clients."""

import re
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from hubster.lib import clock
from hubster.lib.drf import ApiView, CaseBlindSerializer, checked
from hubster.lib.errors import fail
from portal import access
from portal.actions import tenants as actions
from portal.api.fields import FutureField, StrictCharField
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import Client, ClientSecret
from portal.once import once


class SecretWrite(CaseBlindSerializer):
    """What a new secret needs."""

    name = StrictCharField(max_length=200)
    expiration = FutureField(required=False)


def show_secret(row: ClientSecret, token: str) -> dict[str, Any]:
    """A secret; `token` is the whole value only in the answer that made it."""
    shown = {"id": row.id, "name": row.name, "token": token}
    if row.expiration:
        shown["expiration"] = clock.iso(row.expiration)
    return shown


def show(client: Client) -> dict[str, Any]:
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

    def get(self, request: Request, client_id: str) -> Response:
        """Get."""
        return Response(show(access.get_client_for(client_of(request).tenant_id, client_id)))


class SecretsView(ApiView):
    """POST a secret."""

    authentication_classes = [PortalAuthentication]

    @once
    def post(self, request: Request, client_id: str) -> Response:
        """Add; the whole value is in this answer only."""
        client = access.get_client_for(client_of(request).tenant_id, client_id)
        values = checked(SecretWrite(), request.data, "PRT000300")
        row, secret = actions.do_add_secret(client, values["name"], values.get("expiration"))
        return Response(show_secret(row, secret))


class SecretView(ApiView):
    """DELETE a secret."""

    authentication_classes = [PortalAuthentication]

    def delete(self, request: Request, client_id: str, secret_id: str) -> Response:
        """Revoke."""
        client = access.get_client_for(client_of(request).tenant_id, client_id)
        if not re.fullmatch(r"[0-9]{1,18}", secret_id):
            raise fail("PRT000210", f"'tokenId' must be a whole number: '{secret_id[:40]}'.")
        actions.do_delete_secret(client, int(secret_id))
        return Response(status=200)
