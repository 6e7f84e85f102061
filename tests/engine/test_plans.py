"""What PostgreSQL makes of the queries that everybody's pages and every sweep ask: each is served by an index."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.actions import notices
from engine.admin.waiting import backlog_of
from engine.models import Activity, Conversation, Delivery, Lane, Notice
from hubster.lib import clock
from portal.models import User

pytestmark = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite plans in another way")
MANY, TALKS = 4_000, 1_000
LARGE = ("engine_activity", "engine_delivery", "engine_lane", "engine_notice")


def plans(asks: Callable[[], object]) -> list[str]:
    """How PostgreSQL, with fresh statistics, answers each query that a function asks."""
    with connection.cursor() as cursor:
        for table in (*LARGE, "engine_conversation"):
            cursor.execute(f"ANALYZE {table}")
        with CaptureQueriesContext(connection) as seen:
            asks()
        found = []
        for query in [one["sql"] for one in seen if one["sql"].startswith("SELECT")]:
            cursor.execute(f"EXPLAIN {query}")
            found.append("\n".join(row[0] for row in cursor.fetchall()))
    return found


def read_whole(plan: str) -> list[str]:
    """The large tables that a plan reads from one end to the other."""
    return [table for table in LARGE if f"Seq Scan on {table}" in plan]


def test_the_sweep_finds_untold_notices_by_their_index(acme):
    now = clock.now()
    told = {"notified_at": now - timedelta(days=1), "notified_count": 1}
    usual = {"tenant": acme.tenant, "integration": acme.agent, "kind": "delivery_failed", "text": "It failed. " * 9}
    Notice.objects.bulk_create(Notice(**usual, **told) for _ in range(MANY))
    Notice.objects.bulk_create(Notice(**usual) for _ in range(3))
    recent, unnotified = plans(lambda: notices.untold_causes(20))
    assert "notice_notified" in recent
    assert "notice_unnotified" in unnotified
    assert not read_whole(recent) + read_whole(unnotified)


@pytest.fixture
def history(acme):
    """Much that is over, and a little that waits."""
    hook = acme.add("System", "CRM", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    now = clock.now()
    talks = [
        Conversation(hub=acme.hub, integration=acme.customer, binding=str(number), opened=now)
        for number in range(TALKS)
    ]
    Conversation.objects.bulk_create(talks)
    made = [
        Activity(conversation=talks[number % TALKS], event_id=number, type="message", sender_type="Customer",
                 content={"type": "text", "text": "hello " * 9}, state="accepted" if number < 9 else "processed")
        for number in range(MANY)
    ]  # fmt: skip
    Activity.objects.bulk_create(made)
    Delivery.objects.bulk_create(
        Delivery(conversation=row.conversation, activity=row, destination=hook, event_id=row.event_id,
                 status="pending" if row.event_id < 9 else "sent")
        for row in made
    )  # fmt: skip
    ends = acme.hub.integrations.all()
    Lane.objects.bulk_create(
        Lane(
            conversation=talk,
            destination=end,
            tenant=acme.tenant,
            due=now if talk is talks[0] and end == hook else None,
        )
        for talk in talks
        for end in ends
    )
    return acme


@pytest.mark.parametrize("who", ["an operator", "a member"])
def test_the_backlog_of_the_front_page_is_read_by_indexes(history, who):
    root = User(username="root", is_staff=True, is_superuser=True)
    person = root if who == "an operator" else history.people["agent"]
    activities, deliveries, lanes = plans(lambda: backlog_of(person))
    assert "activity_waiting" in activities
    assert "delivery_pending" in deliveries
    assert not [read_whole(plan) for plan in (activities, deliveries) if read_whole(plan)]
    assert "lane_due" in lanes
