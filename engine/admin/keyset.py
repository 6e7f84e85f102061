"""Lists of the ledger that are paged by keyset, by the indexes of those who own the rows."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from engine.admin.base import LedgerAdmin, is_list
from hubster.lib.keyset import Listing
from portal.admin.keyset import OrderedAdmin


class KeysetAdmin(OrderedAdmin, LedgerAdmin):
    """A ledger page whose list has the rows of several owners."""

    def listing(self, request: HttpRequest, filters: Sequence[Any]) -> Listing:
        """The list for the chosen filters. Its owners must belong to the person: it is what keeps tenants apart."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The person's own rows, without what is not shown."""
        rows: QuerySet[Any] = self.sparing(super().get_queryset(request), is_list(request))
        return rows

    def everybodys(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of all tenants, of which the listing takes the person's own."""
        return self.sparing(self.model._default_manager.all(), listed=True)

    def sparing(self, rows: QuerySet[Any], listed: bool) -> QuerySet[Any]:
        """Only what a list, or the page of a row, shows."""
        raise NotImplementedError
