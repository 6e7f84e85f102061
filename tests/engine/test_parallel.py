"""Requests at the same moment."""

import threading

import pytest
from django.db import connection

from engine.actions import conversations as actions
from portal.models import Integration


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer")
def test_parallel_establishes_of_one_binding_make_one_conversation(acme):
    found, errors = [], []

    def run() -> None:
        try:
            found.append(
                actions.do_establish(Integration.objects.select_related("hub").get(pk=acme.customer.pk), "p", {})
            )
        except Exception as fault:
            errors.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len({row.id for row, _ in found}) == 1
    assert [is_new for _, is_new in found].count(True) == 1
