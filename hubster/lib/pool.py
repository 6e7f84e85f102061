"""The pool of database connections, shared by many threads that mostly wait for the network."""

import errno
import threading

from django.db import Error, InterfaceError, OperationalError, connection

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}
_READ_ONLY = "25006"  # PostgreSQL's own code: the server that took over is not writable yet
_LOCKED = "55P03"  # a row was locked for longer than the thread wants to wait

_own = threading.local()


def keep_connection() -> None:
    """Let this thread keep its connection between requests. Not for more threads than the pool has room for."""
    _own.keeps = True


def keeps_connection() -> bool:
    """True if this thread does."""
    return getattr(_own, "keeps", False)


def limit_lock_waits(milliseconds: int) -> None:
    """Let statements of this thread wait so long for what somebody else has locked, then fail; see `is_locked`."""
    _own.lock_wait = milliseconds
    if connection.vendor == "postgresql" and connection.connection is not None:
        connection.set_lock_wait(milliseconds)  # type: ignore[attr-defined]


def lock_wait() -> int:
    """Milliseconds that this thread waits for a lock at most; 0: for ever."""
    return getattr(_own, "lock_wait", 0)


def release_connection() -> None:
    """Let others have this thread's pooled connection; the next query takes one again. Not within a transaction."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        connection.close()


def is_away(fault: BaseException | None) -> bool:
    """True if a fault says that database or disk cannot be used now: down, full, out of connections, read-only.

    Trying again later helps then; nothing of the transaction was stored.
    """
    if is_locked(fault):
        return False
    if isinstance(fault, OperationalError | InterfaceError) or is_no_room(fault):
        return True
    return isinstance(fault, Error) and getattr(fault.__cause__, "sqlstate", None) == _READ_ONLY


def is_locked(fault: BaseException | None) -> bool:
    """True if somebody else had a row locked for longer than this thread waits; nothing was stored."""
    return isinstance(fault, OperationalError) and getattr(fault.__cause__, "sqlstate", None) == _LOCKED


def is_no_room(fault: BaseException | None) -> bool:
    """True if the machine cannot write now: a disk is full, failing or read-only, or too many files are open.

    Python says that no folder for temporary files is usable in words of its own.
    """
    if isinstance(fault, FileNotFoundError):
        return "temporary directory" in str(fault)
    return isinstance(fault, OSError) and fault.errno in _NO_ROOM
