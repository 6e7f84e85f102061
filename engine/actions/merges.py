"""Merging two contacts that are one person, which can be undone.

A merge moves nothing but pointers. Each address keeps the contact that it belongs to (`Address.home`), each contact
what is known of it; the one that others were merged into shows their facts beside its own. So an undo needs no memory:
afterwards everything is as if the merge had never been, with all that was heard meanwhile at its right place.
"""

import uuid
from collections.abc import Iterable

from django.db import transaction

from engine.models import Address, Contact
from hubster.lib.errors import fail
from portal.actions import audit
from portal.actions.snapshots import Snapshot


def check_whole(contact: Contact) -> None:
    """Raises ENG000206 for a contact that was merged into another one."""
    if contact.merged_into_id:
        text = f"This contact was merged into {contact.merged_into_id}. Use that one, or undo the merge first."
        raise fail("ENG000206", text=text)


@transaction.atomic
def do_merge(contact_id: uuid.UUID, other_id: uuid.UUID) -> None:
    """Make the other one's addresses, with their conversations, this contact's; again changes nothing.

    Raises ENG000206 for itself, another hub's, one that was merged into a third, and if this one was merged.
    """
    if contact_id == other_id:
        raise fail("ENG000206", "contactId", "must be another contact than the one it is merged into.")
    found = do_lock(contact_id, other_id)
    contact, other = found[contact_id], found[other_id]
    if other.merged_into_id == contact.pk:
        return
    check_whole(contact)
    if other.hub_id != contact.hub_id:
        raise fail("ENG000206", "contactId", "must be a contact of the same hub.")
    if other.merged_into_id:
        text = f"was merged into {other.merged_into_id} before. Merge that one, or undo its merge first."
        raise fail("ENG000206", "contactId", text)
    Address.objects.filter(contact=other, former__isnull=True).update(former=other)
    Address.objects.filter(contact=other).update(contact=contact)
    other.merged_into = contact
    other.save(update_fields=["merged_into", "modified"])
    audit.do_record("merged", _snapshot(contact), _snapshot(contact, other))


def _snapshot(contact: Contact, other: Contact | None = None) -> Snapshot:
    """The contact, with one that is merged into it, for the audit log; that keeps no customer's name."""
    shown = {"contact": str(other.pk)} if other else {}
    return Snapshot("contact", str(contact.pk), str(contact.pk), contact.hub.tenant_id, shown)


@transaction.atomic
def do_unmerge(contact_id: uuid.UUID, other_id: uuid.UUID | None = None) -> None:
    """Take the other one out of this contact. Without it: this one out of what it was merged into, or, where it was
    merged into nothing, out of it all that were. Again changes nothing. Raises ENG000206 for one that is in a third.
    """
    if other_id is None:
        children = Contact.objects.filter(merged_into=contact_id).values_list("pk", flat=True)
        found = do_lock(contact_id, *children)
        whole = found[contact_id].merged_into_id is None
        chosen = [row for row in found.values() if row.merged_into_id == contact_id] if whole else [found[contact_id]]
    else:
        found = do_lock(other_id)
        chosen = [found[other_id]]
        if (above := chosen[0].merged_into_id) and contact_id not in found:
            raise fail("ENG000206", "contactId", f"was merged into {above}, not into this contact.")
    for row in chosen:
        if row.merged_into_id:
            former = found[row.merged_into_id]
            audit.do_record("unmerged", _snapshot(former, row), _snapshot(former))
            _do_take_out(row, _root(row.pk, found))


def _do_take_out(row: Contact, root: Contact) -> None:
    Address.objects.filter(contact=root, former__in=[row.pk, *_below(row.pk)]).update(contact=row)
    Address.objects.filter(contact=row, former=row).update(former=None)
    row.merged_into = None
    row.save(update_fields=["merged_into", "modified"])


def _below(contact_id: uuid.UUID) -> list[uuid.UUID]:
    """All that were merged into a contact, and into those."""
    found: list[uuid.UUID] = []
    level = [contact_id]
    while level:
        level = list(Contact.objects.filter(merged_into__in=level).values_list("pk", flat=True))
        found += level
    return found


# --- the way up -----------------------------------------------------------------------------------------------
def do_lock(*contact_ids: uuid.UUID) -> dict[uuid.UUID, Contact]:
    """These contacts and all that they were merged into, locked before anything of theirs is written; by key.

    All who go this way lock in one order, so none waits for another that waits for it.
    """
    while True:
        rows = Contact.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
        with transaction.atomic():
            found = {row.pk: row for row in rows.filter(pk__in=_with_above(contact_ids))}
            if all(row.merged_into_id is None or row.merged_into_id in found for row in found.values()):
                return found
            transaction.set_rollback(True)  # merged meanwhile: these locks are given up, and taken with the new ones


def do_lock_root(contact_id: uuid.UUID) -> Contact:
    """The contact at the end of all merges, locked with all on the way."""
    return _root(contact_id, do_lock(contact_id))


def _root(contact_id: uuid.UUID, locked: dict[uuid.UUID, Contact]) -> Contact:
    row = locked[contact_id]
    return _root(row.merged_into_id, locked) if row.merged_into_id else row


def above(contact: Contact) -> list[uuid.UUID]:
    """The contacts into which a contact was merged, from the next one to the last."""
    return [key for key in _with_above([contact.pk]) if key != contact.pk]


def _with_above(contact_ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """These, then what they were merged into, level by level."""
    found: dict[uuid.UUID, None] = {}
    level = list(contact_ids)
    while level:
        found.update(dict.fromkeys(level))
        rows = Contact.objects.filter(pk__in=level, merged_into__isnull=False).order_by()
        level = [key for key in rows.values_list("merged_into", flat=True) if key and key not in found]
    return list(found)
