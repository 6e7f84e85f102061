"""Limits the requests of a caller: per API client or visitor, and together with the others of its tenant.

Anybody can become a visitor, as often as they like: so visitors have a counter of their tenant's for themselves, and
one by network address.
"""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from hubster.lib import rate
from hubster.lib.middleware import address_of, network_of
from portal.identity.tokens import Caller, Visitor

VISITORS_OF_ADDRESS = 10  # an address may be a whole office's: as much as so many visitors


def _limits(request: Request) -> list[tuple[str, int]]:
    """(counter, requests per minute) of everything that a request counts for."""
    caller, network = request.user, network_of(address_of(request._request))
    if isinstance(caller, Caller):
        own = (caller.name, settings.HUBSTER_RATE_CLIENT)
        return [own, (f"tenant:{caller.tenant_id}", settings.HUBSTER_RATE_TENANT)]
    if isinstance(caller, Visitor):
        own = (caller.name, settings.HUBSTER_RATE_VISITOR)
        near = (f"visitors-address:{network}", settings.HUBSTER_RATE_VISITOR * VISITORS_OF_ADDRESS)
        return [own, near, (f"visitors:{caller.tenant_id}", settings.HUBSTER_RATE_TENANT)]
    return [(f"address:{network}", settings.HUBSTER_RATE_ADDRESS)]


class CallerThrottle(BaseThrottle):
    """Counts the request for its caller first, for its tenant last: a refused caller uses up nothing of the others'."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """True if every limit allows it. The tightest is what the answer's headers tell."""
        self.tightest: rate.Rate | None = None
        for name, limit in _limits(request):
            if limit == 0:
                continue
            found = rate.count(name, limit)
            if self.tightest is None or found.remaining < self.tightest.remaining or not found.allowed:
                self.tightest = found
            if not found.allowed:
                break
        request.rate = self.tightest  # type: ignore[attr-defined]
        return self.tightest is None or self.tightest.allowed

    def wait(self) -> float | None:
        """Seconds until the next minute."""
        return self.tightest.reset if self.tightest else None
