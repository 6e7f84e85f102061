"""HTTP habits that hold for every page and call: security headers, optional trailing slashes, error pages."""

import ipaddress
import re
import sys
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hubster.lib.body_limits import Refusal
from hubster.lib.errors import Fault, HubsterError
from hubster.lib.log import tracking_id
from hubster.lib.pool import is_away

API_PREFIXES = {"/api/v1/conversations": "ENG", "/api/v1/interactions": "ENG", "/api/v1/events": "EVT",
                "/api/v1/contacts": "ENG",
                "/api/v1/integrations/web-chat": "ENG", "/inbound/": "ENG", "/bots/": "ENG", "/engine-chat-hub": "EVT",
                "/connect/": "IDT", "/.well-known/": "IDT", "/api/": "PRT"}  # fmt: skip
_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data: https:; media-src 'self' https:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
)
_STRICT = _PAGE_POLICY + "script-src 'self'; style-src 'self'"
# The admin's toolkit evaluates expressions in attributes (Alpine) and sets style attributes.
_ADMIN = _PAGE_POLICY + "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'"

_ENGINE_OF_HUBS = re.compile(r"/api/v1/hubs/[^/]+/preview/?")
REFUSAL = "hubster.refusal"  # where a WSGI server says why it did not wait for all of a request


def api_prefix(path: str) -> str | None:
    """The error prefix of an API path, None for a page."""
    if _ENGINE_OF_HUBS.fullmatch(path):
        return "ENG"
    return next((prefix for start, prefix in API_PREFIXES.items() if path.startswith(start)), None)


def address_of(request: HttpRequest) -> str | None:
    """The caller's network address. A forwarded one counts only as far as our own proxies wrote it."""
    return client_address(str(request.META.get("REMOTE_ADDR") or ""), str(request.headers.get("X-Forwarded-For") or ""))


def client_address(peer: str, forwarded: str) -> str | None:
    """The network address behind a connection's peer and its X-Forwarded-For; None when it is none."""
    proxies = settings.HUBSTER_TRUSTED_PROXIES
    return _client_address(peer, forwarded if proxies else "", proxies)


@lru_cache(maxsize=1_000)
def _client_address(peer: str, forwarded: str, proxies: int) -> str | None:
    shown = peer
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    if proxies and hops:
        shown = hops[-min(proxies, len(hops))]
    try:
        return str(ipaddress.ip_address(shown))
    except ValueError:
        return None


@lru_cache(maxsize=1_000)
def network_of(address: str | None) -> str:
    """The part of an address that counts as one caller: of IPv6 the /64, the least that anybody is given."""
    if address is None:
        return "unknown"
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), 64), strict=False))


def _socket_origin(request: HttpRequest) -> str:
    """Where a page's websockets go: its own host, as not every browser takes `'self'` for it; '' for none of ours."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    return f"{'wss' if settings.PUBLIC_URL.startswith('https://') else 'ws'}://{host}"


class HeadersMiddleware:
    """Adds the content policy of pages; APIs are never cached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the headers set."""
        response = self.get_response(request)
        if response.status_code == 405 and not response.get("Content-Type", "").startswith("application/json"):
            response = _not_allowed(request, response)
        if api_prefix(request.path):
            response.headers.setdefault("Cache-Control", "no-store")
        elif str(response.get("Content-Type", "")).startswith("text/html"):
            admin = request.path.startswith("/admin") and not request.path.startswith("/admin/desk")
            policy = f"{_ADMIN if admin else _STRICT}; connect-src 'self' {_socket_origin(request)}".rstrip()
            response.headers.setdefault("Content-Security-Policy", policy)
        return response


class SlashMiddleware:
    """Makes the trailing slash optional on every API path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as if the slash had not been there."""
        if request.path_info.endswith("/") and api_prefix(request.path_info):
            request.path_info = request.path_info.removesuffix("/")
        return self.get_response(request)


def refusal_of(request: HttpRequest) -> Refusal | None:
    """Why the server did not wait for all of a request."""
    scope = getattr(request, "scope", None)
    found: Refusal | None = request.META.get(REFUSAL) if scope is None else scope.get("state", {}).get("refusal")
    return found


class RefusalMiddleware:
    """Answers what the server refused before all of it had arrived; pages of other origins may read it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the refusal if there is one."""
        refusal = refusal_of(request)
        if refusal is None:
            return self.get_response(request)
        response = _error(request, refusal.status, refusal.digits, refusal.text, _("Request not accepted"))
        if refusal.retry_after:
            response["Retry-After"] = str(refusal.retry_after)
        return response


def _error(
    request: HttpRequest, status: int, digits: str, text: str, title: str, advice: str | None = None
) -> HttpResponse:
    """In the API's shape with `text`, or as a page with `title` and `advice`; the page repeats `text` without one."""
    prefix = api_prefix(request.path)
    if prefix:
        code = "IDT000100" if prefix == "IDT" else "EVT000100" if prefix == "EVT" else f"{prefix}000{digits}"
        return JsonResponse(HubsterError(Fault(code, text=text), status=status).body(), status=status)
    return render(request, "error.html", {"title": title, "text": text if advice is None else advice}, status=status)


def _not_allowed(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """Django's own 405 has no body; this one says which methods there are."""
    allowed = response.get("Allow", "")
    text = f"Method {request.method} is not allowed here; use {allowed}."
    shown = _error(request, 405, "110", text, _("Method not allowed"))
    shown["Allow"] = allowed
    return shown


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 in the shape that fits the path."""
    return _error(
        request,
        404,
        "105",
        "Requested resource was not found.",
        _("Page not found"),
        _("It may have been moved or deleted."),
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400 of Django itself, for example an unknown host name; 413 when the body is over the limit."""
    if isinstance(exception, RequestDataTooBig):
        return _error(request, 413, "207", "The body is too large.", _("Request too large"))
    return _error(request, 400, "202", "The request cannot be read.", _("Bad request"))


def server_error(request: HttpRequest) -> HttpResponse:
    """500 without internals; 503 when the database is away."""
    text = f"System Error. Tracking id {tracking_id()}."
    if is_away(sys.exc_info()[1]):
        text = f"The service is unavailable; nothing was stored, try again. Tracking id {tracking_id()}."
        away = _("Nothing was saved. Reload this page in a few seconds. Tracking ID: %(id)s") % {"id": tracking_id()}
        response = _error(request, 503, "100", text, _("We’ll be back in a moment"), away)
        response["Retry-After"] = "2"
        return response
    failed = _("Try again. If it happens again, tell your operator this tracking ID: %(id)s") % {"id": tracking_id()}
    return _error(request, 500, "100", text, _("Something went wrong"), failed)
