"""Endpoints in the admin: how every address is doing, in plain words; pause, resume, try out, send again."""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html

from engine.actions.deliveries import do_replay_range
from engine.actions.endpoints import do_pause, do_resume, do_set_order, has_address
from engine.admin.base import LedgerAdmin
from engine.admin.words import ENDPOINTS, endpoint_words, trial_words
from engine.delivery.trial import do_try
from engine.models import Delivery, Endpoint
from hubster.lib.errors import HubsterError
from hubster.lib.ids import parse_guid
from portal.access import staff_hubs
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column, when
from portal.admin.faults import fault_text
from portal.admin.roles import Rank, rank_of
from portal.models import Integration

_COLOURS = {"Well": "success", "Slow": "warning", "Failing": "warning", "Paused": "danger", "Not used yet": "info"}


def _count(status: str) -> Any:
    rows = Delivery.objects.filter(destination=OuterRef("pk"), status=status).order_by()
    counted = rows.values("destination").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


class Told(NamedTuple):
    """What a button did, in words, and whether it is what one hopes for."""

    text: str
    good: bool = True


def _paused(row: Integration) -> Told:
    return Told("Paused. What comes up waits." if do_pause(row) else "It was paused already.")


def _resumed(row: Integration) -> Told:
    count = do_resume(row)
    return Told(f"Resumed. {count} conversation{'s go' if count != 1 else ' goes'} on with what waited.")


def _replayed(row: Integration) -> Told:
    done = do_replay_range(row)
    more = " There are more: press the button once again." if done.more else ""
    return Told(f"{done.count} deliver{'ies are' if done.count != 1 else 'y is'} sent again.{more}")


def _ordered(row: Integration) -> Told:
    do_set_order(row, in_order=True)
    return Told("Later messages of a conversation now wait for the one that is tried again.")


def _unordered(row: Integration) -> Told:
    do_set_order(row, in_order=False)
    return Told("Later messages now go on while an earlier one is tried again.")


def _tried(row: Integration) -> Told:
    trial = do_try(row)
    return Told(trial_words(trial), not trial.error)


class StateFilter(admin.SimpleListFilter):
    """By how they are doing."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """In the words of the list."""
        return [(state, ENDPOINTS[state].text) for state in ("paused", "failing", "slow", "well")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The same order of precedence as `state_of`."""
        used = queryset.filter(paused__isnull=True)
        return {
            "paused": queryset.filter(paused__isnull=False),
            "failing": used.filter(failures__gt=0),
            "slow": used.filter(failures=0, slow=True),
            "well": used.filter(failures=0, slow=False),
        }.get(str(self.value()), queryset)


@admin.register(Endpoint)
class EndpointAdmin(LedgerAdmin):
    """The address behind an integration. Its page is there before anything was sent to it."""

    tenant_path = "destination__hub__tenant"
    view_rank = Rank.MANAGER
    detail_template = "engine/admin/endpoint.html"
    ordering: ClassVar[Any] = (F("paused").desc(nulls_last=True), F("failing_since").asc(nulls_last=True), "pk")
    list_display = ("integration", "tenant", "hub", "shown_state", "since", "waiting", "failed", "why")
    operator_columns = ("tenant",)
    list_filter = (("destination__hub", TenantRelatedFilter), StateFilter)
    list_select_related = ("destination__hub__tenant",)
    search_fields = ("destination__name",)
    empty_icon = "webhook"
    empty_title = "Nothing was sent yet"
    empty_text = (
        "As soon as something is sent to the webhook of an integration, it is shown here how that address does."
    )
    verbs: ClassVar[dict[str, Callable[[Integration], Told]]] = {
        "pause": _paused, "resume": _resumed, "replay": _replayed, "test": _tried,
        "keep-order": _ordered, "free-order": _unordered,
    }  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the counts of their deliveries; configurations stay encrypted."""
        rows: QuerySet[Any] = super().get_queryset(request).defer("destination__configuration")
        counts = {"waiting_count": _count(Delivery.Status.PENDING), "failed_count": _count(Delivery.Status.FAILED)}
        counted: QuerySet[Any] = rows.annotate(**counts)
        return counted

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Endpoint | None:
        """Of an integration to which nothing was sent yet, one that is not stored."""
        guid = parse_guid(object_id)
        mine = Integration.objects.filter(hub__in=staff_hubs(request.user), pk=guid)  # type: ignore[arg-type]
        row = mine.select_related("hub__tenant").first() if guid else None
        if row is None or not has_address(row):
            return None
        known = Endpoint.objects.filter(pk=row.pk).first() or Endpoint(destination=row)
        known.destination = row
        return known

    # --- the list ---------------------------------------------------------------------------------------
    @column("Integration")
    def integration(self, row: Any) -> str:
        """A link to the endpoint's page."""
        link = reverse("admin:engine_endpoint_change", args=[row.pk])
        return format_html('<a class="hub-link" href="{}">{}</a>', link, row.destination.name)

    @column("Tenant")
    def tenant(self, row: Any) -> str:
        """For operators."""
        return str(row.destination.hub.tenant)

    @column("Hub")
    def hub(self, row: Any) -> str:
        """The hub's name."""
        return str(row.destination.hub.name)

    @column("State", label=_COLOURS)
    def shown_state(self, row: Any) -> str:
        """In words."""
        return endpoint_words(row).text

    @column("Since")
    def since(self, row: Any) -> str:
        """Since when it is paused or failing."""
        return when(row.paused or row.failing_since)

    @column("Waiting")
    def waiting(self, row: Any) -> int:
        """Deliveries."""
        return int(row.waiting_count)

    @column("Failed")
    def failed(self, row: Any) -> int:
        """Deliveries."""
        return int(row.failed_count)

    @column("Why")
    def why(self, row: Any) -> str:
        """The reason of a pause."""
        return str(row.reason[:120])

    # --- a page -----------------------------------------------------------------------------------------
    def detail(self, request: HttpRequest, row: Endpoint) -> dict[str, Any]:
        """Health, counts, and what can be done."""
        counts = Delivery.objects.filter(destination=row.pk).order_by().values_list("status").annotate(Count("pk"))
        found = dict(counts.filter(status__in=(Delivery.Status.PENDING, Delivery.Status.FAILED)))
        deliveries = f"{reverse('admin:engine_delivery_changelist')}?destination__id__exact={row.pk}"
        return {
            "title": row.destination.name,
            "words": endpoint_words(row),
            "waiting": found.get(Delivery.Status.PENDING, 0),
            "failed": found.get(Delivery.Status.FAILED, 0),
            "deliveries": deliveries,
            "may_act": rank_of(request.user) >= Rank.MANAGER,
        }

    def get_urls(self) -> list[Any]:
        """A place to press each button."""
        act = self.admin_site.admin_view(self.act_view)
        places = [
            path(f"<uuid:object_id>/{verb}/", act, {"verb": verb}, name=f"engine_endpoint_{verb.replace('-', '_')}")
            for verb in self.verbs
        ]
        return [*places, *super().get_urls()]

    def act_view(self, request: HttpRequest, object_id: Any, verb: str) -> HttpResponse:
        """Do it, say what came of it, show the page again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if rank_of(request.user) < Rank.MANAGER:
            raise PermissionDenied
        row = self.get_object(request, str(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))  # type: ignore[no-any-return]
        try:
            told = self.verbs[verb](row.destination)
            (messages.success if told.good else messages.error)(request, told.text)
        except HubsterError as error:
            messages.error(request, " ".join(fault_text(fault) for fault in error.faults))
        return redirect(reverse("admin:engine_endpoint_change", args=[row.pk]))
