"""People as the inbox knows them: a contact for each, with the addresses at which a channel reaches it."""

from django.db import IntegrityError, transaction

from engine.adapters._inbound import Blocked, Moved, Person
from engine.models import Address, Contact
from hubster.lib import clock
from portal.models import Integration

_LONGEST_NAME = 200


def find(integration: Integration, person: Person) -> Address | None:
    """The address, None if nobody wrote from it yet. One that the same request proves counts as well."""
    rows = Address.objects.select_related("contact").filter(integration=integration)
    for scope, value in ((person.scope, person.value), *person.others):
        if found := rows.filter(scope=scope, value=value).first():
            return found
    return None


def do_find(integration: Integration, person: Person) -> Address:
    """The address from which a person writes, made with its contact if it is new; what is known is brought up to date.

    Within a transaction.
    """
    known = find(integration, person)
    if known is None:
        contact = Contact.objects.create(
            hub_id=integration.hub_id, name=_name(person), profile=dict(person.profile)
        )  # fmt: skip
        known = _do_add(integration, contact, person.scope, person.value)
    else:
        _do_bring_up_to_date(known.contact, person)
    if (known.scope, known.value) != (person.scope, person.value):
        known = _do_add(integration, known.contact, person.scope, person.value)
    for scope, value in person.others:
        _do_add(integration, known.contact, scope, value)
    return known


def _do_add(integration: Integration, contact: Contact, scope: str, value: str) -> Address:
    """The contact's address; one that is somebody's already stays theirs."""
    given = {"integration": integration, "scope": scope, "value": value}
    try:
        with transaction.atomic():
            return Address.objects.create(contact=contact, **given)
    except IntegrityError:
        return Address.objects.select_related("contact").get(**given)


def _name(person: Person) -> str:
    return person.profile.get("full name", "")[:_LONGEST_NAME]


def _do_bring_up_to_date(contact: Contact, person: Person) -> None:
    """Store what is new of the person; what is not said any more stays known."""
    profile = {**contact.profile, **person.profile}
    name = _name(person) or contact.name
    if (profile, name) != (contact.profile, contact.name):
        contact.profile, contact.name = profile, name
        contact.save(update_fields=["profile", "name", "modified"])


@transaction.atomic
def do_move(integration: Integration, moved: Moved) -> None:
    """The person of the old address has the new one, too, and writes and is written to there from now on."""
    old = find(integration, moved.old)
    if old is None:
        do_find(integration, moved.new)
        return
    new = _do_add(integration, old.contact, moved.new.scope, moved.new.value)
    if new.contact_id != old.contact_id:
        new.contact = old.contact
        new.save(update_fields=["contact", "modified"])
    Address.objects.filter(pk=new.pk).update(last_said=max(old.last_said, new.last_said))
    old.conversations.filter(closed__isnull=True).update(address=new)


@transaction.atomic
def do_block(integration: Integration, blocked: Blocked) -> None:
    """Nothing more is sent to who wants nothing; who writes, or takes it back, is written to again."""
    address = do_find(integration, blocked.person)
    address.stopped = clock.from_ms(blocked.at) if blocked.on else None
    address.save(update_fields=["stopped", "modified"])
