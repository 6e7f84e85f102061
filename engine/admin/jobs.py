"""The periodic jobs in the admin, for operators: how each is doing, and a button that has one run now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from engine.actions.jobs import do_run_soon
from engine.admin.words import BAD, CALM, GOOD, WAIT, Words, period, span
from engine.jobs import Periodic, all_jobs
from engine.models import Job
from hubster.lib import clock
from portal.admin.roles import is_operator

OVERDUE = timedelta(minutes=1)  # a worker looks every few seconds
_STATES = {
    "new": Words(gettext_lazy("Not run yet"), CALM, gettext_lazy("No worker has picked it up yet.")),
    "running": Words(gettext_lazy("Running"), WAIT),
    "overdue": Words(gettext_lazy("Overdue"), BAD, gettext_lazy("No worker has picked it up.")),
    "failing": Words(gettext_lazy("Failing"), BAD, gettext_lazy("The last run failed. It runs again as scheduled.")),
    "due": Words(gettext_lazy("Due"), CALM, gettext_lazy("A worker runs it within seconds.")),
    "well": Words(gettext_lazy("Healthy"), GOOD),
}


@dataclass(frozen=True)
class Line:
    """A job as the page shows it. What is not known is None or empty."""

    job: Periodic
    row: Job | None
    state: str
    ended: datetime | None  # of the last run, however it ended
    took: str
    every: str

    @property
    def words(self) -> Words:
        return _STATES[self.state]

    @property
    def handled(self) -> str:
        """Rows of the last run."""
        return f"{self.row.handled:,}" if self.row else "0"

    @property
    def may_run(self) -> bool:
        """True if the button makes sense."""
        return self.state in ("well", "failing")


def lines(now: datetime) -> list[Line]:
    """Every job; one query."""
    rows = {row.name: row for row in Job.objects.all()}
    return [_line(job, rows.get(name), now) for name, job in sorted(all_jobs().items())]


def _line(job: Periodic, row: Job | None, now: datetime) -> Line:
    state = state_of(row, now)
    ended = max((end for end in (row.ended, row.failed) if end), default=None) if row else None
    took = ""
    if row and row.started and state == "running":
        took = _("%(span)s so far") % {"span": span(now - row.started)}
    elif row and row.started and ended and ended >= row.started:
        took = span(ended - row.started)
    return Line(job, row, state, ended, took, period(job.every))


def state_of(row: Job | None, now: datetime) -> str:
    """One of the states; a job whose process died is due when its lease is over, and then overdue."""
    if row is None or row.due is None:
        return "new"
    if row.is_held(now):
        return "running"
    free = max(row.due, row.lease_until or row.due)
    if free <= now:
        return "overdue" if free <= now - OVERDUE else "due"
    return "failing" if row.error else "well"


def troubled_count(user: Any) -> int:
    """Jobs that fail or that nobody takes."""
    return sum(line.state in ("failing", "overdue") for line in lines(clock.now()))


# --- pages ---------------------------------------------------------------------------------------------------
def for_operators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever is signed out signs in; whoever is no operator is refused: jobs are of the whole installation."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_operator(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(inner)


def _context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    return {**admin.site.each_context(request), **more}


@for_operators
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """All jobs, the troubled ones said above as well."""
    found = lines(clock.now())
    overdue, failing = ([line for line in found if line.state == state] for state in ("overdue", "failing"))
    context = _context(request, title=_("Jobs"), lines=found, overdue=overdue, failing=failing)
    return TemplateResponse(request, "engine/admin/jobs.html", context)


@for_operators
@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, name: str) -> HttpResponse:
    """Ask, then have it run."""
    job = all_jobs().get(name)
    if job is None:
        raise Http404
    if request.method == "POST":
        if do_run_soon(name):
            messages.success(request, _("%(job)s will run within seconds.") % {"job": name})
        else:
            messages.warning(request, _("Nothing changed: %(job)s is already running or due.") % {"job": name})
        return redirect("jobs")
    context = _context(
        request, title=_("Run a job now"), question=_("Run %(job)s now?") % {"job": name}, verb=_("Run now"),
        back=reverse("jobs"), harmless=True,
        consequence=_("%(purpose)s It runs once now, then %(period)s as before.")
        % {"purpose": job.purpose, "period": period(job.every)},
    )  # fmt: skip
    return TemplateResponse(request, "portal/admin/confirm.html", context)
