"""Connections to the two databases: PostgreSQL in production, SQLite in the embedded default."""

from pathlib import Path
from typing import Any

POOL = 24  # connections to PostgreSQL that a process may have


NEVER = 1_000_000_000  # uses of a statement after which it is prepared without having asked for it


def server(found: dict[str, Any], prepares: bool) -> dict[str, Any]:
    """The settings of a `DATABASE_URL`, for PostgreSQL with ours added; what the URL says (`?sslmode=require`) stands.

    `prepares`: PostgreSQL plans the statements of hot paths once for each connection.
    """
    if not found["ENGINE"].endswith("postgresql"):
        return found
    ours = {
        "prepare_threshold": NEVER if prepares else None,
        "pool": {"min_size": 1, "max_size": POOL, "timeout": 10},
        # A server that is gone without a word is noticed while a caller still waits.
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        # A process that froze in the middle of a transaction loses its locks.
        "options": "-c idle_in_transaction_session_timeout=60000",
    }
    return {**found, "ENGINE": "hubster.lib.postgres", "OPTIONS": {**ours, **found.get("OPTIONS", {})}}


def sqlite(folder: Path) -> dict[str, Any]:
    """A file in `folder`, durable at every commit, with one writer at a time."""
    return {
        "ENGINE": "hubster.lib.sqlite",
        "TEST": {"NAME": ":memory:"},
        "NAME": folder / "hubster.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",  # a writer waits its turn instead of failing in the middle
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
        },
    }
