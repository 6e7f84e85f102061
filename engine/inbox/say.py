"""Things that are said on a channel of a provider, stored as activities of their customers' conversations."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from engine import access
from engine.actions import contacts, refusals, standby
from engine.actions.append import NewActivity
from engine.actions.conversations import do_establish
from engine.actions.receive import receive_within
from engine.activity import parse_event, parse_message
from engine.adapters._inbound import Control, Media, Said, Standby
from engine.files.media import address_of_media
from engine.inbox import people, profiles
from engine.models import Activity, Address, Conversation, MediaFetch, ProviderMessage
from engine.work.wake import after_commit
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from hubster.lib.ids import parse_guid
from portal.models import Integration

MAX_BINDING = 400
_LONGEST_KEY = 255


def do_say(integration: Integration, said: Said) -> Activity | None:
    """Store it in the person's open conversation, which begins with it if there is none; a repeat changes nothing.

    Raises what `do_receive_from` raises; the business is told of it.
    """
    try:
        return _do_say(integration, said, None)
    except HubsterError as fault:
        refusals.do_report(fault)
        raise


def do_overhear(integration: Integration, found: Standby) -> Activity | None:
    """Store what was said while another app holds the thread; a repeat, and what we said ourselves, change nothing.

    Raises what `do_receive_from` raises.
    """
    names = ProviderMessage.objects.filter(integration=integration, external_id=found.said.key[:512])
    if found.by_holder and names.filter(delivery__isnull=False).exists():
        return None
    return _do_say(integration, found.said, found)


@transaction.atomic
def do_pass(integration: Integration, control: Control) -> None:
    """Note who holds the person's thread; without an open conversation there is nothing to note it on."""
    address = people.find(integration, control.person)
    known = people.open_conversation(integration, address) if address else None
    if address is None or known is None:
        return
    conversation = access.locked_conversation(None, known.pk)
    if control.ours:
        standby.do_release(conversation, control.at)
    else:
        standby.do_hold(conversation, control.at, control.holder, address.last_said)


def _do_say(integration: Integration, said: Said, found: Standby | None) -> Activity | None:
    """`found` is what it came in, where another app holds the thread."""
    key = key_of(said.key)
    if Activity.objects.filter(sender_integration=integration, dedupe_key=key).exists():
        return None
    with transaction.atomic():
        address = people.do_find(integration, said.person)
        conversation = _conversation(integration, address, greets=found is None)
        chosen = _chosen(integration, address, said) if found is None else dict(said.content)
        content, media = with_media(integration, chosen, said.media)
        parse = parse_message if said.kind == "message" else parse_event
        new = NewActivity(said.kind, parse(content), said.key[:512], key)
        if found:
            new = replace(new, standby=True, by_holder=found.by_holder)
        activity = receive_within(None, conversation.pk, lambda _: integration, new)
        if activity.content is new.content:
            _do_note_holder(activity.conversation, address, said, found)
        _do_remember(address, said, found)
        given = {"conversation": conversation, "activity": activity}
        ProviderMessage.objects.get_or_create(integration=integration, external_id=said.key[:512], defaults=given)
        if activity.content is new.content:  # of a repeat, the files are fetched already
            do_fetch(activity, media)
    return activity


def do_fetch(activity: Activity, media: Sequence[MediaFetch]) -> None:
    """Have the files of an activity fetched, once this transaction is committed."""
    for row in media:
        row.activity = activity
    if media:
        MediaFetch.objects.bulk_create(media)
        after_commit("media")


def key_of(name: str) -> str:
    """The name by which a repeat is known. Of one that is longer than the column, its hash stands for its end."""
    key = f"provider:{name}"
    if len(key) <= _LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: _LONGEST_KEY - len(digest)]}{digest}"


def _do_note_holder(conversation: Conversation, address: Address, said: Said, found: Standby | None) -> None:
    """A message that was just stored tells who holds the thread; the conversation is locked."""
    if found:
        standby.do_hold(conversation, said.sent, found.holder, address.last_said)
    elif conversation.held_since is not None:
        standby.do_release(conversation, said.sent)


def _conversation(integration: Integration, address: Address, greets: bool) -> Conversation:
    """The open conversation of the person; a new one where there is none."""
    found = people.open_conversation(integration, address)
    if found is None:
        binding = _binding(integration, address)
        members = contacts.members_of(address.contact)
        profile = {key: value for key, value in contacts.profile_of(members).items() if value}
        if name := contacts.name_of(members):
            profile["full name"] = name
        found, _is_new = do_establish(integration, binding, {"profile": profile}, greets)
        if not name:
            profiles.do_note_friendly(address, found)
    if found.address_id != address.pk:
        Conversation.objects.filter(pk=found.pk).update(address=address)
    return found


def _binding(integration: Integration, address: Address) -> str:
    """The address; while a conversation of somebody who had it before is open, a name of its own."""
    binding = ":".join(filter(None, (address.scope, address.value)))[:MAX_BINDING]
    taken = Conversation.objects.filter(integration=integration, binding=binding, closed__isnull=True).exists()
    return f"{binding}:{address.pk}" if taken else binding


def _chosen(integration: Integration, address: Address, said: Said) -> dict[str, Any]:
    """The content; where a choice was pressed, or typed by its number or label, the payload that it stands for.

    Not for what is said to another app, whose choices are its own.
    """
    content = dict(said.content)
    if said.pressed:
        choices, place = offered(integration, said.pressed[0]), said.pressed[1]
        return of_choice(*choices[place]) if 0 <= place < len(choices) else content
    typed = str(content.get("text") or "").strip()
    if said.kind != "message" or not typed or not address.choices or address.choices_until < clock.now_ms():
        return content
    labels = {label.casefold(): (label, payload) for label, payload in reversed(address.choices)}
    numbers = {str(number): tuple(choice) for number, choice in enumerate(address.choices, 1)}
    chosen = labels.get(typed.casefold()) or numbers.get(typed.rstrip(".)"))  # a label may be a number
    if chosen is None:
        return content
    Address.objects.filter(pk=address.pk).update(choices=None)
    return of_choice(*chosen)


def of_choice(label: str, payload: str) -> dict[str, Any]:
    """The payload as a text; of a choice without one, the label, as a text cannot be empty."""
    return {"type": "text", "text": payload if payload.strip() else label}


def offered(integration: Integration, name: str) -> list[list[str]]:
    """The choices of a message that went out, by the provider's id of it or by ours."""
    rows, guid = ProviderMessage.objects.filter(integration=integration), parse_guid(name)
    found = rows.filter(external_id=name).first() or (rows.filter(delivery=guid).first() if guid else None)
    return (found.choices if found else None) or []


def with_media(
    integration: Integration, content: dict[str, Any], files: Sequence[Media]
) -> tuple[dict[str, Any], list[MediaFetch]]:
    """The content with our own addresses for the files that the provider keeps, and the rows that fetch them."""
    rows = []
    for file in files:
        row = MediaFetch(
            id=uuid.uuid4(),
            integration=integration,
            tenant_id=integration.hub.tenant_id,
            ref=dict(file.ref),  # type: ignore[misc]
            name=file.name[:200],
            mime=file.mime_type[:100],
            due=clock.now(),
        )
        _put(content, file.at.split("."), address_of_media(row))
        rows.append(row)
    return content, rows


def _put(node: Any, path: list[str], value: str) -> None:
    """Set what is at a path of names and places."""
    *before, last = path
    for step in before:
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[int(last) if isinstance(node, list) else last] = value


def _do_remember(address: Address, said: Said, found: Standby | None) -> None:
    """The windows of the channel count from this, and an answer may use its token."""
    if found and found.by_holder:
        return
    changes: dict[str, Any] = {}
    if said.counts and said.sent > address.last_said:
        changes["last_said"] = said.sent
    if not found and said.reply_token and said.reply_until > address.reply_until:
        changes.update(reply_token=said.reply_token, reply_until=said.reply_until)
    if said.read_token:
        changes["read_token"] = said.read_token
    if address.stopped and said.counts:
        changes["stopped"] = None
    if changes:
        Address.objects.filter(pk=address.pk).update(**changes)
