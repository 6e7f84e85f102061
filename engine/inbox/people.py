"""People as the inbox knows them: a contact for each, with the addresses at which a channel reaches it."""

from functools import reduce

from django.db import IntegrityError, transaction
from django.db.models import Q

from engine.actions import contacts
from engine.adapters._inbound import Blocked, Moved, Person
from engine.models import Address, Contact
from hubster.lib import clock
from portal.models import Integration

Key = tuple[str, str]  # scope and value of an address


def find(integration: Integration, person: Person) -> Address | None:
    """The address, None if nobody wrote from it yet. One that the same request proves counts as well."""
    known = _known(integration, person)
    return next((known[key] for key in _keys(person) if key in known), None)


def _keys(person: Person) -> list[Key]:
    return [(person.scope, person.value), *person.others]


def _known(integration: Integration, person: Person) -> dict[Key, Address]:
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
        contacts.do_know(home, name[: contacts.LONGEST_NAME], person.profile)
    for key in keys:
        if key not in known:
            known[key] = _do_add(integration, home, key)
    return known[keys[0]]


def _do_add(integration: Integration, home: Contact, key: Key) -> Address:
    """A new address of a contact; one that is somebody's already stays theirs."""
    given = {"integration": integration, "scope": key[0], "value": key[1]}
    root = contacts.do_lock_root(home.pk)
    former = home if root != home else None
    try:
        with transaction.atomic():
            return Address.objects.create(contact=root, former=former, **given)
    except IntegrityError:
        return Address.objects.select_related("contact", "former").get(**given)


@transaction.atomic
def do_move(integration: Integration, moved: Moved) -> None:
    """The person of the old address has the new one, too, and writes and is written to there from now on."""
    old = find(integration, moved.old)
    if old is None:
        do_find(integration, moved.new)
        return
    new = _do_add(integration, old.home, (moved.new.scope, moved.new.value))
    if new.home != old.home:
        root = contacts.do_lock_root(old.home.pk)
        new.contact, new.former = root, old.home if root != old.home else None
        new.save(update_fields=["contact", "former", "modified"])
    Address.objects.filter(pk=new.pk).update(last_said=max(old.last_said, new.last_said))
    old.conversations.filter(closed__isnull=True).update(address=new)


@transaction.atomic
def do_block(integration: Integration, blocked: Blocked) -> None:
    """Nothing more is sent to who wants nothing; who writes, or takes it back, is written to again."""
    address = do_find(integration, blocked.person)
    address.stopped = clock.from_ms(blocked.at) if blocked.on else None
    address.save(update_fields=["stopped", "modified"])
