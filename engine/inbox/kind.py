"""Webhooks of providers as a kind of work, an integration's inbox being one row; and questions about new customers."""

from datetime import timedelta

from django.conf import settings

from engine.inbox import profiles
from engine.inbox.parse import commit, load
from engine.models import InboxLane, ProfileRequest
from engine.work import Kind

# Everything is done within the round, so `commit` renews the leases itself.
KIND = Kind("inbox", InboxLane, load, commit, shared_by="tenant", lease=timedelta(seconds=30), batch=10, most=50)

PROFILES = Kind(
    "profile",
    ProfileRequest,
    profiles.load,
    profiles.commit,
    shared_by="tenant",
    limited_by="integration",
    window=4,
    drain=settings.HUBSTER_ATTEMPT_DEADLINE + 1,
    lease=timedelta(seconds=settings.HUBSTER_LEASE),
    batch=20,
    most=50,
)
