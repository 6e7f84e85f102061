"""Endpoints in the admin, called webhooks there: how every address is doing; pause, resume, test, send what waits."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engine.actions.deliveries import do_replay_range
from engine.actions.endpoints import do_pause, do_resume, do_set_order, has_address
from engine.actions.send_now import do_send_waiting
from engine.admin.base import LedgerAdmin, link
from engine.admin.checklist import provider_of
from engine.admin.deliveries import Told, queued
from engine.admin.trouble_first import TroubleFirst
from engine.admin.words import COLOURS, ENDPOINTS, endpoint_words, probe_words, quoted, why
from engine.delivery.probe import do_probe
from engine.models import Attempt, Delivery, Endpoint
from hubster.lib.errors import HubsterError
from hubster.lib.ids import parse_guid
from hubster.lib.keyset import CappedCount, capped, capped_text
from portal.access import staff_hubs
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column, integration_name, when
from portal.admin.keyset import OrderedAdmin
from portal.admin.roles import Rank, rank_of
from portal.models import Integration


def _count(status: str) -> CappedCount:
    return CappedCount(Delivery.objects.filter(destination=OuterRef("pk"), status=status))


def _paused(row: Integration) -> Told:
    if do_pause(row):
        return Told(_("Paused. New messages are queued."))
    return Told(_("Nothing changed: it is already paused."), messages.WARNING)


def _resumed(row: Integration) -> Told:
    count = do_resume(row)
    if not count:
        return Told(_("Resumed. No messages were waiting."))
    text = ngettext(
        "Resumed. Waiting messages of %(count)d conversation are being sent.",
        "Resumed. Waiting messages of %(count)d conversations are being sent.",
        count,
    )
    return Told(text % {"count": count})


def _replayed(row: Integration) -> Told:
    return queued(do_replay_range(row), _("Nothing to resend: no delivery has failed."))


def _sent(row: Integration) -> Told:
    return queued(do_send_waiting(row), _("Nothing to send: no delivery is waiting for its next attempt."))


def _ordered(row: Integration) -> Told:
    if do_set_order(row, in_order=True):
        return Told(_("Order is now strict: a failed message holds back the rest of its conversation."))
    return Told(_("Nothing changed: the order is already strict."), messages.WARNING)


def _unordered(row: Integration) -> Told:
    if do_set_order(row, in_order=False):
        return Told(_("Failed messages are now skipped: later messages don't wait for them."))
    return Told(_("Nothing changed: failed messages are already skipped."), messages.WARNING)


def _tried(row: Integration) -> Told:
    probe = do_probe(row)
    return Told(probe_words(probe), messages.ERROR if probe.error else messages.SUCCESS)


class StateFilter(admin.SimpleListFilter):
    """By how they are doing."""

    title, parameter_name = gettext_lazy("status"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """In the words of the list."""
        return [(state, ENDPOINTS[state].text) for state in ("paused", "failing", "slow", "well")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filters in the order of precedence of `state_of`."""
        used = queryset.filter(paused__isnull=True)
        return {
            "paused": queryset.filter(paused__isnull=False),
            "failing": used.filter(failures__gt=0),
            "slow": used.filter(failures=0, slow=True),
            "well": used.filter(failures=0, slow=False),
        }.get(str(self.value()), queryset)


@admin.register(Endpoint)
class EndpointAdmin(OrderedAdmin, LedgerAdmin):
    """The address behind an integration. Its page is there before anything was sent to it."""

    tenant_path = "destination__hub__tenant"
    view_rank = Rank.MANAGER
    detail_template = "engine/admin/endpoint.html"
    list_display = ("shown_integration", "tenant", "shown_state", "why", "since", "waiting", "failed")
    operator_columns = ("tenant",)
    list_filter = (StateFilter, ("destination__hub", TenantRelatedFilter))
    list_select_related = ("destination__hub__tenant",)
    search_fields = ("destination__name",)
    search_help_text = gettext_lazy("Name of the integration")
    empty_icon = "webhook"
    empty_title = gettext_lazy("No webhooks in use yet")
    empty_text = gettext_lazy("When a message is sent to an integration's webhook, the webhook's status appears here.")
    verbs: ClassVar[dict[str, Callable[[Integration], Told]]] = {
        "pause": _paused, "resume": _resumed, "replay": _replayed, "test": _tried, "send": _sent,
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
    def listing(self, request: HttpRequest, filters: Sequence[Any]) -> TroubleFirst:
        return TroubleFirst()

    @column(gettext_lazy("Webhook"))
    def shown_integration(self, row: Any) -> str:
        """Hub and integration, as a link to the endpoint's page."""
        return link(reverse("admin:engine_endpoint_change", args=[row.pk]), integration_name(row.destination))

    @column(gettext_lazy("Tenant"))
    def tenant(self, row: Any) -> str:
        return str(row.destination.hub.tenant)

    @column(gettext_lazy("Status"), label=COLOURS)
    def shown_state(self, row: Any) -> tuple[str, str]:
        return endpoint_words(row).tag

    @column(gettext_lazy("Since"))
    def since(self, row: Any) -> str:
        """The start of the pause or of the failures."""
        return when(row.paused or row.failing_since)

    @column(gettext_lazy("Waiting"))
    def waiting(self, row: Any) -> str:
        return capped_text(row.waiting_count)

    @column(gettext_lazy("Failed"))
    def failed(self, row: Any) -> str:
        return capped_text(row.failed_count)

    @column(gettext_lazy("Why"))
    def why(self, row: Any) -> str:
        """The reason of a pause, or the last failure."""
        return str(row.reason or why(row))[:160]

    # --- a page -----------------------------------------------------------------------------------------
    def detail(self, request: HttpRequest, row: Endpoint) -> dict[str, Any]:
        """Health, counts, and what can be done."""
        waiting, failed = (
            capped(Delivery.objects.filter(destination=row.pk, status=status))
            for status in (Delivery.Status.PENDING, Delivery.Status.FAILED)
        )
        return {
            "title": integration_name(row.destination),
            "words": endpoint_words(row),
            "why": why(row) if row.paused else "",
            "answer": _last_answer(row),
            "waiting": waiting,
            "waiting_text": capped_text(waiting),
            "failed": failed,
            "failed_text": capped_text(failed),
            "deliveries": f"{reverse('admin:engine_delivery_changelist')}?destination__id__exact={row.pk}",
            "offer": bool(waiting) and "tested" in request.GET,
            "may_act": rank_of(request.user) >= Rank.MANAGER,
            "may_test": provider_of(row.destination) is None,
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
        page = reverse("admin:engine_endpoint_change", args=[row.pk])
        try:
            told = self.verbs[verb](row.destination)
            messages.add_message(request, told.level, told.text)
            if verb == "test" and told.level == messages.SUCCESS:
                page += "?tested"
        except HubsterError as error:
            messages.error(request, " ".join(fault.sentence for fault in error.faults))
        return redirect(page)


def _last_answer(row: Endpoint) -> tuple[str, str] | None:
    """(the address of the attempt that failed last, the beginning of what the endpoint answered); None without one."""
    if not row.last_delivery or not row.last_error:
        return None
    attempts = Attempt.objects.filter(delivery=row.last_delivery, outcome=Attempt.Outcome.FAILED)
    attempt = attempts.order_by("-id").first()
    if attempt is None:
        return None
    address = f"{reverse('admin:engine_delivery_change', args=[row.last_delivery])}#attempt-{attempt.pk}"
    return address, quoted(str(attempt.response.get("body") or ""))
