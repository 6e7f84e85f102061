"""The actor of a change: set by authentication, read by the audit log."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase

from hubster.lib.middleware import address_of

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@dataclass(frozen=True)
class Actor:
    """Somebody who changes things. `kind` is one of `AuditEntry.By`."""

    kind: str
    id: str = ""
    name: str = ""
    address: str | None = None  # of the network


SYSTEM = Actor("system", name="Hubster")


class ActorMiddleware:
    """Remembers the request that is being answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as if nothing had been remembered."""
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


def act_as(request: HttpRequest, kind: str, actor_id: str, name: str) -> None:
    """Say who is behind a request whose token was accepted."""
    request.hubster_actor = Actor(kind, actor_id, name, address_of(request))  # type: ignore[attr-defined]


def current() -> Actor:
    """Whoever acts now: the API's caller, the person signed in to the admin, or the platform itself."""
    request = _request.get()
    if request is None:
        return SYSTEM
    known: Actor | None = getattr(request, "hubster_actor", None)
    if known:
        return known
    person = getattr(request, "user", None)
    if person is not None and person.is_authenticated:
        return Actor("member", str(person.pk), person.get_username(), address_of(request))
    return SYSTEM
