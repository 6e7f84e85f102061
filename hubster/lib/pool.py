"""The pool of database connections, shared by many threads that mostly wait for the network."""

from django.db import Error, InterfaceError, OperationalError, connection

_READ_ONLY = "25006"  # PostgreSQL's own code: the server that took over is not writable yet


def give_back() -> None:
    """Let others have this thread's pooled connection; the next query takes one again. Not within a transaction."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        connection.close()


def is_away(fault: BaseException | None) -> bool:
    """Whether a fault says that the database cannot be used now: down, full, out of connections, read-only.

    Trying again later helps then; nothing of the transaction was stored.
    """
    if isinstance(fault, OperationalError | InterfaceError):
        return True
    return isinstance(fault, Error) and getattr(fault.__cause__, "sqlstate", None) == _READ_ONLY
