"""Writers of one process take turns at a lock instead of asking SQLite again and again.

SQLite lets one transaction write at a time. Who comes second sleeps and asks again, longer each time: with many
threads in one process most of them sleep while nobody writes. Here they wait for each other, and only another
process is left to SQLite's own waiting.
"""

import threading
from typing import Any

from django.db.backends.sqlite3 import base

from hubster.lib.folding import folded

PATIENCE = 20.0  # seconds; then SQLite's own waiting decides
_turn = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that holds the turn from BEGIN to COMMIT or ROLLBACK."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._my_turn = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One that knows how a search folds texts."""
        found = super().get_new_connection(conn_params)
        found.create_function("HUBSTER_FOLDED", 1, _folded, deterministic=True)
        return found

    def _start_transaction_under_autocommit(self) -> None:
        self._my_turn = self._my_turn or _turn.acquire(timeout=PATIENCE)
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _end_turn(self) -> None:
        if self._my_turn:
            self._my_turn = False
            _turn.release()

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._end_turn()  # where COMMIT failed, the rollback that follows ends the turn

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()


def _folded(value: Any) -> str | None:
    return None if value is None else folded(str(value))
