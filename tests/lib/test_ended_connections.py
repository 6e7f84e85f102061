"""Connections that the server ended while they lay in the pool."""

import psycopg
import pytest
from django.db import connection

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
    settings = connection.settings_dict
    connection.close()
    place = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}
    with psycopg.connect(**place, password=settings["PASSWORD"] or None, autocommit=True) as other:
        other.execute(END_OTHERS, [settings["NAME"]])
    for _ in range(5):
        assert asked() != before
        connection.close()
