"""The rights of members over the Portal API. API clients are not asked: they have those of the tenant itself."""

from django.http import HttpRequest

from hubster.lib.errors import fail
from portal.identity.tokens import Caller
from portal.models import User

_OWNERS_ONLY = "api/v1/tenants/"  # routes under it are about API clients and their secrets


def check_role(caller: Caller, request: HttpRequest) -> None:
    """Raises PRT000110 when the member's role does not suffice for what is asked."""
    if caller.user_id is None or caller.role == User.Role.OWNER:
        return
    if caller.role != User.Role.MANAGER:
        raise fail(
            "PRT000110", text=f"Your role '{caller.role}' may not use the Portal API; ask an owner or a manager."
        )
    if request.resolver_match is None or request.resolver_match.route.startswith(_OWNERS_ONLY):
        raise fail("PRT000110", text="Your role 'manager' may not see or change API clients and secrets; ask an owner.")
