"""Deliveries in the admin: what is on its way, what failed and why, and sending it now or again."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engine.access import listed_deliveries
from engine.actions.costs import costs_of_delivery
from engine.actions.deliveries import OVER, Replayed, do_replay, do_replay_chosen
from engine.actions.send_now import do_send_chosen, do_send_now
from engine.admin import timeline
from engine.admin.base import link
from engine.admin.costs import cost_text
from engine.admin.keyset import KeysetAdmin
from engine.admin.numbers import delivery_numbers
from engine.admin.words import COLOURS, STATUSES
from engine.models import Delivery
from hubster.lib.errors import HubsterError, without_code
from hubster.lib.ids import parse_guid
from hubster.lib.keyset import Listing
from portal.access import staff_hubs
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column, integration_name, when
from portal.admin.roles import Rank, rank_of
from portal.models import Integration

S = Delivery.Status
CALLED = tuple(status for status in S if status != S.AVAILABLE)  # of webhooks and channels


class Told(NamedTuple):
    """The message after an action, and its level."""

    text: str
    level: int = messages.SUCCESS


def queued(done: Replayed, nothing: str) -> Told:
    """The message about queued deliveries; `nothing` is the warning when there were none."""
    if not done.count:
        return Told(nothing, messages.WARNING)
    text = ngettext("%(count)d delivery queued.", "%(count)d deliveries queued.", done.count) % {"count": done.count}
    if done.more:
        return Told(f"{text} {_('There are more: run the action again to queue the rest.')}", messages.WARNING)
    return Told(text)


class StatusFilter(admin.SimpleListFilter):
    """By status, in the words of the tags. Without a choice the list has what goes to webhooks and channels."""

    title, parameter_name = gettext_lazy("status"), "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(status), words.text) for status, words in STATUSES.items()]

    def choices(self, changelist: Any) -> Any:
        """The first one is not everything."""
        first, *others = super().choices(changelist)
        return [{**first, "display": _("All to webhooks and channels")}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those with the status chosen; a search for one delivery looks among all."""
        return queryset.filter(status__in=self.statuses(request))

    def statuses(self, request: HttpRequest) -> Sequence[str]:
        """Those that the list has."""
        if self.value() in Delivery.Status:
            return [str(self.value())]
        return Delivery.Status.values if request.GET.get("q") else CALLED


@admin.register(Delivery)
class DeliveryAdmin(KeysetAdmin):
    """A message on its way to one integration, with every attempt."""

    tenant_path = "destination__hub__tenant"
    detail_template = "engine/admin/delivery.html"
    ordering = ("-created",)
    list_display = ("shown_created", "shown_text", "shown_to", "shown_status", "attempts", "next_try", "error")
    list_filter = (StatusFilter, ("destination", TenantRelatedFilter))
    list_select_related = ("activity", "destination__endpoint", "destination__hub")
    actions = ("send_now", "send_again")
    search_fields = ("id",)
    search_help_text = gettext_lazy("Delivery ID (the webhook-id that your software received)")
    list_before_template = "engine/admin/delivery_numbers.html"
    empty_icon = "local_shipping"
    empty_title = gettext_lazy("No deliveries yet")
    empty_text = gettext_lazy("Every message that is sent to a webhook or a channel appears here, with each attempt.")

    def sparing(self, rows: QuerySet[Any], listed: bool) -> QuerySet[Any]:
        """Configurations stay encrypted."""
        rows = rows.defer("destination__configuration")
        if listed:
            return rows
        return rows.select_related("activity", "conversation", "destination__hub", "destination__endpoint")

    def listing(self, request: HttpRequest, filters: Sequence[Any]) -> Listing:
        """Of the person's integrations, by status."""
        statuses = next(spec.statuses(request) for spec in filters if isinstance(spec, StatusFilter))
        owners = Integration.objects.filter(hub__in=staff_hubs(request.user))  # type: ignore[arg-type]
        return listed_deliveries(owners, statuses)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        guid = parse_guid(search_term.strip())
        return (queryset.filter(pk=guid) if search_term else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the numbers above."""
        more = {"counts": delivery_numbers(request.user), **(extra_context or {})}
        return super().changelist_view(request, more)

    @column(gettext_lazy("Created"))
    def shown_created(self, row: Delivery) -> str:
        """The time at which the pipeline decided it."""
        return when(row.created)

    @column(gettext_lazy("Next attempt"))
    def next_try(self, row: Delivery) -> str:
        """A time, or what it waits for."""
        return timeline.next_try(row)

    @column(gettext_lazy("Text"))
    def shown_text(self, row: Delivery) -> str:
        """A link to the delivery's page."""
        return link(reverse("admin:engine_delivery_change", args=[row.pk]), timeline.headline(row.activity)[:60])

    @column(gettext_lazy("To"))
    def shown_to(self, row: Delivery) -> str:
        """The integration, with its hub."""
        name = integration_name(row.destination)
        return _("%(name)s (echo)") % {"name": name} if row.echo else name

    @column(gettext_lazy("Status"), label=COLOURS)
    def shown_status(self, row: Delivery) -> tuple[str, str]:
        return STATUSES[S(row.status)].tag

    @column(gettext_lazy("Last error"))
    def error(self, row: Delivery) -> str:
        """The last fault, unless it arrived after all."""
        return "" if row.status in Delivery.ARRIVED else without_code(row.last_error)[:120]

    def detail(self, request: HttpRequest, row: Delivery) -> dict[str, Any]:
        may, paused = self.has_replay_permission(request), timeline.is_paused(row)
        return {
            "title": _("Delivery"),
            "headline": timeline.headline(row.activity),
            "target": timeline.targets_of([row])[0],
            "to": integration_name(row.destination),
            "costs": cost_text(costs_of_delivery(row)),
            "paused": row.status == S.PENDING and paused,
            "may_replay": row.status in OVER and may,
            "may_send_now": row.status == S.PENDING and not paused and may,
        }

    # --- sending now, and again -------------------------------------------------------------------------
    def has_replay_permission(self, request: HttpRequest) -> bool:
        return rank_of(request.user) >= Rank.MANAGER

    @admin.action(description=gettext_lazy("Send waiting now"), permissions=["replay"])
    def send_now(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Those chosen that wait for their next attempt; the list is the person's own, so the choice is too."""
        nothing = _(
            "Nothing to send: none of these deliveries is waiting for its next attempt. Resume paused webhooks first."
        )
        told = queued(do_send_chosen(_chosen(queryset)), nothing)
        messages.add_message(request, told.level, told.text)

    @admin.action(description=gettext_lazy("Resend"), permissions=["replay"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Those chosen that have failed or arrived."""
        nothing = _("Nothing to resend: these still wait for their next attempt, or went over a live connection.")
        told = queued(do_replay_chosen(_chosen(queryset)), nothing)
        messages.add_message(request, told.level, told.text)

    def get_urls(self) -> list[Any]:
        """Addresses of the buttons of a delivery's page."""
        view = self.admin_site.admin_view(self.act_view)
        verbs = {"replay": _replayed, "send-now": _sent_now}
        own = [
            path(f"<uuid:object_id>/{verb}/", view, {"do": do}, name=f"engine_delivery_{verb.replace('-', '_')}")
            for verb, do in verbs.items()
        ]
        return [*own, *super().get_urls()]

    def act_view(self, request: HttpRequest, object_id: Any, do: Callable[[Delivery], Told]) -> HttpResponse:
        """Send one, and show it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_replay_permission(request):
            raise PermissionDenied
        row = self.get_object(request, str(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))  # type: ignore[no-any-return]
        try:
            told = do(row)
            messages.add_message(request, told.level, told.text)
        except HubsterError as error:
            messages.error(request, " ".join(fault.sentence for fault in error.faults))
        return redirect(reverse("admin:engine_delivery_change", args=[row.pk]))


def _chosen(queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk__in=queryset.order_by().values("pk"))


def _replayed(row: Delivery) -> Told:
    nothing = _("Nothing to resend: this one is still waiting for its next attempt.")
    return queued(Replayed(int(do_replay(row))), nothing)


def _sent_now(row: Delivery) -> Told:
    nothing = _("Nothing to send: this one is not waiting for a retry. It is being sent, or goes out next.")
    if row.status in OVER:
        nothing = _("Nothing to send: this one is not waiting any more.")
    return queued(Replayed(int(do_send_now(row))), nothing)
