"""Parallel uploads pass no limit together. It commits, so it shares no file with tests that roll back."""

import threading

import pytest
from django.db import connection

from engine.models import File
from portal.actions.usage import NoRoom, do_give_room_back, do_take_room
from tests.engine.test_files_room import used

MB = 1_048_576


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time, and in memory no second connection")
@pytest.mark.django_db(transaction=True)
def test_uploads_at_the_same_moment_do_not_pass_the_limit_together(settings):
    settings.HUBSTER_FILES_OF_TENANT = 10 * MB
    owner = ("tenant", File().pk)
    start, taken = threading.Barrier(8), []

    def take() -> None:
        start.wait()
        try:
            do_take_room([owner], 3 * MB)
            taken.append(1)
        except NoRoom:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), used("tenant")) == (3, [(9 * MB, 3)])
    do_give_room_back([owner], 3 * MB)
    assert used("tenant") == [(6 * MB, 2)]
