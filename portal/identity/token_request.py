"""The form of a token request, and the credential that it tries. Nothing secret is looked at here."""

import base64
import binascii
from urllib.parse import unquote_plus

from django.http import HttpRequest, QueryDict

from hubster.lib.middleware import address_of
from portal.identity.guessing import MEMBER, Try
from portal.identity.members import PORTAL_CLIENT
from portal.models import User

# What each grant needs besides the client's own credentials.
GRANTS = {"client_credentials": (), "password": ("username", "password"), "refresh_token": ("refresh_token",)}
_ONCE = ("grant_type", "client_id", "client_secret", "scope", "username", "password", "refresh_token")


def fault_of(form: QueryDict) -> tuple[str, str] | None:
    """(OAuth error, description) of a form that cannot be a token request; None when it can."""
    twice = [name for name in _ONCE if len(form.getlist(name)) > 1]
    if twice:
        return "invalid_request", f"Send each parameter once; sent more than once: {', '.join(twice)}."
    grant = form.get("grant_type")
    if not grant:
        return "invalid_request", f"grant_type is missing; send one of {', '.join(GRANTS)}."
    if grant not in GRANTS:
        return "unsupported_grant_type", f"grant_type must be one of {', '.join(GRANTS)}."
    missing = [name for name in GRANTS[grant] if not form.get(name)]
    if missing:
        return "invalid_request", f"Missing for this grant_type: {', '.join(missing)}."
    return None


def try_of(request: HttpRequest) -> Try:
    """The credential that is tried: a member's password or session, else the credentials of a client."""
    header = basic_credentials(request.headers.get("Authorization", ""))
    client_id = header[0] if header else request.POST.get("client_id", "")
    address, grant = address_of(request), request.POST["grant_type"]
    if grant == "password" and is_portal_client(client_id):
        return Try(MEMBER, User.normalize_username(request.POST["username"]), address)
    # One client's stale token is not its neighbour's fault.
    if grant == "refresh_token" and is_portal_client(client_id):
        return Try("session", request.POST["refresh_token"].partition(".")[0], address)
    return Try("client", client_id, address)


def is_portal_client(client_id: str) -> bool:
    """True if it is the public client that all members sign in with; ids are matched in any case."""
    return client_id.lower() == PORTAL_CLIENT.client_id


def basic_credentials(header: str) -> tuple[str, str] | None:
    """(client id, secret) of an `Authorization: Basic` header, RFC 6749 section 2.3.1; None when it is none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(user), unquote_plus(password)
