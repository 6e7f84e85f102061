"""Writes about hubs."""

import uuid
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.db import IntegrityError, transaction

from hubster.lib.errors import HubsterError, fail
from portal.actions import audit
from portal.actions.cancellation import check_status
from portal.actions.deletion import Reach, do_delete
from portal.actions.snapshots import snapshot
from portal.models import Hub, Integration


def _taken(name: str) -> Exception:
    return fail("PRT000600", "name", f"a hub named '{name}' already exists.")


MAX_PHRASES, MAX_PHRASE = 50, 100  # of a hub; characters of one
MAX_FAILURES = 6  # attempts that there are
MAX_MINUTES = 525_600  # a year
MAX_SECONDS = 86_400  # a day
MIN_KEY_BITS, MAX_KEY_BITS = 2_048, 8_192
MAX_PEM = 4_096  # characters


def check_phrases(raw: Any) -> list[str]:
    """The phrases of a hub without spaces around them, each once; raises PRT000302 or PRT000207."""
    if not isinstance(raw, list) or not all(isinstance(phrase, str) for phrase in raw):
        raise fail("PRT000302", "handoverPhrases", "must be a list of texts.")
    phrases = list(dict.fromkeys(" ".join(phrase.split()) for phrase in raw if phrase.strip()))
    if len(phrases) > MAX_PHRASES or any(len(phrase) > MAX_PHRASE for phrase in phrases):
        text = f"can have up to {MAX_PHRASES} phrases of up to {MAX_PHRASE} characters each."
        raise fail("PRT000207", "handoverPhrases", text)
    return phrases


def check_public_key(raw: str) -> str:
    """A PEM public key in its usual form, empty for none; raises PRT000202, and PRT000207 for its size."""
    text = raw.strip()
    if not text:
        return ""
    if "PRIVATE KEY" in text:
        raise _key_fault("PRT000202", "this is a private key. Keep it secret and enter its public key instead.")
    try:
        key = serialization.load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise _key_fault(
            "PRT000202", "enter a public key in PEM format, starting with -----BEGIN PUBLIC KEY-----."
        ) from None
    if not isinstance(key, RSAPublicKey):
        raise _key_fault("PRT000202", "the key must be an RSA key, for RS256.")
    if not MIN_KEY_BITS <= key.key_size <= MAX_KEY_BITS:
        raise _key_fault(
            "PRT000207", f"the key must have {MIN_KEY_BITS} to {MAX_KEY_BITS} bits; it has {key.key_size}."
        )
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(*form).decode()


def _key_fault(code: str, text: str) -> HubsterError:
    return fail(code, "bindingPublicKey", text, quoted=True)


def check_name(tenant_id: uuid.UUID, name: str, except_id: uuid.UUID | None = None) -> None:
    """Names are unique in a tenant; raises PRT000600."""
    others = Hub.objects.filter(tenant_id=tenant_id, name=name)
    if (others.exclude(pk=except_id) if except_id else others).exists():
        raise _taken(name)


def do_create_hub(tenant_id: uuid.UUID, values: dict[str, Any], fixed_id: uuid.UUID | None = None) -> Hub:
    """A new hub from validated values. `fixed_id` is for demo data."""
    check_name(tenant_id, values["name"])
    hub = Hub(tenant_id=tenant_id, **values)
    if fixed_id:
        hub.id = fixed_id
    try:
        with transaction.atomic():
            hub.save(force_insert=True)
            audit.do_record("created", after=snapshot(hub))
    except IntegrityError:
        raise _taken(values["name"]) from None
    return hub


def do_update_hub(hub: Hub, values: dict[str, Any], by_operator: bool = False) -> Hub:
    """Change only what is given; an operator may cancel."""
    check_status(hub, values, by_operator)
    if "name" in values:
        check_name(hub.tenant_id, values["name"], except_id=hub.id)
    before = snapshot(hub)
    for name, value in values.items():
        setattr(hub, name, value)
    try:
        with transaction.atomic():
            hub.save(update_fields=[*values, "modified"])
            audit.do_record("updated", before, snapshot(hub))
    except IntegrityError:
        raise _taken(hub.name) from None
    return hub


def do_delete_hub(hub: Hub) -> None:
    """Delete a hub with its integrations and conversations."""
    reach = Reach(Integration.objects.filter(hub=hub), hub.conversations.all())
    do_delete(hub, {"status": Hub.Status.CANCELED}, reach)
