"""Lists of the admin that are paged by keyset: a page far down costs what the first one does."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

from hubster.lib.keyset import MOST, Order
from portal.admin.detail import DetailAdmin

_BEFORE, _AFTER = "before", "after"  # cursors of the rows between which a page lies


class KeysetChangeList(ChangeList):  # type: ignore[misc]
    """A page and the addresses of its neighbours; empty when there is none."""

    root_queryset: Any
    is_keyset = True
    older = newer = ""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """The place in the list is no filter."""
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in (_BEFORE, _AFTER)}

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Another filter or search begins with the newest rows."""
        if not {_BEFORE, _AFTER} & set(new_params or ()):
            remove = [*(remove or ()), _BEFORE, _AFTER]
        return str(super().get_query_string(new_params, remove))

    def get_results(self, request: HttpRequest) -> None:
        """The page. Where rows can be chosen they are counted, to offer all; nobody is offered more than `MOST`."""
        listing: Order = self.model_admin.listing(request, self.filter_specs)
        rows = self._rows(request)
        self.result_list = self._page(request, listing, rows)
        self.result_count = self.full_result_count = len(self.result_list)
        if self.model_admin.actions and (self.newer or self.older):
            counted = listing.count(rows)
            self.result_count = counted if counted <= MOST else self.result_count
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True
        self.paginator = self.model_admin.get_paginator(request, self.result_list, self.list_per_page)

    def _rows(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows that fit the filters, of all tenants: the listing takes the person's own and needs no join for it."""
        own: QuerySet[Any] = self.root_queryset
        self.root_queryset = self.model_admin.everybodys(request)
        rows: QuerySet[Any] = self.get_queryset(request)
        self.root_queryset = own
        return rows

    def _page(self, request: HttpRequest, listing: Order, rows: QuerySet[Any]) -> list[Any]:
        """The rows, and whether there are others on each side."""
        size = self.list_per_page
        before, after = (listing.place(request.GET.get(name, ""), self.model) for name in (_BEFORE, _AFTER))
        if after:
            found = listing.newer(rows, size + 1, after)
            if len(found) > size:
                return self._linked(found[1:], listing, newer=True, older=True)
        found = listing.page(rows, size + 1, None if after else before)
        return self._linked(found[:size], listing, newer=bool(before and not after), older=len(found) > size)

    def _linked(self, rows: list[Any], listing: Order, newer: bool, older: bool) -> list[Any]:
        if newer:
            cursor = {_AFTER: listing.cursor(rows[0]), _BEFORE: None} if rows else {}
            self.newer = self.get_query_string(cursor)
        if older:
            self.older = self.get_query_string({_BEFORE: listing.cursor(rows[-1]), _AFTER: None})
        return rows


class OrderedAdmin(DetailAdmin):
    """A list that is paged by keyset, and a page for each row."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def listing(self, request: HttpRequest, filters: Sequence[Any]) -> Order:
        """The order of the list for the chosen filters."""
        raise NotImplementedError

    def everybodys(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that are listed, unless `listing` itself takes the person's own."""
        return self.get_queryset(request)
