"""The desk's page and its JSON endpoints. Whoever is signed in sees and answers their own hubs only."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from engine import access
from engine.actions import handover
from engine.actions.append import NewActivity
from engine.actions.conversations import do_close
from engine.actions.receive import do_receive
from engine.activity import is_signal, parse_event, parse_message
from engine.desk import commands as known
from engine.desk import queries
from engine.models import Activity, Conversation
from hubster.lib.errors import HubsterError, fail
from hubster.lib.ids import parse_guid
from hubster.lib.parsing import UnreadableBody, parse_strictly
from portal.admin.roles import Rank, rank_of
from portal.idempotency import fingerprint
from portal.models import User

View = Callable[..., HttpResponse]
_EVENTS = {"Agent": "hubster.takeover", "Bot": "hubster.handback"}
_CLOSED = "ENG006501"


def json_view(view: View) -> View:
    """JSON for members only: 401 when signed out, 404 for what is not one's own, faults with their text."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if rank_of(request.user) < Rank.AGENT:
            return JsonResponse({"error": _("You are logged out. Log in again.")}, status=401)
        try:
            return view(request, *args, **kwargs)
        except Http404:
            return JsonResponse({"error": _("Conversation not found.")}, status=404)
        except HubsterError as error:
            words, found = " ".join(fault.sentence for fault in error.faults), [fault.code for fault in error.faults]
            return JsonResponse({"error": words, "codes": found}, status=error.status)

    return never_cache(inner)


@require_GET
@never_cache
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    if rank_of(request.user) < Rank.AGENT:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    return render(request, "engine/desk/desk.html", {"may_configure": rank_of(request.user) >= Rank.MANAGER})


@require_GET
@json_view
def conversations(request: HttpRequest) -> HttpResponse:
    """A page of the list and the hubs to choose from, or the rows named by `ids`; each with the count of the badge."""
    query = queries.ConversationQuery(
        kind=request.GET.get("kind", "all"),
        hub=parse_guid(request.GET.get("hub", "")),
        search=request.GET.get("search", "").replace("\x00", "").strip()[:100],
        before=queries.parse_cursor(request.GET.get("before", "")),
        ids=tuple(guid for part in request.GET.get("ids", "").split(",") if (guid := parse_guid(part))),
    )
    user: User = request.user  # type: ignore[assignment]
    rows = queries.conversation_page(user, query)
    answer = {
        "conversations": [queries.show_row(row) for row in rows[: queries.PAGE]],
        "more": len(rows) > queries.PAGE,
        "unanswered": queries.waiting_count(user, query.hub),
        "me": str(user.pk),
    }
    return JsonResponse(answer if query.ids else {**answer, "hubs": queries.hub_choices(user)})


def own(request: HttpRequest, conversation_id: uuid.UUID) -> Conversation:
    """A conversation of the person's hubs, or 404."""
    rows = queries.conversations_of(request.user).select_related("hub__tenant")  # type: ignore[arg-type]
    found = rows.filter(pk=conversation_id).first()
    if found is None:
        raise Http404
    return found


@require_GET
@json_view
def thread(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The newest entries of a conversation, or those before an eventId, oldest first."""
    conversation = own(request, conversation_id)
    before = request.GET.get("before", "")
    rows = queries.thread_page(conversation, int(before) if before.isdecimal() and len(before) < 19 else None)
    kept = rows[: queries.PAGE][::-1]
    states, sizes, told = queries.delivery_states(kept), queries.file_sizes(kept), queries.disclosures_in(kept)
    integrations = queries.business_integrations(conversation.hub_id)
    answer = {
        "conversation": queries.show_details(conversation, integrations),
        "activities": [
            queries.show_activity(row, states.get(row.pk), sizes.get(row.pk), told.get(row.pk)) for row in kept
        ],
        "more": len(rows) > queries.PAGE,
    }
    return JsonResponse(answer)


@require_GET
@json_view
def commands(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The commands that can be typed in a conversation."""
    conversation = own(request, conversation_id)
    return JsonResponse({"commands": known.commands_of(conversation.hub_id)})


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = parse_strictly(request.body)
    except UnreadableBody as fault:
        raise fail("ENG000202", text=str(fault.detail)) from None
    if not isinstance(body, dict):
        raise fail("ENG005000", text=_("The request body must be a JSON object."))
    return body


def _do_send(
    request: HttpRequest, conversation: Conversation, kind: str, content: dict[str, Any], key: Any
) -> Activity:
    """Send as the hub's Direct agent. The same key again changes nothing."""
    guid = parse_guid(key)
    if guid is None:
        raise fail("ENG000201", text=_("Property 'key' must be a GUID."))
    access.check_tenant(conversation.hub)
    sender = queries.desk_sender(queries.business_integrations(conversation.hub_id))
    if sender is None:
        text = _("This hub has no active Direct integration for agents, so you can’t reply here.")
        raise fail("ENG005501", text=text)
    mark = fingerprint(kind, content)
    new = NewActivity(kind, content, dedupe_key=str(guid), fingerprint=mark, author_id=request.user.pk)
    return do_receive(conversation.pk, sender, new)


@require_POST
@json_view
def reply(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Send a text."""
    conversation, body = own(request, conversation_id), _body(request)
    content = parse_message({"type": "text", "text": body.get("text")})
    row = _do_send(request, conversation, "message", content, body.get("key"))
    return JsonResponse({"activity": queries.show_activity(row)})


@require_POST
@json_view
def signal(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Tell the customer that somebody is typing, or has seen what was said.

    The page sends these by itself: one that is overtaken by the end of the conversation is dropped without an error.
    """
    conversation, body = own(request, conversation_id), _body(request)
    content = parse_event({"type": body.get("type"), "eventId": body.get("eventId")})
    if not is_signal("event", content):
        raise fail("ENG000201", text=_("Property 'type' must be seen, typing_on or typing_off."))
    try:
        _do_send(request, conversation, "event", content, str(uuid.uuid4()))
    except HubsterError as error:
        if [fault.code for fault in error.faults] != [_CLOSED]:
            raise
    return JsonResponse({})


@require_POST
@json_view
def side(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Take over from the bot, or from another agent by `force`; or hand back to the bot."""
    conversation, body = own(request, conversation_id), _body(request)
    name = _EVENTS.get(str(body.get("side")))
    if name is None:
        raise fail("ENG000201", text=_("Property 'side' must be Agent or Bot."))
    content = handover.event(name, {"force": True} if body.get("force") is True else {})
    row = _do_send(request, conversation, "event", content, body.get("key"))
    return JsonResponse({"activity": queries.show_activity(row)})


@require_POST
@json_view
def close(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Close; closing again changes nothing."""
    conversation = own(request, conversation_id)
    conversation.closed = do_close(conversation.pk).closed
    return JsonResponse({"conversation": queries.show_row(conversation)})
