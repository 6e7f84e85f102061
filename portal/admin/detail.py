"""The base of read-only pages: nothing is added, changed or deleted by hand; each row has a page that explains it."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.paginator import InfinitePaginator

from portal.admin.base import TenantAdmin


class DetailAdmin(TenantAdmin):
    """A list that stays quick however long it grows, and a page for each row in a template of its own."""

    detail_template: ClassVar[str]
    paginator = InfinitePaginator
    sortable_by = ()
    list_display_links: Any = None

    def detail(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The content of the page of a row."""
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
        context["heading"] = context["title"]
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.detail_template, context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Nobody changes such a row, so its own page tells all there is."""
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id]))
