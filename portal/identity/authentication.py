"""Authentication of API views: bearer tokens of clients and of widgets."""

from typing import Any, cast

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from hubster.lib.errors import fail
from portal.actor import act_as
from portal.identity import members, tokens
from portal.identity.roles import check_role

_TENANT_FAULTS = {
    ("disabled", tokens.ENGINE): "ENG002001",
    ("evaluation", tokens.ENGINE): "ENG002002",
    ("disabled", tokens.PORTAL): "PRT000101",
}


def bearer(request: Any) -> str:
    """The token of the Authorization header; raises when there is none."""
    scheme, _, token = str(request.headers.get("Authorization", "")).partition(" ")
    if scheme.lower() not in ("bearer", "webbearer") or not token.strip():
        raise AuthenticationFailed("Send an access token as 'Authorization: Bearer …'.")
    return token.strip()


def _client(token: str, scope: str) -> tokens.Caller:
    claims = tokens.read(token)
    caller = members.member_caller(claims, scope) if "ses" in claims else tokens.client_caller(claims, scope)
    fault = _TENANT_FAULTS.get((caller.tenant_fault, scope))
    if fault:
        raise fail(fault)
    return caller


def _engine_client(token: str) -> tokens.Caller:
    return _client(token, tokens.ENGINE)


def _client_or_visitor(token: str) -> tokens.Caller | tokens.Visitor:
    claims = tokens.read(token)
    return tokens.visitor(claims) if claims["aud"] == tokens.WEBCHAT else _engine_client(token)


class _Authentication(BaseAuthentication):
    """Turns the two kinds of refusal into 401 and 403."""

    forbidden = ""  # the code for a good token of another resource
    needed = ""  # what the resource takes instead

    def authenticate(self, request: Request) -> tuple[Any, str]:
        """(caller, token)."""
        token = bearer(request)
        try:
            caller = self.caller(token)
        except tokens.TokenRefused as refusal:
            raise AuthenticationFailed(str(refusal)) from None
        except tokens.WrongResource:
            raise fail(
                self.forbidden, text=f"This token is for another resource; this one needs {self.needed}."
            ) from None
        if isinstance(caller, tokens.Caller):
            act_as(request._request, *caller.actor)
        return caller, token

    def caller(self, token: str) -> Any:
        """The caller behind the token."""
        raise NotImplementedError

    def authenticate_header(self, request: Request) -> str:
        """Makes DRF answer 401 rather than 403."""
        return "Bearer"


class PortalAuthentication(_Authentication):
    """Tokens with the portal scope, of clients and of members."""

    forbidden = "PRT000101"
    needed = "a token of the client hubster.portal.api.…"

    def caller(self, token: str) -> tokens.Caller:
        """A client of the portal, or a member."""
        return _client(token, tokens.PORTAL)


class EngineAuthentication(_Authentication):
    """Tokens with the engine scope."""

    forbidden = "ENG000101"
    needed = "a token of the client hubster.engine.api.…"

    def caller(self, token: str) -> tokens.Caller:
        """A client of the engine."""
        return tokens.proven(_engine_client, token)


class EngineOrVisitorAuthentication(_Authentication):
    """Tokens with the engine scope, or a widget's."""

    forbidden = "ENG000101"
    needed = "a token of the client hubster.engine.api.… or of a widget"

    def caller(self, token: str) -> tokens.Caller | tokens.Visitor:
        """A client or a visitor."""
        return tokens.proven(_client_or_visitor, token)


class HasCaller(BasePermission):
    """Some caller was found, whose role suffices; views without authentication classes must say so themselves."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True if authentication found somebody; raises PRT000110 when a member's role does not suffice."""
        if isinstance(request.user, tokens.Caller):
            check_role(request.user, request._request)
        return request.user is not None


def client_of(request: Request) -> tokens.Caller:
    """The client or member behind a request whose view takes no visitors."""
    return cast(tokens.Caller, request.user)


def caller_of(request: Request) -> tokens.Caller | tokens.Visitor:
    """The client or visitor behind a request."""
    return cast(tokens.Caller | tokens.Visitor, request.user)
