"""Statements of hot paths are prepared: PostgreSQL plans them once for each connection, and values travel beside them.

A pooled connection that the server has ended is noticed when it is taken, not by the query of whoever took it.

After a restart of the server every connection of every pool is dead, and each would fail one request. The pool could
ask the server each time, which costs a round trip; that the server has ended a connection shows at its socket as well.
"""

import select
from contextlib import suppress
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from hubster.lib.pool import keeps_connection, lock_wait


class PreparingCursor(psycopg.Cursor[Any]):
    """A cursor whose statements are prepared, unless the settings say that nothing is."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> "PreparingCursor":
        """Prepare it at its first use on this connection."""
        return super().execute(query, params, prepare=True)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, which takes no connection that has ended, and has cursors for statements that recur."""

    def preparing_cursor(self) -> Any:
        """For constant statements, with `%s` for each value and no list of varying length.

        Where statements are logged, an ordinary one, which knows how the statement reads with its values.
        """
        if self.queries_logged:
            return self.cursor()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(PreparingCursor(self.connection))  # type: ignore[attr-defined]

    def connect(self) -> None:
        """Take one of the pool; a thread that keeps its connection takes it for good."""
        super().connect()
        if keeps_connection():
            self.close_at = None
        if wait := lock_wait():
            self.set_lock_wait(wait)

    def set_lock_wait(self, milliseconds: int) -> None:
        """Wait so long for a lock at most, as long as this thread has the connection."""
        self.connection.execute(f"SET lock_timeout = {milliseconds:d}")

    def _close(self) -> None:
        """The next thread that takes the connection waits as long as it likes."""
        if lock_wait() and self.connection is not None:
            with suppress(psycopg.Error):  # it has ended
                self.set_lock_wait(0)
        super()._close()  # type: ignore[misc]

    def close_if_unusable_or_obsolete(self) -> None:
        """Called before and after each request."""
        if self.connection is not None and not self.in_atomic_block and _has_ended(self.connection):
            self.close()
        super().close_if_unusable_or_obsolete()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One that was alive a moment ago; the pool replaces those that were not."""
        found = super().get_new_connection(conn_params)
        pool = self.pool  # type: ignore[attr-defined]
        for _ in range(pool.max_size if pool else 0):
            if not _has_ended(found):
                break
            found.close()
            pool.putconn(found)
            found = super().get_new_connection(conn_params)
        return found


def _has_ended(connection: Any) -> bool:
    """True if something is to be read though nothing was asked: the end of the connection, or its announcement.

    A connection that has met its end already has no socket to look at.
    """
    if connection.closed:
        return True
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))
