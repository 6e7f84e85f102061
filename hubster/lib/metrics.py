"""Metrics of each process for Prometheus. Labels are names from our own code: never ids, names or raw paths.

Every process counts for itself and is asked by itself; what is in the database is looked up when somebody asks.
"""

import logging
from collections.abc import Iterator
from wsgiref.simple_server import WSGIServer

from django.conf import settings
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.metrics_core import Metric

log = logging.getLogger("hubster.metrics")
disable_created_metrics()  # type: ignore[no-untyped-call]
_registry = CollectorRegistry()
ProcessCollector(registry=_registry)
_QUICK = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)
_ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

REQUESTS = Counter(
    "hubster_http_requests", "Answers given.", ["resource", "route", "method", "status"], registry=_registry
)
REQUEST_SECONDS = Histogram(
    "hubster_http_request_seconds", "Time to an answer.", ["resource", "route"], registry=_registry, buckets=_ANSWERS
)
REFUSALS = Counter("hubster_refusals", "Requests refused for their number.", ["limit"], registry=_registry)
ACCEPTED = Counter("hubster_activities_accepted", "Activities stored.", ["channel"], registry=_registry)
PARKED = Counter(
    "hubster_activities_parked", "Activities set aside because the pipeline failed repeatedly.", registry=_registry
)
STEP_SECONDS = Histogram(
    "hubster_pipeline_step_seconds", "Time of a pipeline step.", ["step"], registry=_registry, buckets=_QUICK
)
ATTEMPTS = Counter("hubster_attempts", "Attempts to deliver that ended.", ["outcome"], registry=_registry)
WEBHOOKS = Counter("hubster_webhooks", "Requests of providers.", ["channel", "result"], registry=_registry)
SOCKETS = Gauge("hubster_open_sockets", "Open websockets.", ["protocol"], registry=_registry)


class _WithRole:
    """The process's own numbers, each with the role of the process."""

    role = ""

    def collect(self) -> Iterator[Metric]:
        """The metrics with one label more: cheaper here than with every count."""
        role = self.role or ("embedded" if settings.EMBEDDED else "web")
        for metric in _registry.collect():
            for sample in metric.samples:
                sample.labels["role"] = role
            yield metric


own = _WithRole()


def serve_as_worker(port: int) -> WSGIServer | None:
    """Call this process a worker, and show its numbers at a port of this machine; None when it has none or is taken."""
    own.role = "worker"
    registry = CollectorRegistry()
    registry.register(own)
    try:
        return start_http_server(port, addr="127.0.0.1", registry=registry)[0] if port else None
    except OSError as fault:
        log.error("the port for metrics cannot be used", extra={"port": port, "fault": type(fault).__name__})
        return None
