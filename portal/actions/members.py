"""Writes about members: the people who sign in."""

from collections.abc import Iterable

from hubster.lib.errors import fail
from portal.models import User


def check_standing(person: User) -> None:
    """A member has a tenant and a role there; an operator has neither. Raises PRT000301 or PRT000302."""
    if person.is_superuser and (person.tenant_id or person.role):
        raise fail("PRT000302", "Property 'isSuperuser': an operator belongs to no tenant and has no role in one.")
    if not person.is_superuser and not person.tenant_id:
        raise fail("PRT000301", "Property 'tenant' is required for a member.")
    if not person.is_superuser and not person.role:
        raise fail("PRT000301", "Property 'role' is required for a member.")


def do_create_member(person: User) -> User:
    """Save a new person, whose password is set already. Everybody here may sign in to the admin."""
    check_standing(person)
    person.is_staff = True
    person.save(force_insert=True)
    return person


def do_update_member(person: User, fields: Iterable[str]) -> User:
    """Save the named fields of a person."""
    check_standing(person)
    person.save(update_fields=list(fields))
    return person


def do_delete_member(person: User) -> None:
    """Delete a person; what they wrote stays, without their name."""
    person.delete()
