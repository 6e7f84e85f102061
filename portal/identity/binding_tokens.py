"""Binding tokens: JWTs by which a business vouches for who a web-chat visitor is (see docs/visitors.md)."""

from collections.abc import Iterable
from typing import Any

import jwt
from django.conf import settings
from django.db.models import Q

from hubster.lib import clock
from hubster.lib.errors import HubsterError, fail
from portal.models import Integration, SigningKey

MOST_SECONDS = 86_400  # from now until a token's `exp`
MAX_LENGTH = 8_192  # characters
_LAST_MOMENT = 1e11  # seconds since 1970: the year 5138
_BY_US: jwt.types.Options = {
    "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_sub": False,
}  # fmt: skip


def check(token: str, binding: str, integration: Integration) -> None:
    """Raises ENG000102 unless the business signed `token` for this binding, and for about now."""
    claims = _claims(token, integration)
    if claims.get("sub") != binding:
        raise _refused("its 'sub' must be the same text as 'binding'")
    now = clock.now().timestamp()
    ends, begins = _moment(claims, "exp"), _moment(claims, "nbf")
    if ends is None:
        raise _refused("it needs an 'exp', in seconds since 1970")
    if ends <= now:
        raise _refused("it has expired; sign a new one each time the page is served")
    if ends - now > MOST_SECONDS + settings.HUBSTER_CLOCK_LEEWAY:
        raise _refused(f"its 'exp' may be {MOST_SECONDS // 3600} hours from now at most")
    if begins is None and claims.get("nbf") is not None:
        raise _refused("its 'nbf' must be in seconds since 1970")
    if begins is not None and clock.lies_ahead(begins):
        raise _refused("its 'nbf' lies in the future")


def _claims(token: str, integration: Integration) -> dict[str, Any]:
    """The claims, once a key of the token's own algorithm has signed them: a public key is never taken for a secret."""
    if len(token) > MAX_LENGTH:
        raise _refused(f"it is longer than {MAX_LENGTH} characters")
    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
    except (jwt.PyJWTError, ValueError):
        raise _refused("it is not a JWT") from None
    if algorithm not in ("HS256", "RS256"):
        raise _refused("it must be signed with HS256 or RS256")
    for key in _keys(algorithm, integration):
        try:
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm], options=_BY_US)
        except (jwt.PyJWTError, ValueError):
            continue
        return claims
    whose = "a private signing key of the integration" if algorithm == "HS256" else "the hub's 'bindingPublicKey'"
    raise _refused(f"its signature does not match {whose}")


def _keys(algorithm: str, integration: Integration) -> Iterable[str]:
    if algorithm == "RS256":
        return [integration.hub.binding_public_key] if integration.hub.binding_public_key else []
    good = Q(expires__isnull=True) | Q(expires__gt=clock.now())
    return SigningKey.objects.filter(good, integration=integration).values_list("private_key", flat=True)


def _moment(claims: dict[str, Any], name: str) -> float | None:
    """Seconds since 1970; None when there is none, or no such moment."""
    value = claims.get(name)
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LAST_MOMENT
    return value if known else None


def _refused(reason: str) -> HubsterError:
    return fail("ENG000102", "bindingToken", f"is not valid: {reason}.")
