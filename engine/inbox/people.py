"""People as the inbox knows them: a contact for each, with the addresses at which a channel reaches it."""

from functools import reduce

from django.db import transaction
from django.db.models import Q

from engine.actions import contacts, merges
from engine.adapters._inbound import Blocked, Moved, Person
from engine.inbox import profiles
from engine.models import Address, Contact, Conversation
from hubster.lib import clock
from portal.models import Integration


def find(integration: Integration, person: Person) -> Address | None:
    """The address, None if nobody wrote from it yet. One that the same request proves counts as well."""
    known = _known(integration, person)
    return next((known[key] for key in _keys(person) if key in known), None)


def _keys(person: Person) -> list[contacts.Key]:
    return [(person.scope, person.value), *person.others]


def _known(integration: Integration, person: Person) -> dict[contacts.Key, Address]:
    any_key = reduce(Q.__or__, (Q(scope=scope, value=value) for scope, value in _keys(person)))
    rows = Address.objects.select_related("contact", "former").filter(any_key, integration=integration)
    return {(row.scope, row.value): row for row in rows}


def do_find(integration: Integration, person: Person) -> Address:
    """The address from which a person writes, made with its contact if it is new; what is known is brought up to date.

    Within a transaction.
    """
    known, keys, name = _known(integration, person), _keys(person), person.profile.get("full name", "")
    found = next((known[key] for key in keys if key in known), None)
    if found is None:
        home = Contact.objects.create(hub_id=integration.hub_id, **contacts.facts(name, person.profile))
    else:
        home = found.home
        if len(known) < len(keys):
            merges.do_lock(home.pk)
        contacts.do_know(home, name[: contacts.LONGEST_NAME], person.profile)
    for key in keys:
        if key not in known:
            known[key] = contacts.do_add_address(integration, home, key)
    if found is None and not name:
        profiles.do_ask(integration, known[keys[0]])
    return known[keys[0]]


def open_conversation(integration: Integration, address: Address) -> Conversation | None:
    """The open conversation of the person on this integration, whichever of their addresses it began from.

    Contacts that were merged keep their own threads, so that what was said stays apart when the merge is undone.
    """
    rows = Conversation.objects.filter(integration=integration, closed__isnull=True)
    if address.former_id:
        rows = rows.filter(address__former=address.former_id)
    else:
        rows = rows.filter(address__contact=address.contact_id, address__former__isnull=True)
    return rows.order_by("-opened").first()


@transaction.atomic
def do_move(integration: Integration, moved: Moved) -> None:
    """The person of the old address has the new ones instead, and writes and is written to at the first of them.

    Who writes from the old address later is somebody else, as a provider may give it to others. A repeat of the news
    must not move them: of a person who wrote from there after the move it tells nothing.
    """
    known = _known(integration, moved.old)
    old = next((known[key] for key in _keys(moved.old) if key in known), None)
    if old is None or old.last_said > moved.at:
        do_find(integration, moved.new)
        return
    taken = _known(integration, moved.new).values()
    merges.do_lock(old.home.pk, *(address.home.pk for address in taken))
    first, *_others = [_do_give(integration, old.home, key) for key in _keys(moved.new)]
    left = [row for key, row in known.items() if key not in _keys(moved.new)]
    first.last_said = max(row.last_said for row in (*known.values(), first))
    first.stopped = old.stopped or first.stopped
    first.choices, first.choices_until = old.choices, old.choices_until
    first.save(update_fields=["last_said", "stopped", "choices", "choices_until", "modified"])
    Conversation.objects.filter(address__in=left).update(address=first)
    Address.objects.filter(pk__in=[row.pk for row in left]).delete()


def _do_give(integration: Integration, home: Contact, key: contacts.Key) -> Address:
    """The address as the contact's, whoever had it before."""
    found = contacts.do_add_address(integration, home, key)
    if found.home != home:
        root = merges.do_lock_root(home.pk)
        found.contact, found.former = root, home if root != home else None
        found.save(update_fields=["contact", "former", "modified"])
    return found


@transaction.atomic
def do_block(integration: Integration, blocked: Blocked) -> None:
    """Nothing more is sent to who wants nothing; who writes, or takes it back, is written to again.

    Who wrote since wants to hear of it: some providers send late, once more, what did not arrive.
    """
    address = do_find(integration, blocked.person)
    if blocked.on and blocked.at < address.last_said:
        return
    address.stopped = clock.from_ms(blocked.at) if blocked.on else None
    address.save(update_fields=["stopped", "modified"])
