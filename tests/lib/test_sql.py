"""One statement for many rows, each with values of its own."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.models import Activity, PipelineLane
from hubster.lib import sql

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
        sql.update_many(Activity, [
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
        sql.update_many(Activity, [])
    assert not seen.captured_queries


def test_tokens_and_moments_can_be_taken_away(rows):
    lane = PipelineLane.objects.get()
    PipelineLane.objects.update(lease_token=uuid.uuid4(), lease_until=lane.due)
    sql.update_many(PipelineLane, [
        {"conversation": lane.pk, "due": None, "lease_token": None, "lease_until": None, "handled": 5},
    ])  # fmt: skip
    found = PipelineLane.objects.get()
    assert (found.due, found.lease_token, found.lease_until, found.handled) == (None, None, None, 5)


@pytest.mark.parametrize("text", HOSTILE)
def test_an_array_grows_by_what_is_appended(rows, text):
    for line in ({"note": text}, {"note": "more"}):
        sql.update_many(Activity, [{"id": rows[0].pk, "trace": [line]}], append=("trace",))
    sql.update_many(Activity, [{"id": rows[0].pk, "trace": [{"n": 1}, {"n": 2}]}], append=("trace",))
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
