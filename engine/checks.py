"""A start-up check of the data: a production database must not hold the demo's well-known credentials."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from engine.demo import demo_credentials_present


def register_all() -> None:
    """Called once when the application is ready."""
    register(check_demo_credentials, Tags.database)


def check_demo_credentials(
    app_configs: Any,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """Secrets and passwords that everybody can read in the documents open nothing in production."""
    if not settings.PRODUCTION or not databases:
        return []
    try:
        present = demo_credentials_present()
    except DatabaseError:  # no tables yet, or no server: other checks and commands tell of it
        return []
    if not present:
        return []
    advice = "Delete the users admin, owner, manager and agent and the secrets named 'demo', or use a new database."
    return [Error("The database contains passwords or secrets of the demo.", hint=advice, id="engine.E201")]
