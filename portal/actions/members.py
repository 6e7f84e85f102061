"""Writes about members: the people who sign in."""

from typing import Any

from django.db import transaction

from hubster.lib.errors import fail
from portal.actions import audit
from portal.actions.snapshots import snapshot
from portal.models import User


def check_standing(person: User) -> None:
    """A member has a tenant and a role there; an operator has neither. Raises PRT000301 or PRT000302."""
    if person.is_superuser and (person.tenant_id or person.role):
        raise fail("PRT000302", "isSuperuser", "an operator belongs to no tenant and has no role in one.")
    if not person.is_superuser and not person.tenant_id:
        raise fail("PRT000301", "tenant", "is required for a member.")
    if not person.is_superuser and not person.role:
        raise fail("PRT000301", "role", "is required for a member.")


@transaction.atomic
def do_create_member(person: User) -> User:
    """Save a new person, whose password is set already. Everybody here may sign in to the admin."""
    check_standing(person)
    person.is_staff = True
    person.save(force_insert=True)
    audit.do_record("created", after=snapshot(person))
    return person


@transaction.atomic
def do_update_member(person: User, values: dict[str, Any]) -> User:
    """Change only what is given."""
    before = snapshot(person)
    for name, value in values.items():
        setattr(person, name, value)
    check_standing(person)
    person.save(update_fields=list(values))
    if not person.is_active:
        person.portal_sessions.all().delete()  # active again, they sign in again
    audit.do_record("updated", before, snapshot(person))
    return person


@transaction.atomic
def do_set_password(person: User, password: str) -> User:
    """Give a person another password, which ends what was signed in with the old one."""
    before = snapshot(person)
    person.set_password(password)
    person.save(update_fields=["password"])
    audit.do_record("password_set", before, snapshot(person))
    return person


def do_delete_member(person: User) -> None:
    """Delete a person; what they wrote stays, without their name."""
    audit.do_delete(person)
