"""/healthz and /readyz, for whoever restarts or routes."""

from datetime import datetime

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from redis import Redis
from redis.exceptions import RedisError

from engine.models import Activity, Lane
from hubster.lib import clock


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Whether messages can be accepted (database) and how work flows (broker, age of the oldest due row).

    Only the database decides: without the broker messages are still accepted, and handled once it is back.
    """
    answer: dict[str, object] = {"status": "ok", "broker": _broker()}
    try:
        answer["oldestDueSeconds"] = oldest_due_seconds()
        answer["database"] = "ok"
    except DatabaseError:
        answer.update(status="unavailable", database="unreachable")
    return JsonResponse(answer, status=200 if answer["status"] == "ok" else 503)


def oldest_due_seconds() -> float:
    """How long the oldest waiting activity or due lane has waited, in seconds; 0 when nothing waits."""
    now = clock.now()
    waiting = Activity.objects.filter(state=Activity.State.ACCEPTED).order_by("modified")
    lanes = Lane.objects.filter(due__lte=now).order_by("due")
    found: list[datetime] = [*waiting.values_list("modified", flat=True)[:1]]
    found += [due for due in lanes.values_list("due", flat=True)[:1] if due]
    return round(max(((now - moment).total_seconds() for moment in found), default=0.0), 1)


def _broker() -> str:
    if settings.EMBEDDED:
        return "embedded"
    try:
        Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except RedisError:
        return "unreachable"
    return "ok"
