"""The filters of the audit log."""

from typing import Any, cast

from django.contrib.admin import ChoicesFieldListFilter, DateFieldListFilter, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.access import staff_tenants
from portal.admin.audit_words import NOUNS, VERBS
from portal.models import AuditEntry, Tenant, User

Entries = QuerySet[AuditEntry]


class NounFilter(SimpleListFilter):
    """What was changed."""

    title, parameter_name = "what was changed", "noun"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The kinds of objects."""
        return [(noun, words[:1].upper() + words[1:]) for noun, words in NOUNS.items()]

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        """Actions of that noun."""
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() in NOUNS else queryset


class VerbFilter(SimpleListFilter):
    """What was done to it."""

    title, parameter_name = "action", "verb"
    words = {
        "added": "Added", "updated": "Changed", "deleted": "Deleted", "keys_rotated": "New signing keys",
        "password_set": "Password set", "enabled": "Switched on", "disabled": "Switched off",
        "endpoint_paused": "Webhook paused", "endpoint_resumed": "Webhook resumed",
        "endpoint_ordered": "Order of deliveries", "deliveries_replayed": "Deliveries sent again",
        "deliveries_sent_now": "Waiting deliveries sent",
        "started": "Run asked for",
    }  # fmt: skip

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The verbs; two of them mean the same to a reader."""
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        """Actions with that verb."""
        if self.value() not in self.words:
            return queryset
        wanted = [verb for verb, words in VERBS.items() if words == VERBS[str(self.value())]]
        return queryset.filter(action__in=[f"{noun}.{verb}" for noun in NOUNS for verb in wanted])


class ActorFilter(ChoicesFieldListFilter):
    """Who did it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "who changed it"


class DateFilter(DateFieldListFilter):
    """When."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "date"


class TenantFilter(SimpleListFilter):
    """Whose it was; for operators."""

    title, parameter_name = "tenant", "tenant"
    MOST = 100  # values offered

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The tenants that the person may see."""
        tenants = staff_tenants(cast(User, request.user))
        rows = Tenant.objects.all() if tenants is None else Tenant.objects.filter(pk__in=tenants)
        return [(str(row.pk), row.name) for row in rows[: self.MOST]]

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        """Entries of the chosen one."""
        known = {key for key, _ in self.lookup_choices}
        return queryset.filter(tenant_id=self.value()) if self.value() in known else queryset


class ObjectFilter(SimpleListFilter):
    """The history of one object. It is chosen on the object's own page and shown here only while it holds."""

    title, parameter_name = "object", "object"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The object named in the address, by the name it had last."""
        wanted = self.value()
        if not wanted or "\x00" in wanted:
            return []
        rows = model_admin.get_queryset(request).filter(object_id=wanted)
        return [(wanted, rows.values_list("object_name", flat=True).first() or "One object")]

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        """Its entries."""
        return queryset.filter(object_id=self.value()) if self.value() else queryset
