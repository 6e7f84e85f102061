"""Agents who answer in a workspace: what they say in a conversation's thread, and threads as events tell of them."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from engine import access
from engine.actions.append import PLATFORM, NewActivity, do_append_activity
from engine.actions.endpoints import do_give_up
from engine.actions.receive import receive_within
from engine.activity import parse_event, parse_message
from engine.adapters._inbound import Answered, Author, Ended, Opened
from engine.inbox.say import do_fetch, key_of, of_choice, offered, with_media
from engine.models import Activity, Colleague, Conversation, Thread
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from hubster.lib.ids import parse_guid
from portal.models import Integration

_ABOUT = "told:"  # before the key of what agents are told about


def do_answer(integration: Integration, answered: Answered) -> None:
    """Store it in the conversation of its thread, as an agent's; a repeat changes nothing.

    In other threads nobody speaks to a customer. What is refused is told there, to its author.
    """
    place, key = answered.thread
    thread = Thread.objects.filter(integration=integration, place=place, key=key).first()
    if thread is None or _is_known(integration, thread, answered):
        return
    try:
        _do_answer(integration, thread, answered)
    except HubsterError as fault:
        _do_tell(integration, thread, answered, _refused(fault))


def _is_known(integration: Integration, thread: Thread, answered: Answered) -> bool:
    """True for a repeat, for an edit of what the customer was never sent, and for what was refused before."""
    mine = Activity.objects.filter(sender_integration=integration)
    if mine.filter(dedupe_key=key_of(answered.key)).exists() or _was_told(thread, answered):
        return True
    sent = mine.filter(dedupe_key=key_of(answered.about), conversation=thread.conversation_id)
    return bool(answered.about) and not sent.filter(recipient_type=Integration.Type.CUSTOMER).exists()


def _was_told(thread: Thread, answered: Answered) -> bool:
    """True if agents were told something about it."""
    told = Activity.objects.filter(sender_integration__isnull=True, dedupe_key=key_of(_ABOUT + answered.key))
    return told.filter(conversation=thread.conversation_id).exists()


@transaction.atomic
def _do_answer(integration: Integration, thread: Thread, answered: Answered) -> None:
    content, media = with_media(integration, _chosen(integration, answered), answered.media)
    parse = parse_message if answered.kind == "message" else parse_event
    author = _do_find_colleague(integration, answered.author)
    key = key_of(answered.key)
    new = NewActivity(answered.kind, parse(content), answered.key[:512], key, colleague_id=author.pk)
    activity = receive_within(None, thread.conversation_id, lambda _: integration, new)
    do_fetch(activity, media)
    if answered.about:
        _do_tell(integration, thread, answered, _unchanged())


def _chosen(integration: Integration, answered: Answered) -> dict[str, Any]:
    """The content; of a pressed button whose message we know, what its choice stands for."""
    content = dict(answered.content)
    if answered.pressed:
        choices, place = offered(integration, answered.pressed[0]), answered.pressed[1]
        return of_choice(*choices[place]) if 0 <= place < len(choices) else content
    return content


def _do_find_colleague(integration: Integration, author: Author) -> Colleague:
    """The row of a person; the provider is asked for the names of a new one, later."""
    defaults = {"name": author.name[:200], "ask": clock.now()}
    return Colleague.objects.get_or_create(integration=integration, external_id=author.id[:100], defaults=defaults)[0]


def _do_tell(integration: Integration, thread: Thread, answered: Answered, text: str) -> None:
    """Tell agents in the thread, and nobody else, once."""
    with transaction.atomic():
        conversation = access.locked_conversation(None, thread.conversation_id)
        if _was_told(thread, answered):
            return
        key = key_of(_ABOUT + answered.key)
        told = NewActivity("message", {"type": "text", "text": text}, flow="AutoReplay", private=True, dedupe_key=key)
        do_append_activity(conversation, told, PLATFORM, None, integration)


def _refused(fault: HubsterError) -> str:
    return _("Not sent to the customer. %(reason)s") % {"reason": fault.faults[0].sentence}


def _unchanged() -> str:
    return _("The customer still has the message as it was first sent. To correct it, write another one.")


@transaction.atomic
def do_open(integration: Integration, opened: Opened) -> None:
    """Keep a thread that was begun, whether or not the answer to our request has arrived."""
    guid, (place, key) = parse_guid(opened.conversation_id), opened.thread
    known = Conversation.objects.filter(pk=guid, hub=integration.hub_id) if guid else Conversation.objects.none()
    if conversation := known.first():
        defaults = {"conversation": conversation}
        Thread.objects.get_or_create(integration=integration, place=place, key=key, defaults=defaults)


def do_end(integration: Integration, ended: Ended) -> None:
    """Send nothing more until somebody connects the workspace again; what comes up waits. Late news are of before."""
    if integration.connected and ended.at < clock.to_ms(integration.connected):
        return
    text = _("%(text)s Open the integration, and choose “Reconnect”.") % {"text": ended.text}
    do_give_up(integration, text)
