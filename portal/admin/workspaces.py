"""Workspaces of agents in the admin: the two pages before the provider's own, on which an owner agrees."""

from typing import Any

from django import forms
from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engine import adapters
from engine.adapters._business import BusinessProvider
from hubster.lib.errors import HubsterError
from portal.access import staff_hubs
from portal.actions.authorizations import do_begin
from portal.actions.integrations import check_name
from portal.admin.faults import add_faults
from portal.admin.hub_rows import HubField
from portal.models import Hub, Integration


class WorkspaceForm(forms.Form):
    """The hub and the name of a new integration; everything else comes from the provider."""

    hub = HubField(Hub.objects.none(), label=gettext_lazy("Hub"), empty_label=gettext_lazy("Choose a hub"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["hub"]
        assert isinstance(field, HubField)
        field.queryset = staff_hubs(user).select_related("tenant").order_by("tenant__name", "name")
        field.with_tenant = user.is_superuser
        only = list(field.queryset[:2])
        if len(only) == 1:
            field.initial = only[0].pk


def workspace_of(channel: object) -> BusinessProvider | None:
    """The adapter of a channel on which agents answer; None for others."""
    found = adapters.find(channel)
    return found if isinstance(found, BusinessProvider) else None


def add_page(site: AdminSite, request: HttpRequest, adapter: BusinessProvider) -> HttpResponse:
    """The form of a new one; a good form leads on to the provider."""
    first = {"name": adapter.label, "hub": request.GET.get("hub")}
    form = WorkspaceForm(request.user, request.POST or None, initial={key: one for key, one in first.items() if one})
    if form.is_valid():
        hub, name = form.cleaned_data["hub"], form.cleaned_data["name"]
        try:
            check_name(hub, name)
            url, _nonce = do_begin(hub, adapter, request.user, name)  # type: ignore[arg-type]
            return leave_page(site, request, adapter, url)
        except HubsterError as error:
            add_faults(form, error, {})
    context = {
        "title": _("Add %(channel)s") % {"channel": adapter.label},
        "form": form,
        "channel": adapter.label,
        "guide": adapter.guide,
    }
    return _page(site, request, "portal/admin/add_workspace.html", context)


def leave_page(site: AdminSite, request: HttpRequest, adapter: BusinessProvider, url: str) -> HttpResponse:
    """The link to the provider's page. A form cannot lead to another site, as no page of ours allows it."""
    context = {"title": _("Add to %(channel)s") % {"channel": adapter.label}, "url": url, "channel": adapter.label}
    return _page(site, request, "portal/admin/to_provider.html", context)


def _page(site: AdminSite, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, {**site.each_context(request), "opts": Integration._meta, **context})
