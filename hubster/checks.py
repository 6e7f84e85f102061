"""Start-up checks of the installation: each fault comes with a sentence that says what to do.

`manage.py check` runs those that need no database; `serve` and `migrate` run all of them first.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections
from django.db.migrations.recorder import MigrationRecorder

DURABLE = {"fsync": {"on"}, "synchronous_commit": {"on", "remote_apply"}}
LEAST_KEY = 32  # characters
_FIRST_OF_EARLIER = {("portal", "0001_initial"), ("engine", "0001_initial")}  # the names of their first migrations
_KEPT_KEYS = {
    "SECRET_KEY": "secret.key",
    "HUBSTER_HASH_KEY": "hash.key",
    "HUBSTER_ENCRYPTION_KEYS": "encryption.key",
}


def register_all() -> None:
    """Called once when the applications are ready."""
    register(check_production, Tags.security)
    register(check_keys, Tags.security)
    register(check_durability, Tags.database)
    register(check_version, Tags.database)


def check_production(app_configs: Any, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Settings that a production must not have."""
    if not settings.PRODUCTION:
        return []
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(_error("E101", "DEBUG is on.", "Unset DEBUG: error pages would show internals to everyone."))
    if settings.HUBSTER_ALLOW_LOOPBACK:
        text = "Unset HUBSTER_ALLOW_LOOPBACK: webhooks of tenants could reach services on this machine."
        found.append(_error("E102", "Webhooks to this machine are allowed.", text))
    if settings.HUBSTER_UNSAFE_DATABASE:
        text = "Unset HUBSTER_UNSAFE_DATABASE: it is for test databases only."
        found.append(_error("E103", "The durability of the database is not checked.", text))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(_error("E104", "ALLOWED_HOSTS accepts any host name.", "List your host names in ALLOWED_HOSTS."))
    if not settings.PUBLIC_URL.startswith("https://"):
        text = "Set HUBSTER_PUBLIC_URL to the https address that clients use."
        found.append(Warning("HUBSTER_PUBLIC_URL is not https.", text, id="hubster.W105"))
    return found


def check_keys(app_configs: Any, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Production has keys of its own: long, different from each other, and not those that the demo made."""
    if not settings.PRODUCTION:
        return []
    found: list[CheckMessage] = []
    given = {
        "SECRET_KEY": [settings.SECRET_KEY],
        "HUBSTER_HASH_KEY": [settings.HUBSTER_HASH_KEY],
        "HUBSTER_ENCRYPTION_KEYS": settings.HUBSTER_ENCRYPTION_KEYS,
    }
    for name, keys in given.items():
        advice = f"Make a new {name} with `manage.py new_keys`."
        if any(len(key) < LEAST_KEY or key.startswith("django-insecure-") for key in keys):
            found.append(_error("E111", f"{name} is too easy to guess.", advice))
        if set(keys) & _demo_keys(name):
            found.append(_error("E112", f"{name} is the key of the demo.", advice))
    every = [key for keys in given.values() for key in keys]
    if len(set(every)) < len(every):
        text = "Use different values for SECRET_KEY, HUBSTER_HASH_KEY and HUBSTER_ENCRYPTION_KEYS."
        found.append(_error("E113", "Two settings use the same key.", text))
    return found


def _demo_keys(name: str) -> set[str]:
    """The keys that a demo on this machine keeps in its data folder."""
    path = Path(settings.DATA_DIR) / _KEPT_KEYS[name]
    return {part.strip() for part in path.read_text().split(",")} if path.is_file() else set()


def check_durability(
    app_configs: Any,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """PostgreSQL must have a COMMIT on the disk before it answers, for that answer is our acknowledgement."""
    found: list[CheckMessage] = []
    if settings.HUBSTER_UNSAFE_DATABASE and not settings.PRODUCTION:
        return found
    for alias in databases or ():
        if connections[alias].vendor != "postgresql":
            continue
        try:
            shown = {name: server_setting(alias, name) for name in DURABLE}
        except DatabaseError as fault:
            text = "Start PostgreSQL, or correct DATABASE_URL."
            return [_error("E121", f"The database does not answer ({type(fault).__name__}).", text)]
        found += [_not_durable(name, value) for name, value in shown.items() if value not in DURABLE[name]]
    return found


def check_version(
    app_configs: Any,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """The tables of earlier versions had other names, and no migration leads from them to ours."""
    for alias in databases or ():
        try:
            applied = MigrationRecorder(connections[alias]).applied_migrations()
        except DatabaseError:  # `check_durability` reports a server that does not answer
            continue
        if _FIRST_OF_EARLIER & applied.keys():
            text = "This database was made by an earlier version of Hubster, which cannot be upgraded."
            return [_error("E123", text, _begin_anew(alias))]
    return []


def _begin_anew(alias: str) -> str:
    """Advice that names the database."""
    if connections[alias].vendor == "sqlite":
        name = connections[alias].settings_dict["NAME"]
        return f"Stop Hubster and move {name}, -wal and -shm to a safe place. The next start begins with an empty one."
    return "Back it up, then create an empty database, set DATABASE_URL to it and run `manage.py migrate`."


def server_setting(alias: str, name: str) -> str:
    """A setting as it is in force on the server for our own session."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def _not_durable(name: str, value: str) -> CheckMessage:
    text = (
        f"Set `{name} = on` in postgresql.conf (and for the role and the database), then reload the server. "
        "Without it a crash loses messages that were acknowledged."
    )
    return _error("E122", f"PostgreSQL runs with {name} = {value}.", text)


def _error(number: str, what: str, advice: str) -> Error:
    return Error(what, hint=advice, id=f"hubster.{number}")
