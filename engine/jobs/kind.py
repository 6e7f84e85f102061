"""Runs of periodic jobs as a kind of work."""

from datetime import timedelta

from engine.jobs.runs import commit, load
from engine.models import Job
from engine.work import Kind

KIND = Kind("job", Job, load, commit, lease=timedelta(minutes=1), drain=5.0)
