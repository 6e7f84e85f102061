"""Hubs in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget

from hubster.lib.errors import HubsterError
from portal.actions import hubs as actions
from portal.admin.base import TenantAdmin, TenantRelatedFilter
from portal.admin.columns import column
from portal.admin.faults import ActionForm, fault_text
from portal.admin.roles import Rank, is_operator, own_tenant
from portal.models import Hub, Integration

MAX_DAYS = 36_500
STATUS_COLOURS = {"Active": "success", "Paused": "warning", "Canceled": "danger"}


def settable(statuses: Any, present: int | None) -> list[tuple[int, str]]:
    """The statuses a person may choose: Canceled is the platform's to set, so it is offered only while it holds."""
    return [(row.value, row.label) for row in statuses if row.name != "CANCELED" or row.value == present]


class PhrasesField(forms.CharField):
    """A list of phrases, one in each line."""

    def prepare_value(self, value: Any) -> Any:
        """The lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it is another list."""
        return (initial or []) != str(data or "").splitlines()

    def clean(self, value: Any) -> Any:
        """The list, or what is wrong with it."""
        try:
            return actions.check_phrases(str(super().clean(value)).splitlines())
        except HubsterError as fault:
            raise forms.ValidationError(fault_text(fault.faults[0])) from None


class HubForm(ActionForm):
    """Name, description, status, and who answers."""

    handover_phrases = PhrasesField(
        label="A customer who says this gets an agent", required=False, widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="One phrase in each line, for example: talk to a person. Case does not matter.",
    )  # fmt: skip

    class Meta:
        model = Hub
        fields = (
            "name", "description", "status", "close_dormant_conversation", "handover_phrases", "bot_failures",
            "bot_patience", "handback_after",
        )  # fmt: skip
        widgets = {"description": UnfoldAdminTextareaWidget({"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            choice = self.fields["status"]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = settable(Hub.Status, self.instance.status if not self.instance._state.adding else None)
        self._name("close_dormant_conversation", "Close after days of silence", MAX_DAYS)
        self._name("bot_failures", "Agents take over after failed calls of the bot", actions.MAX_FAILURES)
        self._name("bot_patience", "Agents take over after seconds without an answer of the bot", actions.MAX_SECONDS)
        self._name("handback_after", "The bot answers again after minutes of silence", actions.MAX_MINUTES)

    def _name(self, name: str, label: str, most: int) -> None:
        if name in self.fields:
            number = self.fields[name]
            assert isinstance(number, forms.IntegerField)
            number.label, number.max_value = label, most
            number.validators.append(forms.IntegerField(max_value=most).validators[-1])

    def check_values(self, values: dict[str, Any]) -> None:
        """The name is free."""
        tenant = values["tenant"].pk if values.get("tenant") else self.instance.tenant_id or self.user.tenant_id
        actions.check_name(tenant, values["name"], except_id=self.instance.pk)


@admin.register(Hub)
class HubAdmin(TenantAdmin):
    """A hub is where a line of business is configured."""

    tenant_path = "tenant"
    add_rank = change_rank = delete_rank = Rank.MANAGER
    form = HubForm
    list_display = ("name", "tenant", "shown_status", "integration_count", "description")
    operator_columns = ("tenant",)
    list_filter = ("status", ("tenant", TenantRelatedFilter))
    list_select_related = ("tenant",)
    search_fields = ("name",)
    empty_icon = "hub"
    empty_title = "No hubs yet"
    empty_text = "A hub brings customers, agents, bots and webhooks of one line of business together. Start with one."

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of integrations that work."""
        active = Q(integrations__status=Integration.Status.ACTIVE)
        return super().get_queryset(request).annotate(working=Count("integrations", filter=active))

    @column("Status", label=STATUS_COLOURS)
    def shown_status(self, hub: Hub) -> str:
        """The label."""
        return hub.get_status_display()

    @column("Active integrations")
    def integration_count(self, hub: Any) -> int:
        """How many."""
        return int(hub.working)

    def get_fieldsets(self, request: HttpRequest, obj: Hub | None = None) -> Any:
        """An operator says whose hub it is, once."""
        first = ["tenant"] if obj is None and is_operator(request) else []
        general, answering = HubForm.Meta.fields[:4], HubForm.Meta.fields[4:]
        return [(None, {"fields": [*first, *general]}), ("Bot and agents", {"fields": answering})]

    def get_form(self, request: HttpRequest, obj: Hub | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who fills it in."""
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Hub, form: Any, change: bool) -> None:
        """By the same actions as the API."""
        values = {name: form.cleaned_data[name] for name in HubForm.Meta.fields}
        if change:
            actions.do_update_hub(self.stored(obj), values)
        else:
            tenant = form.cleaned_data.get("tenant")
            obj.pk = actions.do_create_hub(tenant.pk if tenant else own_tenant(request), values).pk

    def delete_model(self, request: HttpRequest, obj: Hub) -> None:
        """By the action."""
        actions.do_delete_hub(obj)

    def goes_with(self, row: Hub) -> dict[str, Any]:
        """Everything configured in it and said through it."""
        return {
            "integrations": row.integrations.count(),
            "conversations, with all their messages": row.conversations.count(),
        }
