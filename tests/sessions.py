"""Two actions in database sessions of their own, of which one is stopped in the middle of its transaction."""

import threading
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

PATIENCE = 60.0  # seconds after which a test fails
_LOCKING = ("INSERT", "UPDATE", "DELETE")
_DEADLOCK = "40P01"  # PostgreSQL's code
_BLOCKED = "SELECT cardinality(pg_blocking_pids(%s)) > 0"


class Session:
    """An action in a thread. It stops after its `stop`th statement that locks rows, until it may go on; 0: never.

    Only statements about `tables` count; without them all do.
    """

    def __init__(self, action: Callable[[], Any], stop: int = 0, tables: Collection[str] = ("",)) -> None:
        self.action, self.stop, self.tables = action, stop, tables
        self.locked, self.pid, self.deadlocks = 0, 0, 0
        self.fault: Exception | None = None
        self.resting, self.over, self._may_go_on = threading.Event(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        try:
            with connection.execute_wrapper(self._statement):
                self.action()
        except Exception as fault:
            self.fault = fault
        finally:
            connection.close()
            self.over.set()
            self.resting.set()

    def _statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        connection.ensure_connection()
        self.pid = connection.connection.info.backend_pid
        try:
            found = execute(sql, params, many, context)
        except Exception as fault:
            self.deadlocks += getattr(fault.__cause__, "sqlstate", "") == _DEADLOCK
            raise
        locks = connection.in_atomic_block and (sql.startswith(_LOCKING) or " FOR " in sql)
        if locks and any(table in sql for table in self.tables):
            self.locked += 1
            if self.locked == self.stop:
                self.resting.set()
                assert self._may_go_on.wait(PATIENCE)
        return found

    def rests(self) -> bool:
        """Wait until it has stopped; False: it has ended before."""
        assert self.resting.wait(PATIENCE)
        return not self.over.is_set()

    def is_stuck(self) -> bool:
        """Wait until it has ended, or waits for a lock of the other one."""
        while not self.over.wait(0.005):
            with connection.cursor() as cursor:
                cursor.execute(_BLOCKED, [self.pid])
                if cursor.fetchone()[0]:
                    return True
        return False

    def end(self) -> None:
        """Let it go on, and wait for its end."""
        self._may_go_on.set()
        assert self.over.wait(PATIENCE), "it waits for ever"
        self._thread.join()


def queued_up(rows: QuerySet[Any], first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Session, Session]:
    """Two actions that wait for rows which become free one after the other.

    Where they lock them in different orders, each has in the end what the other one needs.
    """
    holders = [Session(partial(_hold, rows.filter(pk=row.pk)), stop=1) for row in rows]
    for holder in holders:
        holder.start()
        assert holder.rests()
    one, other = Session(first), Session(second)
    for session in (one, other):
        session.start()
        assert session.is_stuck(), "it locks none of these rows"
    for holder in holders:
        holder.end()
        if holder is not holders[-1]:
            assert one.is_stuck() and other.is_stuck()
    one.end()
    other.end()
    return one, other


@transaction.atomic
def _hold(rows: QuerySet[Any]) -> None:
    list(rows.select_for_update(of=("self",)))


def interleavings(
    prepare: Callable[[], tuple[Callable[[], Any], Callable[[], Any]]], tables: Collection[str] = ("",)
) -> Iterator[tuple[Session, Session]]:
    """Play a pair of actions once for each place at which the first can stop while the second runs as far as it can.

    `prepare` makes what both need, anew for each. Gives the sessions when both have ended.
    """
    stop = 0
    while True:
        stop += 1
        first, second = prepare()
        one, other = Session(first, stop, tables), Session(second)
        one.start()
        stopped = one.rests()
        other.start()
        other.is_stuck()
        one.end()
        other.end()
        yield one, other
        if not stopped:
            return
