"""The permissions of people in the admin: an order of ranks, from nobody to operator."""

import uuid
from enum import IntEnum
from typing import Any

from django.http import HttpRequest

from portal.models import User


class Rank(IntEnum):
    """Each rank may do what the lower ones may. `NEVER` is held by nobody."""

    NOBODY = 0
    AGENT = 1
    MANAGER = 2
    OWNER = 3
    OPERATOR = 4
    NEVER = 9


_BY_ROLE = {User.Role.AGENT: Rank.AGENT, User.Role.MANAGER: Rank.MANAGER, User.Role.OWNER: Rank.OWNER}


def rank_of(user: Any) -> Rank:
    """The rank of whoever is signed in. Staff without a tenant, or of a disabled one, are nobody."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return Rank.NOBODY
    if user.is_superuser:
        return Rank.OPERATOR
    if user.tenant_id is None or not user.tenant.enabled:
        return Rank.NOBODY
    return _BY_ROLE.get(user.role, Rank.NOBODY)


def own_tenant(request: HttpRequest) -> uuid.UUID:
    """The tenant of a member."""
    tenant_id: uuid.UUID | None = request.user.tenant_id  # type: ignore[union-attr]
    assert tenant_id is not None, "operators have no tenant of their own"
    return tenant_id


def is_operator(request: HttpRequest) -> bool:
    """True if the request comes from an operator."""
    return rank_of(request.user) == Rank.OPERATOR
