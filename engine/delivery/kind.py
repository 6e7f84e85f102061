"""Deliveries as a kind of work: a lane is one row of it."""

from datetime import timedelta

from django.conf import settings

from engine.delivery.load import load
from engine.delivery.store import commit
from engine.models import Lane
from engine.work import Kind

WINDOW = 16  # calls to one endpoint at once, while it answers quickly

KIND = Kind(
    "delivery",
    Lane,
    load,
    commit,
    shared_by="tenant",
    limited_by="destination",
    window=WINDOW,
    drain=settings.HUBSTER_ATTEMPT_DEADLINE + 1,
    lease=timedelta(seconds=settings.HUBSTER_LEASE),
    batch=200,
    most=settings.HUBSTER_SENDERS,
)
