"""Writers of one process take turns at SQLite, and every way to end a transaction gives the turn on."""

import copy
import threading

import pytest
from django.db import connections

from hubster.lib.sqlite.base import DatabaseWrapper


@pytest.fixture
def connect(tmp_path, django_db_blocker):
    """Makes connections to one database file, as the embedded default does."""
    made = []

    def new() -> DatabaseWrapper:
        settings = copy.deepcopy(connections["default"].settings_dict)
        init = "PRAGMA journal_mode=WAL;"
        settings.update(
            ENGINE="hubster.lib.sqlite",
            NAME=tmp_path / "turn.sqlite3",
            OPTIONS={"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": init},
        )
        wrapper = DatabaseWrapper(settings, "turn")
        wrapper.inc_thread_sharing()
        made.append(wrapper)
        return wrapper

    with django_db_blocker.unblock():  # its own file, not the tests' database
        yield new
    for wrapper in made:
        wrapper.close()


def begin(wrapper: DatabaseWrapper) -> None:
    wrapper.ensure_connection()
    wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_the_next_writer_begins_when_the_first_ends_however_it_ends(connect, end):
    first, second = connect(), connect()
    begin(first)
    begun = threading.Event()
    waiting = threading.Thread(target=lambda: (begin(second), begun.set(), second.rollback()), daemon=True)
    waiting.start()
    assert not begun.wait(0.1), "two writers at once"
    getattr(first, end)()
    assert begun.wait(60)
    waiting.join(60)


def test_many_writers_lose_nothing(connect):
    setup = connect()
    setup.ensure_connection()
    with setup.cursor() as cursor:
        cursor.execute("CREATE TABLE tally (n INTEGER)")
        cursor.execute("INSERT INTO tally VALUES (0)")

    def count(wrapper: DatabaseWrapper) -> None:
        for _ in range(20):
            begin(wrapper)
            with wrapper.cursor() as cursor:
                cursor.execute("SELECT n FROM tally")
                cursor.execute("UPDATE tally SET n = %s", [cursor.fetchone()[0] + 1])
            wrapper.commit()
            wrapper.set_autocommit(True)

    threads = [threading.Thread(target=count, args=(connect(),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with setup.cursor() as cursor:
        cursor.execute("SELECT n FROM tally")
        assert cursor.fetchone()[0] == 120
