"""The base of the ledger's pages: read-only, and quick however much was said."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.paginator import InfinitePaginator

from portal.admin.base import TenantAdmin
from portal.admin.roles import Rank


def moment(event_id: int) -> datetime | None:
    """The time in an eventId; None for a conversation in which nothing was said."""
    return datetime.fromtimestamp(event_id / 1000, UTC) if event_id else None


def is_list(request: HttpRequest) -> bool:
    """Whether a list is asked for, not a single page."""
    match = request.resolver_match
    return bool(match and str(match.url_name).endswith("_changelist"))


class LedgerAdmin(TenantAdmin):
    """Nothing here is added, changed or deleted by hand; each row has a page that explains it."""

    view_rank = Rank.AGENT
    detail_template: ClassVar[str]
    paginator = InfinitePaginator
    sortable_by = ()
    list_display_links: Any = None

    def detail(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of a row shows."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of one row."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": str(row),
            **self.detail(request, row),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.detail_template, context)
