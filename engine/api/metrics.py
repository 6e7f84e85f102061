"""/metrics in the text format of Prometheus: what this process counted, and what the database holds now."""

import hmac
import ipaddress
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from engine.models import Endpoint, Job
from engine.work import backlog
from hubster.lib import metrics

MOST = 100_000  # counts stop here, so that a backlog does not make looking at it slow
_LOCAL_NAMES = {"127.0.0.1", "localhost", "[::1]"}
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")


@csrf_exempt  # no cookie is read here, so a wrong method gets 405 and no page about cookies
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """GET /metrics, for this machine and for whoever has the token; for all others it is not there."""
    if not (_has_token(request) or _is_local(request)):
        raise Http404
    registry = CollectorRegistry()
    registry.register(metrics.own)
    registry.register(_Database())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    wanted = settings.HUBSTER_METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    return bool(wanted) and hmac.compare_digest(given.encode(), f"Bearer {wanted}".encode())


def _is_local(request: HttpRequest) -> bool:
    """A reverse proxy on this machine calls from here too: it passes on the host's name, or names whom it asks for."""
    try:
        here = ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "").is_loopback
    except ValueError:
        return False
    name, _ = split_domain_port(request.get_host())
    return here and name in _LOCAL_NAMES and not any(header in request.headers for header in _FORWARDED)


class _Database(Collector):
    """Looked up when somebody asks: the same in every process."""

    def collect(self) -> Iterator[Metric]:
        """A handful of queries, each served by an index or by a table of few rows."""
        yield _gauge(
            "hubster_deliveries_pending", "Deliveries not sent yet; counted to 100000.",
            _counted(backlog.pending_deliveries()),
        )  # fmt: skip
        yield _gauge(
            "hubster_calls_waiting", "Calls of commands that are due; counted to 100000.",
            _counted(backlog.waiting_calls()),
        )  # fmt: skip
        yield _gauge(
            "hubster_oldest_due_seconds", "How long the oldest due lane or call has waited.", backlog.oldest_due()
        )
        yield _gauge(
            "hubster_activities_waiting", "Activities that the pipeline has not handled; counted to 100000.",
            _counted(backlog.waiting_activities()),
        )  # fmt: skip
        yield _gauge("hubster_oldest_waiting_seconds", "Age of the oldest of them.", backlog.oldest_waiting())
        paused = Endpoint.objects.filter(paused__isnull=False).count()
        yield _gauge("hubster_endpoints_paused", "Endpoints to which nothing is sent.", paused)
        yield from _jobs()


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _counted(rows: QuerySet[Any]) -> int:
    return rows[:MOST].count()


def _jobs() -> Iterator[Metric]:
    name = "hubster_job_last_success_timestamp_seconds"
    success = GaugeMetricFamily(name, "End of the last good run.", labels=["job"])
    failed = GaugeMetricFamily("hubster_job_failed", "1 when the last run failed.", labels=["job"])
    for job in Job.objects.all():
        if job.ended:
            success.add_metric([job.name], job.ended.timestamp())
        failed.add_metric([job.name], 1 if job.error else 0)
    yield success
    yield failed
