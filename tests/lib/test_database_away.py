"""A database that cannot be used now is a 503 with a time to wait, never a 200 and no fault of ours."""

import sqlite3
from types import SimpleNamespace

import psycopg
import psycopg_pool
import pytest
from django.db import Error, OperationalError
from django.db.utils import DatabaseErrorWrapper

from hubster.lib.drf import system_error
from hubster.lib.pool import is_away

AWAY = [
    psycopg.errors.DiskFull("could not extend file"),
    psycopg.errors.OutOfMemory("out of memory"),
    psycopg.errors.IoError("could not write block"),
    psycopg.errors.TooManyConnections("sorry, too many clients already"),
    psycopg.errors.AdminShutdown("terminating connection"),
    psycopg.errors.CrashShutdown("terminating connection"),
    psycopg.errors.CannotConnectNow("the database system is starting up"),
    psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"),
    psycopg.OperationalError("server closed the connection unexpectedly"),
    psycopg.InterfaceError("the connection is closed"),
    psycopg_pool.PoolTimeout("couldn't get a connection after 10.00 sec"),
    sqlite3.OperationalError("database or disk is full"),
    sqlite3.OperationalError("database is locked"),
]
OURS = [
    psycopg.errors.UndefinedColumn("column does not exist"),
    psycopg.errors.UniqueViolation("duplicate key"),
    psycopg.errors.InternalError_("cache lookup failed"),
]


def as_django_raises(fault: Exception) -> Exception:
    """The driver's fault in Django's clothes, as every query would raise it."""
    driver = sqlite3 if isinstance(fault, sqlite3.Error) else psycopg
    connection = SimpleNamespace(Database=driver, errors_occurred=False)
    with pytest.raises(Error) as caught, DatabaseErrorWrapper(connection):
        raise fault
    return caught.value


@pytest.mark.parametrize("fault", AWAY, ids=lambda fault: type(fault).__name__)
def test_what_says_that_it_is_away_is_answered_503(fault):
    shown = as_django_raises(fault)
    error = system_error(shown, "ENG")
    assert (error.status, error.retry_after) == (503, 2)
    assert str(fault) not in str(error.body())


@pytest.mark.parametrize("fault", OURS, ids=lambda fault: type(fault).__name__)
def test_a_fault_of_our_own_stays_a_500(fault):
    assert system_error(as_django_raises(fault), "ENG").status == 500


def test_other_faults_do_not_say_so():
    assert not is_away(ValueError())
    assert not is_away(None)


@pytest.mark.parametrize("path", ["/connect/token", "/docs/"])
def test_it_holds_outside_the_apis_of_the_framework_too(client, monkeypatch, path):
    def away(*_):
        raise OperationalError("the connection was lost")

    client.raise_request_exception = False
    monkeypatch.setattr("hubster.lib.middleware.SlashMiddleware.__call__", away)
    answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "connection was lost" not in answer.content.decode()
