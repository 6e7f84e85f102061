"""The connection of an integration on its page: the checklist, and what can be tried there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from engine.actions.platform import do_tell_customer
from engine.admin.checklist import addition, newest_conversations, provider_of, values
from engine.inbox.parse import do_replay_parked
from hubster.lib.errors import HubsterError
from hubster.lib.ids import parse_guid
from portal.actions.integrations import do_update_integration
from portal.admin.additions import ADDITIONS, Addition
from portal.models import Integration

MOST = 8  # conversations to choose from
_LIST = "engine/admin/_checklist.html"


def shown(request: HttpRequest, row: Integration) -> dict[str, Any] | None:
    """The values of the part; None for a channel of our own."""
    adapter = provider_of(row)
    if adapter is None:
        return None
    return {
        **values(row, adapter),
        "channel": adapter.label,
        "again": addition(row, "checks"),
        "test": addition(row, "test"),
        "reconnect": addition(row, "reconnect") if adapter.configurable else "",
        "talks": newest_conversations(row, MOST),
        "text": _("Hello! This is a test message from us. You can ignore it."),
    }


@never_cache
@require_safe
def checks(request: HttpRequest, row: Integration) -> HttpResponse:
    """The list alone, for a page that looks again."""
    adapter = provider_of(row)
    return TemplateResponse(request, _LIST, values(row, adapter) if adapter else {})


@require_POST
def replay(request: HttpRequest, row: Integration) -> HttpResponse:
    """Parse again what was set aside."""
    count = do_replay_parked(row)
    if count:
        text = ngettext("%(count)d webhook is processed again.", "%(count)d webhooks are processed again.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.warning(request, _("Nothing to process: no webhook is set aside."))
    return _back(row)


@require_POST
def test(request: HttpRequest, row: Integration) -> HttpResponse:
    """Send a text to the customer of one of the conversations on the page."""
    wanted = parse_guid(request.POST.get("conversation", ""))
    found = next((one for one in newest_conversations(row, MOST) if one.pk == wanted), None)
    if found is None:
        messages.error(request, _("Choose a conversation that is still open."))
        return _back(row)
    try:
        do_tell_customer(found.pk, request.POST.get("text", ""))
        messages.success(
            request, _("The message to %(name)s is on its way. See below if it arrives.") % {"name": found}
        )
    except HubsterError as error:
        messages.error(request, " ".join(fault.sentence for fault in error.faults))
    return _back(row)


@require_POST
def reconnect(request: HttpRequest, row: Integration) -> HttpResponse:
    """Have the provider confirm what is stored, and register the webhook anew."""
    adapter = provider_of(row)
    if adapter is None or not adapter.configurable:
        return _back(row)
    known = {info.alias or name for name, info in adapter.config.model_fields.items()}
    configuration = {name: value for name, value in row.configuration.items() if name in known}
    try:
        made = do_update_integration(row, {"configuration": configuration})
        messages.success(request, made.said or _("%(channel)s is connected.") % {"channel": adapter.label})
    except HubsterError as error:
        messages.error(request, " ".join(fault.sentence for fault in error.faults))
    return _back(row)


def _back(row: Integration) -> HttpResponse:
    return redirect(f"{reverse('admin:portal_integration_change', args=[row.pk])}#connection")


ADDITIONS.append(
    Addition(
        "engine/admin/connection.html",
        shown,
        {"checks": checks, "replay": replay, "test": test, "reconnect": reconnect},
    )
)
