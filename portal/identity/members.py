"""Members of a tenant as callers of the Portal API: their public client, their sign-in, their tokens."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import authenticate
from oauthlib.oauth2.rfc6749 import errors

from portal.actions import sessions
from portal.identity import tokens
from portal.models import PortalSession, User


@dataclass(frozen=True)
class PublicClient:
    """A client that belongs to no tenant and has no secret: whoever uses it proves themselves."""

    client_id: str
    scope: str


PORTAL_CLIENT = PublicClient("hubster.portal", tokens.PORTAL)
# Existing clients ask for these; whatever they ask for, the Portal's scope is what they get.
SCOPES = [tokens.PORTAL, "offline_access", "openid", "profile"]
_WRONG = "The user name or password is wrong."
_HOMELESS = "This account belongs to no active business, so it has no access to the Portal API."
OFF = "The business of this account is disabled."
_OVER = "The refresh token is unknown, was used before, or its session has ended. Log in again."


def session_by_password(username: str, password: str) -> PortalSession:
    """A new session, not saved yet, for the member behind a user name and password.

    Raises `InvalidGrantError`, and `InvalidClientError` while the member's tenant is disabled.
    """
    name = User.normalize_username(username)
    # PostgreSQL refuses to look for a NUL; nobody is called "", and that costs the same time.
    person: Any = authenticate(None, username="" if "\x00" in name else name, password=password)
    if person is None:
        raise errors.InvalidGrantError(_WRONG)
    if person.tenant is None or not person.role:
        raise errors.InvalidGrantError(_HOMELESS)
    if not person.tenant.enabled:
        raise errors.InvalidClientError(OFF)
    return PortalSession(user=person)


def session_by_refresh_token(token: str) -> PortalSession:
    """The session that a refresh token opens; raises `InvalidGrantError`, or `InvalidClientError` as above."""
    try:
        return sessions.get_session_for(token)
    except sessions.SessionOver:
        raise errors.InvalidGrantError(_OVER) from None
    except sessions.TenantOff:
        raise errors.InvalidClientError(OFF) from None


def claims_of(session: PortalSession) -> dict[str, str]:
    """The claims of an access token about its session. The role is for the client to show, not for us to trust."""
    user = session.user
    return {"tenant": str(user.tenant_id), "role": user.role, "sub": str(user.id), "ses": str(session.id)}


def generate_refresh_token(request: Any) -> str:
    """The token endpoint's second hook, called when all else is proven: opens the session, or renews it."""
    session: PortalSession = request.hubster_session
    if session._state.adding:
        return sessions.do_open_session(session)
    try:
        return sessions.do_renew_session(session, request.refresh_token)
    except sessions.SessionOver:
        raise errors.InvalidGrantError(_OVER) from None


def member_caller(claims: dict[str, Any], scope: str) -> tokens.Caller:
    """The caller behind a member's token, proven against the database: one query."""
    found = sessions.session_of(claims["ses"])
    if found is None or not sessions.in_force(found):
        raise tokens.TokenRefused("The token was revoked.")
    user, tenant = found.user, found.user.tenant
    if tenant is None or str(tenant.id) != claims["tenant"]:
        raise tokens.TokenRefused("The token was revoked.")
    if claims["aud"] != scope or scope != PORTAL_CLIENT.scope:
        raise tokens.WrongResource
    return tokens.Caller(
        tenant.id,
        PORTAL_CLIENT.client_id,
        user.role,
        None,
        scope,
        claims["exp"],
        tokens.fault_of(tenant),
        user.id,
        user.get_username(),
    )
