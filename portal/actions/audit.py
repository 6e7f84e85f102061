"""Writes the audit log: one entry for each change of configuration, in the transaction of the change itself."""

import json
import re
from typing import Any

from django.db import transaction
from django.db.models import Model

from hubster.lib import kept
from hubster.lib.crypto import secret_digest
from hubster.lib.secrecy import masked_url
from portal import actor
from portal.actions.snapshots import Properties, Secret, SecretAddress, Snapshot, snapshot, went_with
from portal.models import AuditEntry

MAX_TEXT = 500  # characters kept of one text
MAX_NESTED = 6_000  # characters of JSON kept of one list or dictionary
_BARE = re.compile(r"[\w.-]+\.[\w-]+(:\d+)?(/[^?#]*)?[?#]")  # an address without its scheme
_ABSENT = object()


def do_record(verb: str, before: Snapshot | None = None, after: Snapshot | None = None) -> None:
    """Add an entry such as `hub.updated`. Equal snapshots are no change and add none.

    Call it inside the transaction of the change: when one of the two fails, neither has happened.
    """
    subject = after or before
    assert subject is not None, "a change has something before it or after it"
    old, new = _difference(before, after)
    if old == new:
        return
    # Nothing is changed without an entry, so this is where everybody hears of it.
    kept.changed(str(subject.tenant_id or kept.ALL))
    who = actor.current()
    AuditEntry.objects.create(
        tenant_id=subject.tenant_id,
        by=who.kind,
        actor_id=who.id[:100],
        actor_name=who.name[:200],
        address=who.address,
        action=f"{subject.noun}.{verb}",
        object_id=subject.object_id,
        object_name=subject.name[:250],
        before=_kept_properties(old, subject),
        after=_kept_properties(new, subject),
    )


@transaction.atomic
def do_delete(row: Model) -> None:
    """Delete a row with all that hangs on it, and say in the entry how much that was."""
    before, model = snapshot(row), row._meta.model
    _, deleted = model._default_manager.filter(pk=row.pk).delete()  # the row itself can be deleted again after a fault
    if not deleted.get(model._meta.label):  # somebody else has just done it, and recorded it
        return
    gone = went_with(model, deleted)
    do_record("deleted", before.also(wentWithIt=gone) if gone else before)


def _difference(before: Snapshot | None, after: Snapshot | None) -> tuple[Properties | None, Properties | None]:
    """The properties that differ; all where there is only one side."""
    if before is None or after is None:
        return before.properties if before else None, after.properties if after else None
    old, new = before.properties, after.properties
    changed = [name for name in {**old, **new} if old.get(name, _ABSENT) != new.get(name, _ABSENT)]
    return {name: old[name] for name in changed if name in old}, {name: new[name] for name in changed if name in new}


# --- what is kept of a value ---------------------------------------------------------------------------------
def _kept_properties(properties: Properties | None, subject: Snapshot) -> Properties | None:
    if properties is None:
        return None
    return {name: _kept(value, subject.object_id) for name, value in properties.items()}


def _kept(value: Any, salt: str) -> Any:
    """A value without secrets, in bounded size."""
    kept = _masked(value, salt)
    if isinstance(kept, list | dict):
        text = json.dumps(kept)
        if len(text) > MAX_NESTED:
            return f"(too long to keep: {len(kept)} entries, {_trace(json.dumps(value), salt)})"
    return kept


def _masked(value: Any, salt: str) -> Any:
    if isinstance(value, SecretAddress):
        return masked_url(value.value, hidden(value.value, salt))
    if isinstance(value, Secret):
        return hidden(value.value, salt)
    if isinstance(value, str):
        return _short(re.sub(r"\S+", lambda word: _without_secrets(word[0], salt), _storable(value)), value, salt)
    if isinstance(value, dict):
        return {_storable(str(key))[:MAX_TEXT]: _masked(item, salt) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, salt) for item in value]
    return value


def _trace(text: str, salt: str) -> str:
    """Six digits that are others when the text is another. Keyed, and other for each object: nothing to compare."""
    return secret_digest(f"audit:{salt}:{text}")[:6]


def hidden(text: str, salt: str) -> str:
    """The mask of a secret."""
    return f"(hidden, {_trace(text, salt)})"


def _storable(text: str) -> str:
    """Without what PostgreSQL cannot keep in JSON: NUL and halves of characters."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _short(text: str, whole: str, salt: str) -> str:
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]}… ({len(whole)} characters, {_trace(whole, salt)})"


def _without_secrets(word: str, salt: str) -> str:
    """An address without its user, password and values of its query; any other word as it is."""
    scheme, colon, rest = word.partition("://")
    if not colon:
        if not _BARE.match(word):
            return word
        scheme, rest = "", word
    rest, hash_sign, fragment = rest.partition("#")
    rest, question, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    person, at, host = authority.rpartition("@")
    person = hidden(person, salt) if at else ""
    fragment = _without_values(fragment, salt) if "=" in fragment else fragment
    address = f"{scheme}{colon}{person}{at}{host}{slash}{path}"
    return f"{address}{question}{_without_values(query, salt)}{hash_sign}{fragment}"


def _without_values(query: str, salt: str) -> str:
    """`a=1&b` as `a=(hidden, …)&(hidden, …)`."""
    parts = []
    for part in query.split("&") if query else []:
        name, sign, value = part.partition("=")
        parts.append(f"{name}={hidden(value, salt)}" if sign else hidden(part, salt))
    return "&".join(parts)
