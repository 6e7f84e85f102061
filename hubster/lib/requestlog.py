"""Gives every request an id, a line in the log and counts for the metrics.

Nothing that a caller wrote is repeated: no query, no body, no path but the pattern of its route.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from hubster.lib.log import about
from hubster.lib.metrics import REQUEST_SECONDS, REQUESTS
from hubster.lib.middleware import api_prefix

log = logging.getLogger("hubster.request")
HEADER = "X-Request-Id"
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_RESOURCES = {"ENG": "engine", "PRT": "portal", "EVT": "events", "IDT": "identity", None: "pages"}
# What says who calls, on whatever authentication found. A visitor's own id is a secret, a member's name may be mail.
_CALLER = {"tenant_id": "tenant", "client_id": "client", "user_id": "member", "integration_id": "integration"}


class RequestMiddleware:
    """The outermost one: what it sees is what the client gets."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the request's id in a header."""
        started = time.perf_counter()
        given = request.headers.get(HEADER, "")
        found = given if _PLAIN.fullmatch(given) else uuid.uuid4().hex
        with about(request=found):
            response = self.get_response(request)
            response[HEADER] = found
            _tell(request, response, time.perf_counter() - started)
        return response


def _tell(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    prefix, status = api_prefix(request.path), response.status_code
    resource, route = _RESOURCES[prefix], _route(request)
    method = request.method if request.method in _METHODS else "other"
    REQUESTS.labels(resource, route, method, status).inc()
    REQUEST_SECONDS.labels(resource, route).observe(seconds)
    if prefix and settings.HUBSTER_LOG_REQUESTS:
        told = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        log.info("request", extra={**told, **_caller(request)})


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return "/" + match.route.lstrip("^/") if match else "unknown"


def _caller(request: HttpRequest) -> dict[str, Any]:
    """By ids. A person of the admin's session is not asked for: that would be a query."""
    user = request.__dict__.get("user")
    known = getattr(type(user), "__dataclass_fields__", {})
    found = {shown: getattr(user, name) for name, shown in _CALLER.items() if name in known}
    return {name: value for name, value in found.items() if value}
