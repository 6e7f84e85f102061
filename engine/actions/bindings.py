"""Bindings: which conversation the name that a caller gives a customer may open. The one place that decides."""

import re
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from engine.models import Conversation, VisitorGrant
from portal.identity import binding_tokens
from portal.identity.tokens import Visitor
from portal.models import Integration

RANDOM_BINDING = 40  # characters that a random key has at least
_KINDS = ("[a-z]", "[A-Z]", "[0-9]")


@dataclass(frozen=True)
class Claim:
    """A caller's claim to be the customer of a binding. `visitor` is None for the business's own software."""

    binding: str
    visitor: Visitor | None = None
    token: str | None = None  # the `bindingToken` by which the business vouches for it


def check(claim: Claim, integration: Integration) -> None:
    """Raises ENG000102 when the claim comes with a token that does not prove it."""
    if claim.token is not None:
        binding_tokens.check(claim.token, claim.binding, integration)


def key_of(claim: Claim, integration: Integration) -> str:
    """The name a conversation is stored under: the binding itself, or one that holds for this visitor alone.

    Anybody can claim a binding from a browser. The claim counts when the business vouches for it, or when the hub
    trusts bindings that look random. Call `check` first.
    """
    visitor, trusts = claim.visitor, integration.hub.trust_random_bindings
    if visitor is None or claim.token is not None or (trusts and looks_random(claim.binding)):
        return claim.binding
    return f"{visitor.visitor_id}:{claim.binding}"


def open_conversations(claim: Claim, integration: Integration) -> QuerySet[Conversation]:
    """The open conversations that the claim may enter: one, or two when the visitor was vouched for before."""
    rows = Conversation.objects.filter(integration=integration, closed__isnull=True)
    key = key_of(claim, integration)
    if claim.visitor is None or key == claim.binding:
        return rows.filter(binding=key)
    entered = VisitorGrant.objects.filter(visitor=claim.visitor.visitor_id).values("conversation")
    return rows.filter(Q(binding=key) | Q(binding=claim.binding, pk__in=entered))


def looks_random(binding: str) -> bool:
    """True if a part of the binding is long, of many characters and of more than one kind.

    Digests of addresses look random and can be guessed all the same, so this proves nothing: it is for hubs whose
    clients send random keys, and which say so by `trustRandomBindings`.
    """
    parts = re.findall(rf"[\w-]{{{RANDOM_BINDING},}}", binding, re.ASCII)
    return any(len(set(part)) >= 12 and sum(bool(re.search(kind, part)) for kind in _KINDS) > 1 for part in parts)
