"""The pool of database connections, shared by many threads that mostly wait for the network."""

from django.db import connection


def give_back() -> None:
    """Let others have this thread's pooled connection; the next query takes one again. Not within a transaction."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        connection.close()
