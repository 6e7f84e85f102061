"""Webhooks of providers as a kind of work: an integration's inbox is one row of it."""

from datetime import timedelta

from engine.inbox.parse import commit, load
from engine.models import InboxLane
from engine.work import Kind

# Everything is done within the round, so `commit` renews the leases itself.
KIND = Kind("inbox", InboxLane, load, commit, shared_by="tenant", lease=timedelta(seconds=30), batch=10, most=50)
