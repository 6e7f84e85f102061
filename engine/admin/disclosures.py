"""The report of a month: when each customer of a hub was told that a bot replies, and in which way."""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.core.handlers.asgi import ASGIRequest
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBadRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from engine.models import Disclosure
from hubster.lib import clock
from hubster.lib.ids import parse_guid
from portal.access import staff_hubs
from portal.admin.roles import Rank, rank_of
from portal.models import Hub

PAGE = 500  # rows that are in memory at once
_MONTH = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])")
_FORMULA = re.compile(r"[=+\-@\t\r]")


@require_safe
def _report(request: HttpRequest, hub_id: str) -> HttpResponseBase:
    """A CSV file of one month (`?month=2026-11`, in UTC), row by row as it is read."""
    guid = parse_guid(hub_id)
    if rank_of(request.user) < Rank.MANAGER or guid is None:
        raise Http404
    hub: Hub | None = staff_hubs(request.user).filter(pk=guid).first()  # type: ignore[arg-type]
    if hub is None:
        raise Http404
    month = request.GET.get("month") or f"{clock.now():%Y-%m}"
    if not _MONTH.fullmatch(month):
        return HttpResponseBadRequest(_("Give the month as 2026-11."), content_type="text/plain; charset=utf-8")
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="disclosures-{month}.csv"',
        "Cache-Control": "no-store",
    }
    pages = _pages(rows_of(hub, month))
    return StreamingHttpResponse(_in_threads(pages) if isinstance(request, ASGIRequest) else pages, headers=headers)


report = admin.site.admin_view(_report)


def rows_of(hub: Hub, month: str) -> QuerySet[Disclosure]:
    """The disclosures that were told in a month, the oldest first."""
    year, number = map(int, month.split("-"))
    start = datetime(year, number, 1, tzinfo=UTC)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    rows = Disclosure.objects.filter(hub=hub, told__gte=start, told__lt=end).order_by("told", "pk")
    return rows.select_related("conversation__integration").defer("conversation__integration__configuration")


def _pages(rows: QuerySet[Disclosure]) -> Iterator[bytes]:
    """The file, as many lines at a time as are read at once."""
    yield _text([_heading()])
    found = list(rows[:PAGE])
    while found:
        yield _text([_cells(row) for row in found])
        last = found[-1]
        found = list(rows.filter(Q(told__gt=last.told) | Q(told=last.told, pk__gt=last.pk))[:PAGE])


async def _in_threads(pages: Iterator[bytes]) -> AsyncIterator[bytes]:
    """For a server with an event loop, which would read all pages before it sends the first."""
    read = sync_to_async(lambda: next(pages, b""))
    while page := await read():
        yield page


def _heading() -> list[str]:
    return [
        _("Conversation"), _("Channel"), _("Integration"), _("Bot's message"), _("Told"), _("Way"), _("Occasion"),
        _("Language"), _("Text"),
    ]  # fmt: skip


def _cells(row: Disclosure) -> list[str]:
    end = row.conversation.integration
    said = clock.iso(clock.from_ms(row.event_id))
    told = clock.iso(row.told) if row.told else ""
    way, reason = str(row.get_way_display()), str(row.get_reason_display())
    return [str(row.conversation_id), end.channel, end.name, said, told, way, reason, row.language, row.text]


def _text(rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as CSV; what a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in row])
    return out.getvalue().encode()
