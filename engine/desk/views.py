"""The desk's page and its JSON endpoints. Whoever is signed in sees and answers their own hubs only."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from engine import access
from engine.actions import floor
from engine.actions.conversations import do_close
from engine.actions.receive import do_receive
from engine.actions.say import Said
from engine.activity import is_signal, parse_event, parse_message
from engine.admin.numbers import unanswered_count
from engine.desk import commands as known
from engine.desk import queries
from engine.models import Activity, Conversation
from hubster.lib import codes
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.ids import parse_guid
from hubster.lib.parsing import UnreadableBody, parse_strictly
from portal.access import staff_hubs
from portal.admin.roles import Rank, rank_of

View = Callable[..., HttpResponse]
_EVENTS = {"Agent": "hubster.takeover", "Bot": "hubster.handback"}
_NO_SENDER = (
    "This hub has no active Agent integration of the channel Direct, so the desk cannot answer in it. "
    "Add one under Integrations: channel Direct, end Agents."
)


def json_view(view: View) -> View:
    """JSON for members only: 401 when signed out, 404 for what is not one's own, faults with their text."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if rank_of(request.user) < Rank.AGENT:
            return JsonResponse({"error": "You are signed out. Sign in again."}, status=401)
        try:
            return view(request, *args, **kwargs)
        except Http404:
            return JsonResponse({"error": "This conversation does not exist."}, status=404)
        except HubsterError as error:
            words, found = " ".join(map(_sentence, error.faults)), [fault.code for fault in error.faults]
            return JsonResponse({"error": words, "codes": found}, status=error.status)

    return never_cache(inner)


def _sentence(fault: Fault) -> str:
    return fault.text or codes.TABLE[fault.code].text


@require_GET
@never_cache
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    if rank_of(request.user) < Rank.AGENT:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    hubs = list(staff_hubs(request.user).order_by("name").values_list("pk", "name"))  # type: ignore[arg-type]
    may_configure = rank_of(request.user) >= Rank.MANAGER
    return render(request, "engine/desk/desk.html", {"hubs": hubs, "may_configure": may_configure})


@require_GET
@json_view
def conversations(request: HttpRequest) -> HttpResponse:
    """A page of the list, or the rows named by `ids`."""
    wish = queries.Wish(
        kind=request.GET.get("kind", "all"),
        hub=parse_guid(request.GET.get("hub", "")),
        search=request.GET.get("search", "").replace("\x00", "").strip()[:100],
        before=queries.parse_cursor(request.GET.get("before", "")),
        ids=tuple(guid for part in request.GET.get("ids", "").split(",") if (guid := parse_guid(part))),
    )
    rows = queries.conversation_page(request.user, wish)  # type: ignore[arg-type]
    shown = [queries.show_row(row) for row in rows[: queries.PAGE]]
    unanswered = unanswered_count(request.user)
    return JsonResponse({"conversations": shown, "more": len(rows) > queries.PAGE, "unanswered": unanswered})


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
    states = queries.delivery_states(kept)
    ends = queries.business_ends(conversation.hub_id)
    answer = {
        "conversation": queries.show_details(conversation, ends),
        "activities": [queries.show_activity(row, states.get(row.pk)) for row in kept],
        "more": len(rows) > queries.PAGE,
    }
    return JsonResponse(answer)


@require_GET
@json_view
def commands(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """What can be typed behind `::` in a conversation."""
    conversation = own(request, conversation_id)
    return JsonResponse({"commands": known.commands_of(conversation.hub_id)})


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = parse_strictly(request.body)
    except UnreadableBody as fault:
        raise fail("ENG000202", str(fault.detail)) from None
    if not isinstance(body, dict):
        raise fail("ENG005000", "The request cannot be read.")
    return body


def _do_say(request: HttpRequest, conversation: Conversation, kind: str, content: dict[str, Any], key: Any) -> Activity:
    """Speak as the hub's Direct agent. The same key again changes nothing."""
    guid = parse_guid(key)
    if guid is None:
        raise fail("ENG000201", "The request has no key.")
    access.check_tenant(conversation.hub)
    sender = queries.desk_sender(queries.business_ends(conversation.hub_id))
    if sender is None:
        raise fail("ENG005501", _NO_SENDER)
    said = Said(kind, content, dedupe_key=str(guid), author_id=request.user.pk)
    return do_receive(conversation.pk, sender, said)


@require_POST
@json_view
def reply(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Send a text."""
    conversation, body = own(request, conversation_id), _body(request)
    content = parse_message({"type": "text", "text": body.get("text")})
    row = _do_say(request, conversation, "message", content, body.get("key"))
    return JsonResponse({"activity": queries.show_activity(row)})


@require_POST
@json_view
def signal(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Tell the customer that somebody is typing, or has seen what was said."""
    conversation, body = own(request, conversation_id), _body(request)
    content = parse_event({"type": body.get("type"), "eventId": body.get("eventId")})
    if not is_signal("event", content):
        raise fail("ENG000201", "A signal is seen, typing_on or typing_off.")
    _do_say(request, conversation, "event", content, str(uuid.uuid4()))
    return JsonResponse({})


@require_POST
@json_view
def side(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Take over from the bot, or from another agent by `force`; or hand back to the bot."""
    conversation, body = own(request, conversation_id), _body(request)
    name = _EVENTS.get(str(body.get("side")))
    if name is None:
        raise fail("ENG000201", "Either the agent or the bot answers.")
    content = floor.event(name, {"force": True} if body.get("force") is True else {})
    row = _do_say(request, conversation, "event", content, body.get("key"))
    return JsonResponse({"activity": queries.show_activity(row)})


@require_POST
@json_view
def close(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Close; closing again changes nothing."""
    conversation = own(request, conversation_id)
    conversation.closed = do_close(conversation.pk).closed
    return JsonResponse({"conversation": queries.show_row(conversation)})
