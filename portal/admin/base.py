"""The base of every page of the admin: rows of one's own tenant, permissions by rank, faults as messages."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from hubster.lib.errors import HubsterError
from hubster.lib.keyset import capped_text
from hubster.lib.search import holding
from portal.access import staff_tenants
from portal.admin.columns import integration_name
from portal.admin.roles import Rank, is_operator, rank_of
from portal.models import Integration

_SAFE_LOOKUPS = {"exact", "isnull", "id", "in", "gte", "gt", "lte", "lt"}


class TenantAdmin(ModelAdmin):  # type: ignore[misc]
    """Shows and changes rows of the person's own tenant only. Operators see all tenants."""

    tenant_path: ClassVar[str]  # the lookup from a row to its tenant, for example `hub__tenant`
    view_rank: ClassVar[Rank] = Rank.MANAGER
    add_rank: ClassVar[Rank] = Rank.NEVER
    change_rank: ClassVar[Rank] = Rank.NEVER
    delete_rank: ClassVar[Rank] = Rank.NEVER
    operator_columns: ClassVar[Sequence[Any]] = ()  # columns and filters that only make sense across tenants

    empty_icon = "inbox"
    empty_title: Any = _("Nothing here yet")
    empty_text: Any = ""
    view_on_site = False  # no row has a page on a site, and the toolkits' models name pages that are not there
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each count would be a query over all rows
    list_per_page = 50
    list_fullwidth = True

    # --- rows -------------------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the person's tenant: lists, pages, history, autocompletion and actions all start here."""
        rows: QuerySet[Any] = super().get_queryset(request)
        tenants = staff_tenants(request.user)  # type: ignore[arg-type]
        return rows if tenants is None else rows.filter(**{f"{self.tenant_path}__in": tenants})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Rows that hold each word in one of `search_fields`, in any case and spelling of any alphabet."""
        return queryset.filter(holding(self.get_search_fields(request), search_term)), False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Choices, and so accepted values, are what the related page shows this person."""
        related = self.admin_site._registry.get(db_field.related_model)
        if "queryset" not in kwargs:
            known = isinstance(related, TenantAdmin)
            kwargs["queryset"] = related.get_queryset(request) if known else db_field.related_model.objects.none()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what a filter of this page asks for: no lookup may become an oracle on a secret column."""
        for item in self.get_list_filter(request):
            name = item[0] if isinstance(item, (list, tuple)) else item
            if lookup == getattr(name, "parameter_name", None):
                return True
            if isinstance(name, str) and (lookup == name or lookup.startswith(f"{name}__")):
                return set(lookup[len(name) :].split("__")) - {""} <= _SAFE_LOOKUPS
        return False

    # --- permissions ------------------------------------------------------------------------------------
    def has_module_permission(self, request: HttpRequest) -> bool:
        """True if the page appears at all."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return rank_of(request.user) >= self.view_rank

    def has_add_permission(self, request: HttpRequest) -> bool:
        return rank_of(request.user) >= self.add_rank

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return rank_of(request.user) >= self.change_rank

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return rank_of(request.user) >= self.delete_rank

    # --- what is shown ----------------------------------------------------------------------------------
    def get_list_display(self, request: HttpRequest) -> list[str]:
        return self._for_rank(request, super().get_list_display(request))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return self._for_rank(request, super().get_list_filter(request))

    def _for_rank(self, request: HttpRequest, names: Sequence[Any]) -> list[Any]:
        if is_operator(request):
            return list(names)
        plain = [(name[0] if isinstance(name, (list, tuple)) else name, name) for name in names]
        return [name for key, name in plain if key not in self.operator_columns]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting is always one at a time, on a page that says what goes with it."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, titled by what it lists."""
        more = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return super().changelist_view(request, more)  # type: ignore[no-any-return]

    # --- writes -----------------------------------------------------------------------------------------
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A fault that shows only while writing (somebody was faster) becomes a message; nothing was changed."""
        try:
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[no-any-return]
        except HubsterError as error:
            return self.refused(request, error, *args, **kwargs)

    def refused(self, request: HttpRequest, error: HubsterError, *args: Any, **kwargs: Any) -> HttpResponse:
        """The answer to a form whose values were good, and could not be stored; given what the form's view was."""
        return self.report(request, error)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Delete without the transaction around the page: the action has its own, and tries again."""
        try:
            return self._delete_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        except HubsterError as error:
            return self.report(request, error)

    def report(self, request: HttpRequest, error: HubsterError) -> HttpResponse:
        """Show the faults on the page that was left."""
        for fault in error.faults:
            messages.error(request, fault.sentence)
        return redirect(request.get_full_path())

    def stored(self, obj: Any) -> Any:
        """The row as the database has it: what a form hands over to be saved is changed already."""
        return type(obj)._default_manager.get(pk=obj.pk)

    # --- deletion ---------------------------------------------------------------------------------------
    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """A summary in a few counts that stop: the full tree of a busy hub would not fit into memory."""
        rows = list(objs)
        counts: dict[Any, Any] = {self.opts.verbose_name_plural: len(rows)}
        for row in rows:
            counts.update(self.goes_with(row))
        return (
            [str(row) for row in rows],
            {name: capped_text(count) for name, count in counts.items() if count},
            set(),
            [],
        )

    def goes_with(self, row: Any) -> dict[Any, Any]:
        """Other things that are deleted with a row: their names in the plural, and how many."""
        return {}

    # --- history ----------------------------------------------------------------------------------------
    def history_id(self, row: Any) -> str:
        """The row's id in the audit log."""
        return str(row.pk)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The row's own entries of the audit log."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        query = urlencode({"object": self.history_id(row)})
        return redirect(f"{reverse('admin:portal_auditentry_changelist')}?{query}")

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The actions record every change in the audit log; a second log would only disagree with it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None: ...

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None: ...


_Toolkit: Any = admin.ModelAdmin  # the theme's admin, which the pages have too, has no types either


class OwnTransactions(_Toolkit):  # type: ignore[misc]
    """A last base for pages whose actions wait for others: no transaction is around their forms."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Like the toolkit's own, in whose place it stands; the caller checks the form's token."""
        return self._changeform_view(request, *args, **kwargs)  # type: ignore[no-any-return]


class TenantRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a related row that offers only the rows which this person sees on that row's own page."""

    MOST = 100  # values offered

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        """(key, name), in the order of the related page; integrations by hub."""
        related = model_admin.admin_site._registry[field.related_model]
        rows = related.get_queryset(request)
        if field.related_model is Integration:
            rows = rows.select_related("hub").defer("configuration").order_by("hub__name", "name")
            return [(row.pk, integration_name(row)) for row in rows[: self.MOST]]
        return [(row.pk, str(row)) for row in rows[: self.MOST]]
