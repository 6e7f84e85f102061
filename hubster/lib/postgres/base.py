"""A pooled connection that the server has ended is noticed when it is taken, not by the query of whoever took it.

After a restart of the server every connection of every pool is dead, and each would fail one request. The pool could
ask the server each time, which costs a round trip; that the server has ended a connection shows at its socket as well.
"""

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, which takes no connection that has ended."""

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
    """True if something is to be read though nothing was asked: the end of the connection, or its announcement."""
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))
