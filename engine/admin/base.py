"""The base of the ledger's pages: read-only, and quick however much was said."""

from datetime import UTC, datetime

from django.http import HttpRequest

from portal.admin.detail import DetailAdmin
from portal.admin.roles import Rank


def moment(event_id: int) -> datetime | None:
    """The time in an eventId; None for a conversation in which nothing was said."""
    return datetime.fromtimestamp(event_id / 1000, UTC) if event_id else None


def is_list(request: HttpRequest) -> bool:
    """Whether a list is asked for, not a single page."""
    match = request.resolver_match
    return bool(match and str(match.url_name).endswith("_changelist"))


class LedgerAdmin(DetailAdmin):
    """What was said and sent: open to everybody of the tenant, changed by nobody."""

    view_rank = Rank.AGENT
