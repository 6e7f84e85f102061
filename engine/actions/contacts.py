"""Contacts: what is known of a person, by what they may be the same as others, and the addresses that they have."""

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from engine import adapters
from engine.actions import merges
from engine.models import Address, Contact
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.folding import folded
from hubster.lib.payloads import get_blind
from portal.models import Integration

Key = tuple[str, str]  # scope and value of an address

LONGEST_NAME = 200
MAX_PROFILE = 65_536  # bytes of JSON
MOST_PROPOSED = 20
NAME = "name"  # in `Contact.fixed`; the keys of the profile stand there behind `profile.`
_SHORTEST_PHONE = 7  # digits


@dataclass(frozen=True)
class Changes:
    """A change of a contact; None takes a key of the profile away."""

    name: str | None = None
    profile: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    """A contact that may be the same person, and by what: `email`, `phone` or `address`."""

    contact_id: uuid.UUID
    reason: str


def facts(name: str, profile: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a contact of whom this is known."""
    said = {key.lower(): str(value) for key, value in profile.items() if value is not None}
    email, phone = said.get("email", "").strip().casefold(), digits(said.get("phone", ""))
    words = (name, said.get("email", ""), said.get("phone", ""), phone)
    return {
        "name": name[:LONGEST_NAME],
        "profile": dict(profile),
        "email": email if "@" in email and len(email) <= 254 else "",
        "phone": phone,
        "search": folded(" ".join(filter(None, words)))[:2_000],
    }


def digits(text: str) -> str:
    """The digits of a phone number, without the zeros before a country's; empty for what is none."""
    found = re.sub("[^0-9]", "", text).removeprefix("00")
    return found if _SHORTEST_PHONE <= len(found) <= 32 else ""


def do_know(contact: Contact, name: str, profile: Mapping[str, Any]) -> None:
    """Store what a channel says of the person: what the business said stands, what is not said any more stays known."""
    news = {key: value for key, value in profile.items() if f"profile.{key}" not in contact.fixed}
    _do_store(contact, contact.name if NAME in contact.fixed else name or contact.name, {**contact.profile, **news})


def _do_store(contact: Contact, name: str, profile: Mapping[str, Any]) -> None:
    if (name, profile) == (contact.name, contact.profile):
        return
    found = facts(name, profile)
    for column, value in found.items():
        setattr(contact, column, value)
    contact.save(update_fields=[*found, "modified"])


@transaction.atomic
def do_add_address(integration: Integration, home: Contact, key: Key) -> Address:
    """A new address of a contact; one that is somebody's already stays theirs."""
    given = {"integration": integration, "scope": key[0], "value": key[1]}
    root = merges.do_lock_root(home.pk)
    former = home if root != home else None
    try:
        with transaction.atomic():
            return Address.objects.create(contact=root, former=former, **given)
    except IntegrityError:
        return Address.objects.select_related("contact", "former").get(**given)


# --- what the business changes --------------------------------------------------------------------------------
def check_changes(raw: Any) -> Changes:
    """The body of an update; raises ENG000201 and ENG000207 with every fault."""
    if not isinstance(raw, dict):
        raise fail("ENG000201", text="The body must be a JSON object.")
    name, profile = get_blind(raw, "name"), get_blind(raw, "profile")
    faults = _faults_of_name(name) if name is not None else []
    if not isinstance(profile, dict | None):
        faults.append(Fault("ENG000201", "profile", "must be an object, such as {'phone': '416-555-0001'}."))
    elif len(json.dumps(profile)) > MAX_PROFILE:
        faults.append(_too_large())
    if faults:
        raise HubsterError(*faults)
    return Changes(name.strip() if name is not None else None, profile or {})


def _faults_of_name(name: Any) -> list[Fault]:
    if not isinstance(name, str):
        return [Fault("ENG000201", "name", "must be text.")]
    if len(name) > LONGEST_NAME:
        return [Fault("ENG000207", "name", f"must be text of at most {LONGEST_NAME} characters.")]
    return []


def _too_large() -> Fault:
    return Fault("ENG000207", "profile", f"is larger than {MAX_PROFILE} bytes.")


@transaction.atomic
def do_update(contact_id: uuid.UUID, changes: Changes) -> Contact:
    """Change what is known; the same again changes nothing. What is said here no channel changes any more.

    Raises ENG000206 for a contact that was merged, ENG000207 for a profile that becomes too large.
    """
    contact = Contact.objects.select_for_update(no_key=True, of=("self",)).get(pk=contact_id)
    merges.check_whole(contact)
    profile = {**contact.profile, **changes.profile}
    others = {key for member in members_of(contact)[1:] for key in member.profile}
    profile = {key: value for key, value in profile.items() if value is not None or key in others}
    said = [f"profile.{key}" for key in changes.profile] + ([NAME] if changes.name is not None else [])
    fixed = list(dict.fromkeys([*contact.fixed, *said]))
    if len(json.dumps([profile, fixed])) > MAX_PROFILE:
        raise HubsterError(_too_large())
    if fixed != contact.fixed:
        contact.fixed = fixed
        contact.save(update_fields=["fixed", "modified"])
    _do_store(contact, contact.name if changes.name is None else changes.name, profile)
    return contact


# --- the whole person -----------------------------------------------------------------------------------------
def members_of(contact: Contact, addresses: Iterable[Address] | None = None) -> list[Contact]:
    """The contact, and those that were merged into it, by when they were made; of an address each, with `former`."""
    rows = contact.addresses.select_related("former") if addresses is None else addresses
    others = {row.former.pk: row.former for row in rows if row.former and row.former_id != contact.pk}
    return [contact, *sorted(others.values(), key=lambda row: (row.created, row.pk))]


def name_of(members: list[Contact]) -> str:
    """The name of a person: the first that is known."""
    if NAME in members[0].fixed:
        return members[0].name
    return next((row.name for row in members if row.name), "")


def profile_of(members: list[Contact]) -> dict[str, Any]:
    """The facts about a person: the contact's own first, then what only the others know."""
    found: dict[str, Any] = {}
    for row in reversed(members):
        found.update({key: value for key, value in row.profile.items() if value is not None or row is members[0]})
    return {key: value for key, value in found.items() if value is not None}


def proposals(contact: Contact, addresses: list[Address]) -> list[Proposal]:
    """Contacts of the hub that may be the same person. All of it is weak: only somebody who knows them merges."""
    members = members_of(contact, addresses)
    others = Contact.objects.filter(hub=contact.hub_id).exclude(pk__in=[row.pk for row in members])
    emails, phones = ({getattr(row, key) for row in members} - {""} for key in ("email", "phone"))
    own = {digits(row.value) for row in addresses if row.integration.channel in _by_phone() and _is_phone(row)} - {""}
    found: dict[uuid.UUID, str] = {}
    for reason, rows in (
        ("email", others.filter(email__in=emails)),
        ("phone", others.filter(phone__in=phones)),
        ("address", others.filter(Q(phone__in=own) | Q(pk__in=_reached_at(contact, phones)))),
    ):
        for row in rows.order_by("created", "pk")[:MOST_PROPOSED]:
            root = merges.above(row)[-1] if row.merged_into_id else row.pk
            found.setdefault(root, reason)
    found.pop(contact.pk, None)
    return [Proposal(key, reason) for key, reason in list(found.items())[:MOST_PROPOSED]]


def _by_phone() -> list[str]:
    """The channels whose addresses are phone numbers."""
    return [one.name for one in adapters.all_adapters() if isinstance(one, adapters.Provider) and one.by_phone]


def _is_phone(address: Address) -> bool:
    """False for an id that stands in for a hidden number, such as `US.1349…`."""
    return address.value.lstrip("+").isdigit()


def _reached_at(contact: Contact, phones: Iterable[str]) -> QuerySet[Any, Any]:
    """The keys of the hub's contacts to whom a phone number is an address."""
    values = [form.format(phone) for phone in phones for form in ("{}", "+{}")]
    rows = Address.objects.filter(value__in=values, integration__hub=contact.hub_id)
    return rows.filter(integration__channel__in=_by_phone()).values("contact")
