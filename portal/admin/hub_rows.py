"""The common part of pages of things in a hub: the hub is chosen once, among the person's own."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from portal.access import staff_hubs
from portal.admin.base import TenantAdmin
from portal.admin.columns import column
from portal.admin.faults import ActionForm
from portal.admin.roles import Rank
from portal.models import Hub


class HubField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A hub; for operators, who see the hubs of all tenants, with the tenant's name."""

    widget = UnfoldAdminSelectWidget
    with_tenant = False

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.tenant} / {obj}" if self.with_tenant else str(obj)


class HubRowForm(ActionForm):
    """A form whose row belongs to a hub."""

    hub = HubField(Hub.objects.none(), label=_("Hub"), empty_label=_("Choose a hub"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.fields.pop("hub", None)
        elif "hub" in self.fields:
            field = self.fields["hub"]
            assert isinstance(field, HubField)
            field.queryset = staff_hubs(self.user).select_related("tenant").order_by("tenant__name", "name")
            field.with_tenant = self.user.is_superuser
            only = list(field.queryset[:2])
            if len(only) == 1:
                field.initial = only[0].pk

    def hub_of(self, values: dict[str, Any]) -> Hub:
        """The chosen hub, or the one for life."""
        hub: Hub = values.get("hub") or self.instance.hub
        return hub


class HubRowAdmin(TenantAdmin):
    """A page of rows that belong to a hub, for managers."""

    tenant_path = "hub__tenant"
    add_rank = change_rank = delete_rank = Rank.MANAGER
    operator_columns = ("tenant",)
    list_select_related = ("hub__tenant",)
    search_fields: Any = ("name",)

    @column(_("Tenant"))
    def tenant(self, row: Any) -> str:
        return str(row.hub.tenant)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The hub is chosen once."""
        return ["hub"] if obj else []

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who fills it in."""
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Only the hub may be named in the address."""
        return {name: value for name, value in request.GET.items() if name == "hub"}
