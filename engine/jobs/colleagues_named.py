"""Job: names of the people who answer in workspaces."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from engine.adapters._connecting import Refused
from engine.models import Colleague
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from hubster.lib.http import NetworkError
from portal.actions.workspaces import author

PURPOSE = _("Asks Slack for the names of agents who reply there.")
EVERY = timedelta(seconds=20)
KNOWN, UNKNOWN, AWAY = timedelta(days=7), timedelta(days=1), timedelta(minutes=5)  # until it is asked again
MOST = 30  # of a run: Slack allows some dozens a minute


def run() -> Iterator[int]:
    """Those who wait longest first."""
    due = Colleague.objects.filter(ask__lte=clock.now()).select_related("integration__hub").order_by("ask", "pk")[:MOST]
    for row in list(due):
        Colleague.objects.filter(pk=row.pk).update(**_asked(row))
        yield 1


def _asked(row: Colleague) -> dict[str, Any]:
    try:
        found = author(row.integration, row.external_id)
    except NetworkError:
        return {"ask": _after(AWAY)}
    except (Refused, HubsterError):
        return {"ask": _after(UNKNOWN)}
    return {"name": found.name[:200] or row.name, "ask": _after(KNOWN)}


def _after(pause: timedelta) -> datetime:
    return clock.now() + pause
