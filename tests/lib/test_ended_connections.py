"""Connections that the server ended while they lay in the pool or were kept, and statements that they keep."""

import psycopg
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection

from hubster.lib import sql
from hubster.lib.postgres import base
from portal.models import Tenant

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server")
MINE = "SELECT pg_backend_pid()"
END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
)


def asked() -> int:
    """The server's process behind the connection that this thread takes from the pool."""
    with connection.cursor() as cursor:
        cursor.execute(MINE)
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_after_the_server_ended_all_of_them_no_query_fails():
    pool = connection.pool
    several = [pool.getconn() for _ in range(3)]
    for one in several:
        pool.putconn(one)
    before = asked()
    connection.close()
    end_all()
    for _ in range(5):
        assert asked() != before
        connection.close()


def end_all() -> None:
    """As a restart of the server does."""
    found = connection.settings_dict
    place = {"host": found["HOST"], "port": found["PORT"], "user": found["USER"], "dbname": found["NAME"]}
    with psycopg.connect(**place, password=found["PASSWORD"] or None, autocommit=True) as other:
        other.execute(END_OTHERS, [found["NAME"]])


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_keeps_its_connection_has_a_good_one_for_each_request(monkeypatch):
    connection.close()
    monkeypatch.setattr(base, "keeps_connection", lambda: True)
    before = asked()
    request_finished.send(None)
    request_started.send(None, environ={})
    assert asked() == before
    request_finished.send(None)
    end_all()
    request_started.send(None, environ={})
    after = asked()
    assert after != before
    request_finished.send(None)
    assert asked() == after
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_statements_of_hot_paths_are_planned_once_for_each_connection():
    select = sql.Select([(Tenant, "t", ("id", "name"))], f"FROM {sql.name(Tenant)} t WHERE t.name = %(name)s")
    for name in ("a", "b", "c"):
        select.rows({"name": name})
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%t.name = $1%"])
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_met_its_end_in_a_query_is_replaced_by_the_next():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.connection.close()  # as the driver does when the server is gone
    close_old_connections()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
