"""What PostgreSQL reads for a page of a long list: as much for the newest page as for one far down, and never all."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.actions import rules
from engine.actions.hours import do_count_hours
from engine.admin import numbers
from engine.api import deliveries as deliveries_api
from engine.desk import queries as desk_queries
from engine.models import Activity, Conversation, Delivery, Notice
from hubster.lib import clock, keyset
from portal.models import AuditEntry, User

pytestmark = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite plans in another way")
TALKS, MANY = 2_000, 40_000
COUNTED, NEWEST = 500, 200  # in place of the product's larger numbers, which this data does not reach
LARGE = (
    "engine_activity",
    "engine_conversation",
    "engine_delivery",
    "engine_lane",
    "portal_auditentry",
    "engine_notice",
)
MOST_READ = 6_000  # rows of all large tables that a page may read, in all its queries
STEP = 1_000  # milliseconds between two messages
NOWHERE = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def copies(row: Any, many: int, **columns: str) -> None:
    """Copy a row inside the database; columns that differ are SQL with the number `n`."""
    table = row._meta.db_table
    names = [field.column for field in row._meta.concrete_fields]
    chosen = ", ".join(columns.get(name, f"x.{name}") for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM {table} x, generate_series(1, {many}) n "
            f"WHERE x.id = %s",
            [row.pk],
        )


@pytest.fixture
def start() -> int:
    """The event id of the first message."""
    return clock.now_ms() - (MANY + 1) * STEP


@pytest.fixture
def long(acme, start, monkeypatch) -> Any:
    """A hub with many conversations, of which each message went to a webhook; one in a thousand failed."""
    monkeypatch.setattr(keyset, "MOST", COUNTED)
    monkeypatch.setattr(desk_queries, "NEWEST", NEWEST)
    acme.hook = acme.add("System", "CRM", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    for number in range(20):  # that have nothing
        acme.add("System", f"Silent {number}", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    talk = Conversation.objects.create(
        hub=acme.hub, integration=acme.customer, binding="0", opened=clock.now(), unanswered=True, last_said=start
    )
    said = Activity.objects.create(
        conversation=talk, event_id=start, type="message", sender_type="Customer", state="processed",
        content={"type": "text", "text": "hello " * 9},
    )  # fmt: skip
    sent = Delivery.objects.create(
        conversation=talk, activity=said, destination=acme.hook, event_id=start, status="sent"
    )
    event, talk_of = f"{start} + n::bigint * {STEP}", f"md5('talk' || 1 + mod(n, {TALKS}))::uuid"
    copies(talk, TALKS, id="md5('talk' || n)::uuid", binding="n::text",
           last_said=f"{start} + ({MANY - TALKS}::bigint + n) * {STEP}")  # fmt: skip
    copies(said, MANY, id="md5('said' || n)::uuid", conversation_id=talk_of, event_id=event)
    copies(sent, MANY, id="md5('sent' || n)::uuid", conversation_id=talk_of, event_id=event,
           activity_id="md5('said' || n)::uuid", created=f"to_timestamp(({event}) / 1000.0)",
           status="CASE WHEN mod(n, 1000) = 0 THEN 'failed' ELSE 'sent' END")  # fmt: skip
    with connection.cursor() as cursor:
        for table in LARGE:
            cursor.execute(f"ANALYZE {table}")
    return acme


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of a plan and all below it."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def rows_read(asks: Callable[[], object]) -> int:
    """How many rows of large tables, or entries of their indexes, the queries of a function read."""
    with CaptureQueriesContext(connection) as seen:
        asks()
    read = 0
    with connection.cursor() as cursor:
        for query in [one["sql"] for one in seen if one["sql"].startswith("SELECT")]:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
            (found,) = cursor.fetchone()
            plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
            for node in nodes(plan):
                if node.get("Relation Name") in LARGE:
                    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
                    read += (node["Actual Rows"] + removed) * node["Actual Loops"]
    return int(read)


def deep(start: int, micro: bool = False) -> str:
    """A cursor of a row near the end of a list: half of what the oldest conversations have lies behind it."""
    value = start + MANY // 20 * STEP
    return f"{value * 1000 if micro else value},{NOWHERE}"


PAGES = {
    "deliveries": ("api", "/api/v1/deliveries?", "cursor", True),
    "deliveries of a webhook": ("api", "/api/v1/deliveries?integrationId={hook}&", "cursor", True),
    "failed deliveries": ("api", "/api/v1/deliveries?status=failed&", "cursor", True),
    "deliveries of a hub to sockets": ("api", "/api/v1/deliveries?status=available&hubId={hub}&", "cursor", True),
    "admin deliveries": ("admin", "/admin/engine/delivery/?", "before", True),
    "admin deliveries that failed": ("admin", "/admin/engine/delivery/?status=failed&", "before", True),
    "admin messages": ("admin", "/admin/engine/activity/?", "before", False),
    "admin conversations": ("admin", "/admin/engine/conversation/?", "before", False),
    "admin webhooks": ("admin", "/admin/engine/endpoint/?", "", False),
    "desk": ("admin", "/admin/desk/conversations?", "before", False),
    "desk, unanswered": ("admin", "/admin/desk/conversations?kind=unanswered&", "before", False),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_as_much_wherever_it_is_and_never_all(long, start, name):
    who, path, argument, micro = PAGES[name]
    client = long.api("portal") if who == "api" else long.browser("manager")
    path = path.format(hook=long.hook.pk, hub=long.hub.pk)
    ways = ["", f"{argument}={deep(start, micro)}"] if argument else [""]
    if "conversation" in path:  # each has its newest message at the end
        ways[1] = f"{argument}={start + (MANY - TALKS + 100) * STEP},{NOWHERE}"
    client.get(path)  # reads the keys of tokens and the session's

    def get(way: str) -> None:
        assert client.get(path + way).status_code == 200

    read = [rows_read(lambda way=way: get(way)) for way in ways]
    assert max(read) < MOST_READ, read
    assert read[-1] <= 1.3 * read[0] + 200, read


@pytest.mark.parametrize("who", ["manager", "operator"])
@pytest.mark.parametrize("path", ["/admin/portal/auditentry/", "/admin/engine/notice/"])
def test_a_page_of_a_long_log_reads_as_much_wherever_it_is(acme, globex, client, monkeypatch, path, who):
    monkeypatch.setattr(keyset, "MOST", COUNTED)
    monkeypatch.setattr("portal.admin.keyset.MOST", COUNTED)
    began = clock.now() - timedelta(days=30)
    for party in (acme, globex):
        change = AuditEntry.objects.filter(tenant_id=party.tenant.pk).first()
        alert = Notice.objects.create(tenant=party.tenant, kind="message_parked", text="A message was set aside.")
        moment = f"'{began.isoformat()}'::timestamptz + n * interval '1 minute'"
        copies(change, MANY // 2, id="gen_random_uuid()", at=moment)
        copies(alert, MANY // 2, id="gen_random_uuid()", modified=moment)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE portal_auditentry, engine_notice")
    browser = acme.browser("manager")
    if who == "operator":
        browser = client
        client.force_login(User.objects.create(username="op", is_staff=True, is_superuser=True))
    deep_down = int((began + timedelta(minutes=MANY // 20)).timestamp() * 1_000_000)
    browser.get(path)
    read = [rows_read(lambda way=way: browser.get(path + way)) for way in ("", f"?before={deep_down},{NOWHERE}")]
    assert max(read) < MOST_READ, read


def test_pages_by_number_read_what_they_skip_and_no_more(long):
    client, last = long.api("portal"), deliveries_api.REACH // 50 - 1
    read = rows_read(lambda: client.get(f"/api/v1/deliveries?pageNumber={last}"))
    assert read < MOST_READ + 3 * deliveries_api.REACH


def test_the_job_of_silent_bots_reads_no_conversation_that_agents_have(long):
    assert rows_read(lambda: list(rules.let_down())) == 0


def test_a_count_of_few_rows_does_not_look_for_them_in_the_whole_table(long):
    nothing = Delivery.objects.filter(destination=uuid.uuid4())
    assert rows_read(lambda: keyset.capped(nothing)) < 10


def test_the_chart_reads_a_row_for_each_hour_and_some_messages_of_the_present_one(long):
    manager = long.people["manager"]
    before = rows_read(lambda: numbers.messages_by_hour(manager))
    counted = sum(do_count_hours())
    assert counted > 5, "hours with messages"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE engine_messagehour")
    read = rows_read(lambda: numbers.messages_by_hour(manager))
    assert read < MOST_READ, read
    assert before < (counted + 2) * MOST_READ, "every hour is limited, even where nobody has counted yet"
