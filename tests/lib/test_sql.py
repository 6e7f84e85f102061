"""Statements as text: for one row, and one for many rows, each with values of its own."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from engine.models import Activity, Attempt, Delivery, PipelineLane
from hubster.lib import bulk, sql

HOSTILE = [
    "it's",
    'a "quote"',
    "\\u0000 and \\",
    "100 % %s {0}",
    "مرحبا 👋",
    "\n\t",
    "'; DROP TABLE engine_activity; --",
]


@pytest.fixture
def rows(acme):
    """Activities of one conversation, oldest first."""
    talk = acme.establish()
    path = f"/inbound/customer/v1/direct/activity/{talk.id}"
    for text in ("a", "b", "c"):
        body = {"message": {"type": "text", "text": text}}
        assert acme.api("engine").post(path, body, format="json").status_code == 200
    return list(Activity.objects.order_by("event_id"))


@pytest.mark.parametrize("text", HOSTILE)
def test_every_row_gets_values_of_its_own(rows, acme, text):
    moment = datetime(2026, 5, 4, 3, 2, 1, 123456, UTC)
    with CaptureQueriesContext(connection) as seen:
        bulk.update_many(Activity, [
            {"id": rows[0].pk, "content": {"text": text, "of": [1, None, 2.5, True]}, "flow": text[:10],
             "recipient_integration": acme.agent.pk, "modified": moment},
            {"id": rows[2].pk, "content": {"text": text * 2}, "flow": "", "recipient_integration": None,
             "modified": moment},
        ])  # fmt: skip
    assert len(seen) == 1 or connection.vendor == "sqlite"
    first, second, third = Activity.objects.order_by("event_id")
    assert first.content == {"text": text, "of": [1, None, 2.5, True]}
    assert (first.flow, first.recipient_integration_id, first.modified) == (text[:10], acme.agent.pk, moment)
    assert second.content == rows[1].content
    assert (third.content, third.flow, third.recipient_integration_id) == ({"text": text * 2}, "", None)


def test_nothing_is_nothing(db):
    with CaptureQueriesContext(connection) as seen:
        bulk.update_many(Activity, [])
    assert not seen.captured_queries


def test_tokens_and_moments_can_be_taken_away(rows):
    lane = PipelineLane.objects.get()
    PipelineLane.objects.update(lease_token=uuid.uuid4(), lease_until=lane.due)
    bulk.update_many(PipelineLane, [
        {"conversation": lane.pk, "due": None, "lease_token": None, "lease_until": None, "handled": 5},
    ])  # fmt: skip
    found = PipelineLane.objects.get()
    assert (found.due, found.lease_token, found.lease_until, found.handled) == (None, None, None, 5)


@pytest.mark.parametrize("text", HOSTILE)
def test_an_array_grows_by_what_is_appended(rows, text):
    for line in ({"note": text}, {"note": "more"}):
        bulk.update_many(Activity, [{"id": rows[0].pk, "trace": [line]}], append=("trace",))
    bulk.update_many(Activity, [{"id": rows[0].pk, "trace": [{"n": 1}, {"n": 2}]}], append=("trace",))
    assert Activity.objects.get(pk=rows[0].pk).trace == [{"note": text}, {"note": "more"}, {"n": 1}, {"n": 2}]
    assert Activity.objects.get(pk=rows[1].pk).trace == []


def test_a_row_is_stored_as_the_instance_says(rows):
    copy = Activity(conversation=rows[0].conversation, event_id=5, type="event", sender_type="Hubster",
                    content={"a": ["ü", None]}, dedupe_key="k")  # fmt: skip
    sql.insert(copy)
    found = Activity.objects.get(pk=copy.pk)
    names = [field.attname for field in Activity._meta.concrete_fields]
    assert [getattr(found, name) for name in names] == [getattr(copy, name) for name in names]
    assert (copy._state.adding, found.created) == (False, copy.created)
    copy.content, copy.flow, before = {"b": 1}, "Other", copy.modified
    sql.update(copy, ["content", "modified"])
    found = Activity.objects.get(pk=copy.pk)
    assert (found.content, found.flow) == ({"b": 1}, "Default")
    assert found.modified == copy.modified >= before


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_list_may_have_any_number_of_elements(rows, count):
    select = sql.Select([(Activity, "a", ("id", "content"))], f"FROM {sql.name(Activity)} a WHERE a.id = ANY(%(keys)s)")
    wanted = [row.pk for row in rows[:count]]
    found = select.rows({"keys": [sql.value(Activity, "id", key) for key in wanted]})
    assert {row.pk for (row,) in found} == set(wanted)


@pytest.mark.parametrize("count", [1, 2])
def test_rows_of_both_sorts_of_keys_are_inserted_with_what_is_updated(rows, acme, count):
    deliveries = [
        Delivery(conversation=row.conversation, activity=row, destination=acme.agent, event_id=row.event_id,
                 status="pending")
        for row in rows[:count]
    ]  # fmt: skip
    with CaptureQueriesContext(connection) as seen, transaction.atomic(), sql.together():
        bulk.insert_many(deliveries)
        bulk.update_many(Activity, [{"id": row.pk, "external_id": str(row.event_id)} for row in rows[:count]])
    written = [query["sql"] for query in seen if query["sql"].startswith(("INSERT", "UPDATE", "WITH"))]
    assert len(written) == 1 or connection.vendor == "sqlite"
    assert set(Delivery.objects.values_list("pk", flat=True)) == {row.pk for row in deliveries}
    assert [row.external_id for row in Activity.objects.order_by("event_id")[:count]] == [
        str(r.event_id) for r in rows[:count]
    ]
    attempts = [Attempt(delivery=row, number=7, started=row.created) for row in deliveries]
    bulk.insert_many(attempts)
    assert [Attempt.objects.get(pk=one.pk).delivery_id for one in attempts] == [row.pk for row in deliveries]


def test_no_rows_are_no_statement(db):
    with CaptureQueriesContext(connection) as seen:
        bulk.insert_many([])
    assert not seen.captured_queries
