"""The toolkit's validator, with several secrets for each client and nothing of a token stored."""

import base64
import binascii
import hmac
from typing import Any
from urllib.parse import unquote_plus

from oauth2_provider.oauth2_validators import OAuth2Validator

from hubster.lib.crypto import secret_digest
from portal.models import Client, ClientSecret


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(user), unquote_plus(password)


def find_secret(client_id: str, secret: str) -> ClientSecret | None:
    """The unexpired secret that matches. An unknown client costs the same as a wrong secret."""
    digest = secret_digest(secret)
    found = None
    if "\x00" in client_id:
        return None
    for row in ClientSecret.objects.select_related("client__tenant").filter(client__client_id=client_id.lower()):
        if hmac.compare_digest(row.digest, digest) and not row.expired:
            found = row
    if found is None or not found.client.enabled or not found.client.tenant.enabled:
        return None
    return found


class SecretsValidator(OAuth2Validator):  # type: ignore[misc]
    """Knows clients by their secrets; tokens carry their own proof, so none is saved."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """RFC 6749 section 2.3.1: Basic header or form fields."""
        header = _basic(request.headers.get("Authorization") or request.headers.get("HTTP_AUTHORIZATION") or "")
        client_id, secret = header or (request.client_id or "", request.client_secret or "")
        row = find_secret(client_id, secret)
        if row is None:
            return False
        request.client, request.client_id, request.hubster_secret = row.client, row.client.client_id, row
        return True

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Every grant needs its client's secret."""
        return True

    def validate_grant_type(
        self,
        client_id: str,
        grant_type: str,
        client: Client,
        request: Any,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        """Clients have one grant."""
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """The client's own scope."""
        return [request.client.scope]

    def validate_scopes(
        self,
        client_id: str,
        scopes: list[str],
        client: Client,
        request: Any,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        """No scope but the client's own."""
        return set(scopes) <= {client.scope}

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing to save: the token lives as long as the secret it names."""
