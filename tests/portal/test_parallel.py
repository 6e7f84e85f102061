"""Requests at the same moment."""

import threading

import pytest
from django.db import connection, connections

from portal.models import Hub

BODY = '{"name": "One", "description": "A hub"}'


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer")
def test_the_same_key_at_the_same_moment_makes_one_hub(acme):
    answers, client = [], acme.api("portal")
    start = threading.Barrier(6)

    def run() -> None:
        start.wait()
        answers.append(
            client.post("/api/v1/hubs", BODY, content_type="application/json", HTTP_IDEMPOTENCY_KEY="order-17")
        )
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert Hub.objects.filter(tenant=acme.tenant, name="One").count() == 1
