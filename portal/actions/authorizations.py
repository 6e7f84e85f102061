"""Authorizations: a nonce is handed to a provider's page, comes back with a code, and is good once."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from engine.adapters._business import BusinessProvider
from engine.adapters._connecting import Refused
from hubster.lib import clock
from hubster.lib.errors import fail
from portal.models import Authorization, Hub, Integration, User

LIFE = timedelta(minutes=10)  # as long as the provider's code
_OURS = "hubster."  # how our nonces begin; others are the caller's own


def redirect_uri(adapter: BusinessProvider) -> str:
    """The address to which the provider sends people back."""
    return f"{settings.PUBLIC_URL}/integrations/{adapter.slug}/callback"


def do_begin(
    hub: Hub, adapter: BusinessProvider, person: User | None = None, name: str = "", row: Integration | None = None
) -> tuple[str, str]:
    """(the provider's page on which an owner agrees, the nonce that comes back).

    `row` is connected again; without it, a new integration gets the `name`. Raises PRT000103 where this installation
    has no app of the provider.
    """
    nonce = _OURS + secrets.token_urlsafe(32)
    try:
        url = adapter.authorize_url(nonce, redirect_uri(adapter))
    except Refused as fault:
        raise fail("PRT000103", text=f"{adapter.label} {fault.text}") from None
    Authorization.objects.filter(created__lt=clock.now() - LIFE).delete()
    Authorization.objects.create(
        digest=_digest(nonce), channel=adapter.name, hub=hub, integration=row, person=person, name=name,
        created=clock.now(),
    )  # fmt: skip
    return url, nonce


def find(nonce: str) -> Authorization | None:
    """The authorization of a nonce; None when it is none of ours, was used, or is too old."""
    rows = Authorization.objects.filter(digest=_digest(nonce), created__gte=clock.now() - LIFE)
    return rows.select_related("hub", "integration", "person").first()


def do_redeem(row: Integration, adapter: BusinessProvider, configuration: dict[str, Any]) -> dict[str, Any]:
    """The configuration for connecting `row`; a nonce of ours is used up by it. Raises PRT000202.

    A nonce of the caller's own is vouched for by the caller's token. Then nobody was sent to our address.
    """
    nonce = str(configuration["nonce"])
    if not nonce.startswith(_OURS):
        return configuration
    found = find(nonce)
    known = found and (found.channel, found.hub_id) == (adapter.name, row.hub_id)
    if not known or not Authorization.objects.filter(digest=_digest(nonce)).delete()[0]:
        text = _("is not known for this hub, was used before, or is older than ten minutes. Begin again.")
        raise fail("PRT000202", "configuration.nonce", text, quoted=True)
    return {**configuration, "redirectUri": redirect_uri(adapter)}


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode("utf-8", "replace")).hexdigest()
