"""Files that providers keep for a while as a kind of work."""

from datetime import timedelta

from django.conf import settings

from engine.files.media import commit, load
from engine.models import MediaFetch
from engine.work import Kind

KIND = Kind(
    "media",
    MediaFetch,
    load,
    commit,
    shared_by="tenant",
    limited_by="integration",
    window=4,
    drain=settings.HUBSTER_ATTEMPT_DEADLINE + 1,
    lease=timedelta(seconds=settings.HUBSTER_LEASE),
    batch=20,
    most=50,
)
