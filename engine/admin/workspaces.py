"""Workspaces of agents on an integration's page: connected again, and the channel of new threads; and the way back."""

import json
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from engine.actions.endpoints import do_resume
from engine.admin.checklist import addition
from hubster.lib.errors import HubsterError
from portal.access import staff_hubs
from portal.actions.authorizations import do_begin, find
from portal.actions.integrations import do_create_integration
from portal.actions.workspaces import MAX_PLACE, do_choose_place, do_reconnect
from portal.admin.additions import ADDITIONS, Addition
from portal.admin.workspaces import leave_page, workspace_of
from portal.models import Authorization, Integration


def shown(request: HttpRequest, row: Integration) -> dict[str, Any] | None:
    """The values of the part; None for other channels."""
    if workspace_of(row.channel) is None:
        return None
    return {
        "name": row.configuration.get("teamName") or row.configuration.get("teamId"),
        "place": row.configuration.get("defaultPublicChannel"),
        "reconnect": addition(row, "agree"),
        "choose": addition(row, "place"),
    }


@require_POST
def agree(request: HttpRequest, row: Integration) -> HttpResponse:
    """To the provider's page, for new tokens of the same workspace."""
    adapter = workspace_of(row.channel)
    if adapter is None:
        return _to(row)
    try:
        url, _nonce = do_begin(row.hub, adapter, request.user, row.name, row)  # type: ignore[arg-type]
    except HubsterError as error:
        _tell(request, error)
        return _to(row)
    return leave_page(admin.site, request, adapter, url)


@require_POST
def place(request: HttpRequest, row: Integration) -> HttpResponse:
    """Another channel for new threads."""
    wanted = request.POST.get("channel", "").strip()[:MAX_PLACE]
    try:
        if wanted:
            do_choose_place(row, wanted)
            text = _("New threads begin in #%(channel)s.")
            messages.success(request, text % {"channel": row.configuration["defaultPublicChannel"]})
        else:
            messages.error(request, _("Write the name of a channel."))
    except HubsterError as error:
        _tell(request, error)
    return _to(row)


@never_cache
@require_safe
def callback(request: HttpRequest, channel: str) -> HttpResponse:
    """GET /integrations/{channel}/callback: the provider sends people back, with a code or a refusal.

    Only the person who began it in the admin ends it there. A nonce of the API is the business's own to use.
    """
    code, nonce = request.GET.get("code", ""), request.GET.get("state", "")
    found = find(nonce)
    if found is None or workspace_of(channel) is None or workspace_of(channel) != workspace_of(found.channel):
        text = _("It is older than ten minutes, or was used before. Begin again on the page of integrations.")
        return _page(request, _("This link no longer works"), text, status=400)
    if found.person is None:
        return _for_software(request, code, nonce)
    if not _may(request, found):
        text = _("Sign in as the member who began to connect the workspace, and begin again.")
        return _page(request, _("You don’t have access"), text, status=403)
    if not code:
        messages.warning(request, _("Nothing was connected, as nobody agreed. You can try again."))
        return _to(found.integration) if found.integration else redirect("admin:portal_integration_add")
    return _connected(request, found, {"code": code, "nonce": nonce})


def _may(request: HttpRequest, found: Authorization) -> bool:
    page = admin.site._registry[Integration]
    mine = found.person == request.user and staff_hubs(request.user).filter(pk=found.hub_id).exists()
    if found.integration:
        return mine and page.has_change_permission(request, found.integration)
    return mine and page.has_add_permission(request)


def _connected(request: HttpRequest, found: Authorization, given: dict[str, str]) -> HttpResponse:
    """The new integration's page, or that of the one which was connected again, which sends what waited."""
    try:
        if found.integration:
            row = do_reconnect(found.integration, given)
            do_resume(row)
        else:
            values = {"channel": found.channel, "name": found.name, "configuration": given}
            row = do_create_integration(found.hub, values)
    except HubsterError as error:
        _tell(request, error)
        return _to(found.integration) if found.integration else redirect("admin:portal_integration_add")
    messages.success(request, row.said)
    return _to(row)


def _for_software(request: HttpRequest, code: str, nonce: str) -> HttpResponse:
    """The code for whoever called *authorize*, as the configuration of *create*."""
    if not code:
        return _page(request, _("Nothing was connected"), _("Nobody agreed. Your software can begin again."))
    text = _("Give this to the software that sent you here, within ten minutes. It creates the integration with it.")
    return _page(request, _("Your workspace agreed"), text, json.dumps({"code": code, "nonce": nonce}, indent=2))


def _page(request: HttpRequest, title: str, text: str, body: str = "", status: int = 200) -> HttpResponse:
    context = {"title": title, "text": text, "body": body}
    headers = {"Referrer-Policy": "no-referrer"}
    return TemplateResponse(request, "engine/admin/code.html", context, status=status, headers=headers)


def _tell(request: HttpRequest, error: HubsterError) -> None:
    messages.error(request, " ".join(fault.sentence for fault in error.faults))


def _to(row: Integration) -> HttpResponse:
    return redirect(f"{reverse('admin:portal_integration_change', args=[row.pk])}#workspace")


ADDITIONS.append(Addition("engine/admin/workspace.html", shown, {"agree": agree, "place": place}))
