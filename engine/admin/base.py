"""The base of the ledger's pages: read-only, and quick however much was said."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html

from portal.admin.detail import DetailAdmin
from portal.admin.roles import Rank


def moment(event_id: int) -> datetime | None:
    """The time in an eventId; None for a conversation in which nothing was said."""
    return datetime.fromtimestamp(event_id / 1000, UTC) if event_id else None


def is_list(request: HttpRequest) -> bool:
    """True if a list is asked for, not a single page."""
    match = request.resolver_match
    return bool(match and str(match.url_name).endswith("_changelist"))


def link(href: str, text: Any, more: str = "") -> str:
    """A link in a cell; `more` are classes beside the usual one."""
    return format_html('<a class="hub-link {}" href="{}">{}</a>', more, href, text)


class LedgerAdmin(DetailAdmin):
    """Messages and deliveries: open to everybody of the tenant, changed by nobody."""

    view_rank = Rank.AGENT
