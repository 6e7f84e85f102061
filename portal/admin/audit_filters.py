"""The filters of the audit log."""

from typing import Any, ClassVar, cast

from django.contrib.admin import ChoicesFieldListFilter, DateFieldListFilter, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from portal.access import staff_tenants
from portal.admin.audit_words import NOUNS, VERBS
from portal.models import AuditEntry, Tenant, User

Entries = QuerySet[AuditEntry]


class NounFilter(SimpleListFilter):
    """The kind of object that was changed."""

    title, parameter_name = _("object type"), "noun"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The kinds of objects."""
        return [(noun, capfirst(words)) for noun, words in NOUNS.items()]

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        """Actions of that noun."""
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() in NOUNS else queryset


class VerbFilter(SimpleListFilter):
    """The change that was made."""

    title, parameter_name = _("action"), "verb"
    words: ClassVar[dict[str, Any]] = {
        "added": _("Added"), "updated": _("Changed"), "deleted": _("Deleted"),
        "keys_rotated": _("Signing keys rotated"),
        "password_set": _("Password set"), "enabled": _("Enabled"), "disabled": _("Disabled"),
        "endpoint_paused": _("Webhook paused"), "endpoint_resumed": _("Webhook resumed"),
        "endpoint_ordered": _("Delivery order changed"), "deliveries_replayed": _("Deliveries resent"),
        "deliveries_sent_now": _("Waiting deliveries sent"),
        "started": _("Job run"),
        "merged": _("Contacts merged"), "unmerged": _("Merge undone"),
    }  # fmt: skip

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The verbs; two of them mean the same to a reader."""
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        """Actions with that verb."""
        if self.value() not in self.words:
            return queryset
        wanted = [verb for verb, words in VERBS.items() if words == VERBS[str(self.value())]]
        return queryset.filter(action__in=[f"{noun}.{verb}" for noun in NOUNS for verb in wanted])


class ActorFilter(ChoicesFieldListFilter):
    """Clients, members or the platform."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("changed by")


class DateFilter(DateFieldListFilter):
    """The day of the change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("date")


class TenantFilter(SimpleListFilter):
    """The tenant of the object; for operators."""

    title, parameter_name = _("tenant"), "tenant"
    MOST = 100  # values offered

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
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

    title, parameter_name = _("object"), "object"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The object named in the address, by the name it had last."""
        wanted = self.value()
        if not wanted or "\x00" in wanted:
            return []
        rows = model_admin.get_queryset(request).filter(object_id=wanted)
        return [(wanted, rows.values_list("object_name", flat=True).first() or _("One object"))]

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        return queryset.filter(object_id=self.value()) if self.value() else queryset
