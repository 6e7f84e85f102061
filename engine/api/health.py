"""/healthz and /readyz, for whoever restarts or routes."""

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from engine.api import writable
from engine.work import backlog

_seen_applied: list[bool] = []  # once they are, they are for as long as this process has its code


@csrf_exempt  # no cookie is read here, so a wrong method gets 405 and no page about cookies
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@csrf_exempt  # no cookie is read here, so a wrong method gets 405 and no page about cookies
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when messages and files can be accepted, and how work flows (broker, age of the oldest due row).

    Database and disks decide: without the broker messages are still accepted, and handled once it is back.
    """
    answer: dict[str, object] = {"status": "unavailable", "broker": _broker()}
    try:
        applied = _migrations_are_applied()
        answer.update(database="ok", migrations="applied" if applied else "missing")
        if applied:
            answer.update(oldestDueSeconds=max(backlog.oldest_due(), backlog.oldest_waiting()))
            proofs = writable.proofs()
            answer.update(proofs, status="unavailable" if "failed" in proofs.values() else "ok")
    except (DatabaseError, InterfaceError):
        answer["database"] = "unreachable"
    return JsonResponse(answer, status=200 if answer["status"] == "ok" else 503)


def _migrations_are_applied() -> bool:
    if not _seen_applied:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _seen_applied.append(True)
    return True


def _broker() -> str:
    if settings.EMBEDDED:
        return "embedded"
    try:
        Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except RedisError:
        return "unreachable"
    return "ok"
