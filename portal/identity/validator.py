"""The toolkit's validator, with several secrets for each client, and one public client for all members."""

import hmac
from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors

from hubster.lib.crypto import secret_digest
from portal.identity.members import (
    PORTAL_CLIENT,
    SCOPES,
    PublicClient,
    claims_of,
    session_by_password,
    session_by_refresh_token,
)
from portal.identity.token_request import basic_credentials, is_portal_client
from portal.models import Client, ClientSecret, PortalSession

_MEMBER_GRANTS = ("password", "refresh_token")


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


def _credentials(request: Any) -> tuple[str, str]:
    """(client id, secret) of the header, else of the form; empty where there is none."""
    header = request.headers.get("Authorization") or request.headers.get("HTTP_AUTHORIZATION") or ""
    return basic_credentials(header) or (request.client_id or "", request.client_secret or "")


def _act_in(session: PortalSession, request: Any) -> None:
    """The token to come is for a member's session."""
    request.user, request.hubster_session, request.hubster_claims = session.user, session, claims_of(session)


class SecretsValidator(OAuth2Validator):  # type: ignore[misc]
    """Knows clients by their secrets and members by their passwords; tokens carry their own proof, so none is saved."""

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Every client but the members' has a secret to show."""
        return not is_portal_client(_credentials(request)[0])

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """RFC 6749 section 2.3.1: Basic header or form fields. A public client cannot do this."""
        client_id, secret = _credentials(request)
        if is_portal_client(client_id):
            raise errors.UnauthorizedClientError(request=request)
        row = find_secret(client_id, secret)
        if row is None:
            return False
        client = row.client
        request.client, request.client_id = client, client.client_id
        request.hubster_claims = {"tenant": str(client.tenant_id), "role": client.role, "sid": row.id}
        return True

    def authenticate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """The members' client needs no proof; a secret sent with it is ignored."""
        request.client, request.client_id = PORTAL_CLIENT, PORTAL_CLIENT.client_id
        return is_portal_client(client_id or _credentials(request)[0])

    def validate_grant_type(
        self,
        client_id: str,
        grant_type: str,
        client: Client | PublicClient,
        request: Any,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        """API clients have one grant, members two."""
        return grant_type in (_MEMBER_GRANTS if client is PORTAL_CLIENT else ("client_credentials",))

    def validate_user(
        self, username: str, password: str, client: Client | PublicClient, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Members sign in at their own client only; raises when the password is wrong."""
        if client is not PORTAL_CLIENT:  # the library asks for the grant type later, when the password was tried
            raise errors.UnauthorizedClientError(request=request)
        _act_in(session_by_password(username, password), request)
        return True

    def validate_refresh_token(
        self, refresh_token: str, client: Client | PublicClient, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """True if it is the session's latest; raises when not. It is used up later, when the scopes are checked."""
        _act_in(session_by_refresh_token(refresh_token), request)
        return True

    def rotate_refresh_token(self, request: Any) -> bool:
        """Each refresh token is good once."""
        return True

    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """The scopes that a member may ask for."""
        return SCOPES

    def is_within_original_scope(
        self, request_scopes: list[str], refresh_token: str, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Nothing beyond `get_original_scopes`."""
        return False

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """The client's own scope."""
        return [request.client.scope]

    def validate_scopes(
        self,
        client_id: str,
        scopes: list[str],
        client: Client | PublicClient,
        request: Any,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        """No scope but the client's own; members' clients may ask for the usual ones beside it."""
        return set(scopes) <= (set(SCOPES) if client is PORTAL_CLIENT else {client.scope})

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing to save: the token lives as long as the secret or session it names. It tells what was granted."""
        token["scope"] = request.client.scope
