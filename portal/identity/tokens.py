"""Access tokens: RS256 JWTs. A token is good while its secret, client and tenant are."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import jwt
from django.conf import settings

from hubster.lib import clock, kept, sql
from hubster.lib.ids import parse_guid
from portal.identity import keys
from portal.models import Client, ClientSecret, Tenant

PORTAL = "hubster-portal-api"
ENGINE = "hubster-engine-api"
WEBCHAT = "hubster-webchat"
_CHECKED: jwt.types.Options = {
    "require": ["exp", "iat", "iss", "aud", "jti", "tenant"],
    "verify_aud": False,
    "verify_iat": False,  # `read` does, with a leeway; likewise nbf
    "verify_nbf": False,
}


class TokenRefused(Exception):
    """Missing, malformed, expired or revoked: the answer is 401."""


class WrongResource(Exception):
    """A good token for another resource: the answer is 403."""


@dataclass(frozen=True)
class Caller:
    """The caller of an API: a client of a tenant, or a member signed in to the Portal, with the role there."""

    tenant_id: uuid.UUID
    client_id: str
    role: str
    secret_id: int | None  # None for a member
    scope: str
    expires: int = 0
    tenant_fault: str = ""  # a code when the tenant may authenticate but not use the resource
    user_id: uuid.UUID | None = None  # of a member
    username: str = ""
    is_authenticated = True

    @property
    def name(self) -> str:
        """The name under which requests are counted and idempotency keys kept."""
        return f"member:{self.user_id}" if self.user_id else f"client:{self.client_id}"

    @property
    def actor(self) -> tuple[str, str, str]:
        """(kind, id, name) as the audit log has them."""
        if self.user_id:
            return "member", str(self.user_id), self.username
        return "client", self.client_id, self.client_id


@dataclass(frozen=True)
class Visitor:
    """A browser with the widget: its visitor id is the secret that opens its own conversations."""

    tenant_id: uuid.UUID
    integration_id: uuid.UUID
    visitor_id: uuid.UUID
    expires: int = 0
    is_authenticated = True

    @property
    def name(self) -> str:
        """The name under which requests are counted and idempotency keys kept."""
        return f"visitor:{self.visitor_id}"


# What a token proved, by the proof and the token: it holds for a few seconds, or until something of its tenant changes.
_proven: kept.Kept[tuple[Callable[[str], Any], str], "Caller | Visitor"] = kept.Kept()
Proof = TypeVar("Proof", bound="Caller | Visitor")


def proven(prove: Callable[[str], Proof], token: str) -> Proof:
    """The caller behind a token, as `prove` finds out where it is not known; raises what that does."""
    found = _proven.find((prove, token), lambda: prove(token), lambda caller: str(caller.tenant_id))
    if found.expires <= clock.now().timestamp():
        raise TokenRefused("The token has expired.")
    return cast(Proof, found)


def sign(claims: dict[str, Any], seconds: int) -> str:
    """A JWT with the claims every token of ours has."""
    key = keys.signing_key()
    now = int(clock.now().timestamp())
    full = {"iss": settings.PUBLIC_URL, "iat": now, "nbf": now, "exp": now + seconds, "jti": uuid.uuid4().hex, **claims}
    headers = {"kid": str(key.id), "typ": "at+jwt"}
    return jwt.encode(full, keys.loaded(key.private_pem), algorithm="RS256", headers=headers)


def read(token: str, even_ended: bool = False) -> dict[str, Any]:
    """The claims of a token whose signature, times and issuer hold; else `TokenRefused`. `exp` may be left aside."""
    try:
        kid = str(jwt.get_unverified_header(token).get("kid", ""))
        public = keys.public_key(kid)
        if public is None:
            raise TokenRefused("The token is signed with an unknown key.")
        claims: dict[str, Any] = jwt.decode(
            token,
            public,
            algorithms=["RS256"],
            issuer=settings.PUBLIC_URL,
            options={**_CHECKED, "verify_exp": not even_ended},
        )
        if any(clock.lies_ahead(float(claims.get(begin, 0))) for begin in ("iat", "nbf")):
            raise TokenRefused("The token is not valid yet: its issuer's clock is ahead.")
    except jwt.ExpiredSignatureError:
        raise TokenRefused("The token has expired.") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise TokenRefused("The token is not valid.") from None
    return claims


def generate_access_token(request: Any, refresh_token: bool = False) -> str:
    """The token endpoint's hook: a token for the client, with what the validator found out about the caller."""
    client = request.client
    claims = {"aud": client.scope, "scope": client.scope, "client_id": client.client_id}
    return sign({**claims, **request.hubster_claims}, settings.TOKEN_SECONDS)


def webchat_token(tenant_id: uuid.UUID, integration_id: uuid.UUID, visitor_id: uuid.UUID) -> str:
    """A token for one browser at one WebChat integration."""
    claims = {"aud": WEBCHAT, "tenant": str(tenant_id), "iid": str(integration_id), "vid": str(visitor_id)}
    return sign(claims, settings.WEBCHAT_TOKEN_SECONDS)


def fault_of(tenant: Tenant) -> str:
    """Why a tenant may authenticate but not use everything; empty when it may."""
    return "disabled" if not tenant.enabled else "evaluation" if tenant.evaluation_over else ""


_PROOF = sql.Select(
    [(ClientSecret, "s", ("id", "expiration")), (Client, "c", ("id", "client_id", "scope", "role", "enabled")),
     (Tenant, "t", ("id", "enabled", "evaluation_ends"))],
    f"FROM {sql.name(ClientSecret)} s JOIN {sql.name(Client)} c ON c.id = s.client_id "
    f"JOIN {sql.name(Tenant)} t ON t.id = c.tenant_id WHERE s.id = %(secret)s",
)  # fmt: skip


def client_caller(claims: dict[str, Any], scope: str) -> Caller:
    """The caller behind a client's token, proven against the database: one query."""
    if claims["aud"] == WEBCHAT or "sid" not in claims:
        raise WrongResource
    rows = _PROOF.rows({"secret": claims["sid"]})
    found, client, tenant = rows[0] if rows else (None, None, None)
    if found is None or found.expired or client.client_id != claims.get("client_id"):
        raise TokenRefused("The token was revoked.")
    if not client.enabled or str(tenant.id) != claims["tenant"]:
        raise TokenRefused("The token was revoked.")
    if claims["aud"] != scope or client.scope != scope:
        raise WrongResource
    return Caller(tenant.id, client.client_id, client.role, found.id, scope, claims["exp"], fault_of(tenant))


def renewed_visitor(token: str) -> Visitor:
    """The visitor that a web-chat token stands for, also for a while after its end: who comes back is the same one."""
    found = visitor(read(token, even_ended=True))
    if found.expires + settings.WEBCHAT_RENEWAL_SECONDS <= clock.now().timestamp():
        raise TokenRefused("The token expired too long ago.")
    return found


def visitor(claims: dict[str, Any]) -> Visitor:
    """The visitor behind a web-chat token; raises `WrongResource` for tokens of clients."""
    integration, visitor_id = parse_guid(claims.get("iid")), parse_guid(claims.get("vid"))
    if claims["aud"] != WEBCHAT or integration is None or visitor_id is None:
        raise WrongResource
    return Visitor(uuid.UUID(claims["tenant"]), integration, visitor_id, claims["exp"])
