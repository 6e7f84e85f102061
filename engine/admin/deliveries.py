"""Deliveries in the admin: what is on its way, what failed and why."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html

from engine.actions.deliveries import OVER, do_replay, do_replay_chosen
from engine.admin import timeline
from engine.admin.base import LedgerAdmin, is_list
from engine.admin.numbers import delivery_numbers
from engine.admin.words import STATUSES
from engine.desk.queries import newest_conversations
from engine.models import Delivery
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from hubster.lib.ids import parse_guid
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column, when
from portal.admin.faults import fault_text
from portal.admin.roles import Rank, rank_of

_COLOURS = {"Delivered": "success", "Waiting": "warning", "Failed": "danger", "On the socket": "info"}


@admin.register(Delivery)
class DeliveryAdmin(LedgerAdmin):
    """A message on its way to one integration, with every attempt."""

    tenant_path = "destination__hub__tenant"
    detail_template = "engine/admin/delivery.html"
    ordering = ("-event_id",)
    list_display = ("made", "what", "to", "shown_status", "attempts", "next_try", "error")
    list_filter = ("status", ("destination", TenantRelatedFilter))
    list_select_related = ("activity", "destination__endpoint")
    actions = ("send_again",)
    search_fields = ("id",)
    search_help_text = "Delivery id, which is the webhook-id that your endpoint received"
    list_before_template = "engine/admin/delivery_numbers.html"
    empty_icon = "local_shipping"
    empty_title = "Nothing was sent yet"
    empty_text = "Every message to a webhook, a bot or a socket is one delivery here."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The list has the deliveries of the newest conversations."""
        rows = super().get_queryset(request).defer("destination__configuration")
        if is_list(request):
            return rows.filter(conversation__in=newest_conversations(request.user))
        return rows.select_related("activity", "conversation", "destination__hub", "destination__endpoint")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By id."""
        guid = parse_guid(search_term.strip())
        return (queryset.filter(pk=guid) if search_term else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the counts above."""
        more = {"counts": delivery_numbers(request.user), **(extra_context or {})}
        return super().changelist_view(request, more)  # type: ignore[no-any-return]

    @column("Made")
    def made(self, row: Delivery) -> str:
        """When the pipeline decided it."""
        return when(row.created)

    @column("Next attempt")
    def next_try(self, row: Delivery) -> str:
        """A time, or what it waits for."""
        if row.status != Delivery.Status.PENDING:
            return ""
        if is_paused(row):
            return "when its endpoint is resumed"
        due = row.next_attempt
        return when(due) if due and due > clock.now() else "when its turn comes"

    @column("Message")
    def what(self, row: Delivery) -> str:
        """A link to the delivery's page."""
        link = reverse("admin:engine_delivery_change", args=[row.pk])
        return format_html('<a class="hub-link" href="{}">{}</a>', link, timeline.headline(row.activity)[:60])

    @column("To")
    def to(self, row: Delivery) -> str:
        """The integration."""
        return f"{row.destination.name} (echo)" if row.echo else row.destination.name

    @column("Status", label=_COLOURS)
    def shown_status(self, row: Delivery) -> str:
        """In words."""
        return STATUSES[Delivery.Status(row.status)].text

    @column("Last error")
    def error(self, row: Delivery) -> str:
        """What went wrong last, unless it arrived after all."""
        return "" if row.status == Delivery.Status.SENT else row.last_error[:120]

    def detail(self, request: HttpRequest, row: Delivery) -> dict[str, Any]:
        """The attempts."""
        return {
            "title": "Delivery",
            "headline": timeline.headline(row.activity),
            "target": timeline.targets_of([row])[0],
            "paused": row.status == Delivery.Status.PENDING and is_paused(row),
            "may_replay": row.status in OVER and self.has_replay_permission(request),
        }

    # --- sending again ----------------------------------------------------------------------------------
    def has_replay_permission(self, request: HttpRequest) -> bool:
        """By rank."""
        return rank_of(request.user) >= Rank.MANAGER

    @admin.action(description="Send again", permissions=["replay"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """The chosen ones that have failed or arrived; the list is the person's own, so the choice is too."""
        done = do_replay_chosen(Delivery.objects.filter(pk__in=queryset.order_by().values("pk")))
        more = " There were too many for once: choose the rest again." if done.more else ""
        messages.success(request, f"{done.count} deliver{'ies are' if done.count != 1 else 'y is'} sent again.{more}")

    def get_urls(self) -> list[Any]:
        """A place to press the button of a delivery's page."""
        view = self.admin_site.admin_view(self.replay_view)
        return [path("<uuid:object_id>/replay/", view, name="engine_delivery_replay"), *super().get_urls()]

    def replay_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Send one again, and show it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_replay_permission(request):
            raise PermissionDenied
        row = self.get_object(request, str(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))  # type: ignore[no-any-return]
        try:
            text = "It is sent again." if do_replay(row) else "It waits already; nothing was changed."
            messages.success(request, text)
        except HubsterError as error:
            messages.error(request, " ".join(fault_text(fault) for fault in error.faults))
        return redirect(reverse("admin:engine_delivery_change", args=[row.pk]))


def is_paused(row: Delivery) -> bool:
    """Whether nothing is sent to where a delivery is to go."""
    endpoint = getattr(row.destination, "endpoint", None)
    return endpoint is not None and endpoint.paused is not None
