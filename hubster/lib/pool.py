"""The pool of database connections, shared by many threads that mostly wait for the network."""

import errno
import threading

from django.db import Error, InterfaceError, OperationalError, connection

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}
_READ_ONLY = "25006"  # PostgreSQL's own code: the server that took over is not writable yet


_own = threading.local()


def keep_connection() -> None:
    """Let this thread keep its connection between requests. Not for more threads than the pool has room for."""
    _own.keeps = True


def keeps_connection() -> bool:
    """True if this thread does."""
    return getattr(_own, "keeps", False)


def release_connection() -> None:
    """Let others have this thread's pooled connection; the next query takes one again. Not within a transaction."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        connection.close()


def is_away(fault: BaseException | None) -> bool:
    """True if a fault says that database or disk cannot be used now: down, full, out of connections, read-only.

    Trying again later helps then; nothing of the transaction was stored.
    """
    if isinstance(fault, OperationalError | InterfaceError) or is_no_room(fault):
        return True
    return isinstance(fault, Error) and getattr(fault.__cause__, "sqlstate", None) == _READ_ONLY


def is_no_room(fault: BaseException | None) -> bool:
    """True if the machine cannot write now: a disk is full, failing or read-only, or too many files are open.

    Python says that no folder for temporary files is usable in words of its own.
    """
    if isinstance(fault, FileNotFoundError):
        return "temporary directory" in str(fault)
    return isinstance(fault, OSError) and fault.errno in _NO_ROOM
