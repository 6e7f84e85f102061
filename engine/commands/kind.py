"""Calls of commands as a kind of work."""

from datetime import timedelta

from django.conf import settings

from engine.commands.call import commit, load
from engine.models import CommandCall
from engine.work import Kind

CALLS = 3  # of one command that a process makes at once

KIND = Kind(
    "command",
    CommandCall,
    load,
    commit,
    shared_by="tenant",
    limited_by="command",
    window=CALLS,
    drain=settings.HUBSTER_ATTEMPT_DEADLINE + 1,
    lease=timedelta(seconds=settings.HUBSTER_LEASE),
    most=settings.HUBSTER_SENDERS,
)
