"""Deletes what conversations hang on while they go on: nothing new is let in, and what is under way is waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Model, Q, QuerySet

from hubster.lib.errors import fail
from portal.actions import audit
from portal.models import Integration

TRIES = 5
_DEADLOCK = "40P01"  # PostgreSQL's code


@dataclass(frozen=True)
class Reach:
    """The rows that a deletion touches."""

    integrations: QuerySet[Integration]  # the integrations that go
    conversations: QuerySet[Any]  # those in which they take part
    conversations_go: bool = True  # whether these go with them


def do_delete(row: Model, shut: dict[str, Any], reach: Reach) -> None:
    """Delete a row under traffic. `shut` are the values that have nothing new accepted.

    Raises PRT000109 when something was written again and again meanwhile; then everything is as it was.
    """
    with _shut(row, shut):
        for _ in range(TRIES):
            try:
                return _do_try(row, reach)
            except IntegrityError:  # somebody wrote what hangs on it after it was collected
                continue
            except OperationalError as fault:
                if getattr(fault.__cause__, "sqlstate", "") != _DEADLOCK:
                    raise
        text = f"'{row}' could not be deleted because it changes all the time. Nothing was changed. Try again."
        raise fail("PRT000109", text=text)


@contextmanager
def _shut(row: Model, values: dict[str, Any]) -> Iterator[None]:
    """Committed at once, so that others see it; no change of its own in the audit log. Taken back on a fault."""
    rows = row._meta.model._default_manager.filter(pk=row.pk)
    former = {name: getattr(row, name) for name in values}
    rows.update(**values)
    try:
        yield
    except BaseException:
        rows.filter(**values).update(**former)
        raise


def _do_try(row: Model, reach: Reach) -> None:
    if not reach.conversations_go:
        with transaction.atomic():  # who began before it was shut is waited for; the conversations then go on
            _wait(reach.conversations)
    with transaction.atomic():
        if reach.conversations_go:
            _wait(reach.conversations)
        _wait_for_deliveries(reach)
        audit.do_delete(row)


def _wait(conversations: QuerySet[Any]) -> None:
    """For those who say something. What the pipeline holds is called back: it begins anew, with what is there then."""
    _lock(conversations)
    lanes = apps.get_model("engine", "PipelineLane")._default_manager.filter(conversation__in=conversations)
    _lock(lanes)
    lanes.filter(lease_token__isnull=False).update(lease_token=None, lease_until=None)


def _wait_for_deliveries(reach: Reach) -> None:
    """For the senders. The rows of endpoints come before those of lanes, as there."""
    get_model, integrations = apps.get_model, Q(destination__in=reach.integrations)
    _lock(get_model("engine", "Endpoint")._default_manager.filter(integrations))
    which = integrations | Q(conversation__in=reach.conversations) if reach.conversations_go else integrations
    _lock(get_model("engine", "Lane")._default_manager.filter(which))


def _lock(rows: QuerySet[Any]) -> None:
    """Without the strongest lock: transactions that only refer to the rows are to end, not to wait."""
    list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
