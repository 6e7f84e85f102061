"""Sessions of members at the Portal API: opened by password, renewed by refresh token, ended by misuse.

A refresh token is `<session id>.<256 random bits>.<proof>`. The proof tells a token that was ours once from an
invented one, so that any token of a session that was used before is known as such, however long ago that was.
"""

import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import update_last_login

from hubster.lib import clock
from hubster.lib.crypto import secret_digest
from hubster.lib.ids import parse_guid
from portal.models import PortalSession, User

LIFE = timedelta(days=60)  # from the last use of a refresh token


class SessionOver(Exception):
    """The refresh token opens nothing: invented, used before, or its session has ended."""


class TenantOff(Exception):
    """The session is in force, but its tenant is disabled; it opens again when the tenant is enabled."""


def standing_of(user: User) -> str:
    """The hash on which a session stands. It changes with the password and with the tenant."""
    return secret_digest(f"standing:{user.get_session_auth_hash()}:{user.tenant_id}")


def in_force(session: PortalSession) -> bool:
    """True if the session's person may still act by it; says nothing of the tenant's state."""
    user = session.user
    if session.expired or not (user.is_active and user.tenant_id and user.role):
        return False
    return hmac.compare_digest(session.standing, standing_of(user))


def do_open_session(session: PortalSession) -> str:
    """Save a new session of a person whose password was right; its first refresh token."""
    user, now = session.user, clock.now()
    PortalSession.objects.filter(user=user, expires__lte=now).delete()
    token = _make_token(session.id)
    session.digest, session.standing, session.expires = secret_digest(token), standing_of(user), now + LIFE
    session.save(force_insert=True)
    update_last_login(None, user)  # type: ignore[arg-type]
    return token


def session_of(session_id: object) -> PortalSession | None:
    """The session with this id and all that it stands on: one query."""
    found = parse_guid(session_id)
    return PortalSession.objects.select_related("user__tenant").filter(pk=found).first() if found else None


def get_session_for(token: str) -> PortalSession:
    """The session that a refresh token opens; raises `SessionOver` or `TenantOff`.

    A token that was used before ends its session.
    """
    session = session_of(_proven(token))
    if session is None:
        raise SessionOver
    current = hmac.compare_digest(session.digest, secret_digest(token))
    tenant = session.user.tenant
    if not current or not in_force(session) or tenant is None:
        do_end_session(session)
        raise SessionOver
    if not tenant.enabled:
        raise TenantOff
    return session


def do_renew_session(session: PortalSession, token: str) -> str:
    """Replace the refresh token by the next one; raises `SessionOver`.

    One statement finds and replaces it, so of parallel uses one wins; the others are a use of a token that was
    used before, which ends the session (RFC 9700 section 4.14.2).
    """
    fresh, now = _make_token(session.id), clock.now()
    renewed = PortalSession.objects.filter(pk=session.pk, digest=secret_digest(token)).update(
        digest=secret_digest(fresh), expires=now + LIFE, modified=now
    )
    if not renewed:
        do_end_session(session)
        raise SessionOver
    return fresh


def do_end_session(session: PortalSession) -> None:
    """Its refresh token and all its access tokens are refused from now on."""
    PortalSession.objects.filter(pk=session.pk).delete()


def _make_token(session_id: UUID) -> str:
    bare = f"{session_id.hex}.{secrets.token_urlsafe(32)}"
    return f"{bare}.{_proof(bare)}"


def _proof(bare: str) -> str:
    return secret_digest(f"refresh:{bare}")[:32]


def _proven(token: str) -> UUID:
    """The session id in a refresh token that we made at some time; raises `SessionOver`."""
    bare, _, proof = token.rpartition(".")
    session_id = parse_guid(bare.partition(".")[0])
    if session_id is None or not hmac.compare_digest(proof.encode(), _proof(bare).encode()):
        raise SessionOver
    return session_id
