"""The page that previews a message on every channel of a hub, and the previews beside what is being typed."""

import json
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from engine.activity import PORTAL, parse_message
from engine.adapters._start import start_messages
from engine.admin.preview_examples import EXAMPLES
from engine.delivery import drawing
from engine.delivery.preview import Preview, previews
from hubster.lib.errors import HubsterError
from hubster.lib.ids import parse_guid
from portal.access import staff_hubs
from portal.admin.additions import ADDITIONS, Addition
from portal.admin.responses import ResponsesField, ResponsesWidget, row_of
from portal.admin.roles import Rank, rank_of
from portal.models import Hub, Integration

_FIELD = "responses"
_MOST_HUBS = 200  # to choose from
_FIRST = "text"


def for_managers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever is signed out signs in; agents set nothing up."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if rank_of(request.user) < Rank.MANAGER:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(inner)


@for_managers
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """A message to type, and how each channel shows it."""
    hubs = list(staff_hubs(request.user).select_related("tenant").order_by("tenant__name", "name")[:_MOST_HUBS])  # type: ignore[arg-type]
    wanted = parse_guid(request.POST.get("hub") or request.GET.get("hub", ""))
    hub = _own_hub(request, wanted) or next(iter(hubs), None)
    name = request.GET.get("example", _FIRST)
    example = EXAMPLES.get(name, EXAMPLES[_FIRST])[1]()
    rows = ResponsesWidget().value_from_datadict(request.POST, {}, _FIELD) if request.POST else [row_of(example)]
    context = {
        **admin.site.each_context(request), "title": _("Preview a message"), "hubs": hubs, "hub": hub,
        "examples": [(key, title) for key, (title, _make) in EXAMPLES.items()], "example": "" if request.POST else name,
        "rows": ResponsesWidget().render(_FIELD, rows), "rows_media": ResponsesWidget().media,
        **(_drawn(hub, *_messages(rows)) if hub else {}),
    }  # fmt: skip
    return TemplateResponse(request, "engine/admin/preview.html", context)


@for_managers
@require_POST
def drawn(request: HttpRequest) -> HttpResponse:
    """The previews alone, of what a form says so far: a saved reply, or an integration's welcome message."""
    end = _own_end(request, parse_guid(request.POST.get("integration", "")))
    hub = end.hub if end else _own_hub(request, parse_guid(request.POST.get("hub", "")))
    if hub is None:
        return _part(request, {"hint": _("Choose a hub to see how its channels show this.")})
    if request.POST.get("kind") == "event" or request.POST.get("to") == "agent":
        return _part(request, {"hint": _("Only messages to customers are previewed.")})
    if end and "welcome" in request.POST:
        text = request.POST["welcome"].strip()
        items: list[Any] = [{"type": "text", "text": text}] if text else []
        return _part(request, _drawn(hub, *_parsed(items), end))
    if end:
        return _part(request, _drawn(hub, *_parsed(start_messages(end.configuration)), end))
    rows = ResponsesWidget().value_from_datadict(request.POST, {}, _FIELD)
    return _part(request, _drawn(hub, *_messages(rows)))


def _part(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    response = TemplateResponse(request, "engine/admin/_previews.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _own_hub(request: HttpRequest, key: uuid.UUID | None) -> Hub | None:
    """A hub that the person sets up; None for any other."""
    return staff_hubs(request.user).filter(pk=key).first() if key else None  # type: ignore[arg-type]


def _own_end(request: HttpRequest, key: uuid.UUID | None) -> Integration | None:
    """A customer integration of such a hub; None for any other."""
    rows = Integration.objects.filter(hub__in=staff_hubs(request.user), type=Integration.Type.CUSTOMER)  # type: ignore[arg-type]
    return rows.filter(pk=key).select_related("hub").first() if key else None


def _messages(rows: list[Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """(messages, what is wrong) of the rows of an editor."""
    try:
        return _parsed(ResponsesField().to_python(rows))
    except ValidationError as fault:
        return [], fault.messages


def _parsed(items: list[Any]) -> tuple[list[dict[str, Any]], list[str]]:
    messages: list[dict[str, Any]] = []
    faults: list[str] = []
    for number, item in enumerate(items, 1):
        try:
            messages.append(parse_message(item, PORTAL, _("Message %(number)d") % {"number": number}))
        except HubsterError as error:
            faults += [fault.sentence for fault in error.faults]
    return messages, faults


def _drawn(hub: Hub, messages: list[Any], faults: list[str], only: Integration | None = None) -> dict[str, Any]:
    if faults or not messages:
        return {"faults": faults, "hint": "" if faults else _("Write a message to see how it is shown.")}
    return {"hub": hub, "shown": [_phone(found) for found in previews(hub, messages, only=only)], "is_drawn": True}


def _phone(found: Preview) -> dict[str, Any]:
    return {
        "preview": found,
        "phone": drawing.phone(found.adapter, found.integration.name, found.bubbles),
        "requests": json.dumps(list(found.requests), indent=2, ensure_ascii=False) if found.requests else "",
    }


def _welcome(request: HttpRequest, row: Integration) -> dict[str, Any] | None:
    """For the integrations of customers, who are greeted."""
    return {} if row.type == Integration.Type.CUSTOMER and rank_of(request.user) >= Rank.MANAGER else None


ADDITIONS.append(Addition("engine/admin/welcome_preview.html", _welcome))
