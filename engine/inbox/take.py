"""Takes a verified request of a provider: one transaction, and its commit is the acknowledgement."""

from functools import cache

from django.db import connection, transaction

from engine.models import InboxLane, InboxPost
from engine.work.wake import after_commit
from hubster.lib import clock, sql
from portal.models import Integration


def do_take(integration: Integration, body: bytes) -> None:
    """Store the request behind those that came before. The integration has its hub."""
    key = sql.value(InboxLane, "integration", integration.pk)
    given = {
        "lane": key,
        "tenant": sql.value(InboxLane, "tenant", integration.hub.tenant_id),
        "now": sql.value(InboxPost, "received", clock.now()),
        "body": sql.value(InboxPost, "body", body),
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in _statements(connection.vendor):
                cursor.execute(statement, given)
        after_commit("inbox")


@cache
def _statements(vendor: str) -> tuple[str, str, str]:
    """Make the lane; put the request into it; and have it looked at.

    The lane's row is locked a little while something is put in: who finds the lane empty waits for it, and sees it.
    Those who put something in do not wait for each other, so a lane that is due already is not written.
    """
    lane, post = sql.name(InboxLane), sql.name(InboxPost)
    names = {field: sql.name(InboxPost, field) for field in ("lane", "received", "body", "error")}
    key, due = sql.name(InboxLane, "integration"), sql.name(InboxLane, "due")
    little = "FOR KEY SHARE" if vendor == "postgresql" else ""
    return (
        f"INSERT INTO {lane} ({key}, {sql.name(InboxLane, 'tenant')}, {sql.name(InboxLane, 'tries')}) "
        f"VALUES (%(lane)s, %(tenant)s, 0) ON CONFLICT ({key}) DO NOTHING",
        f"WITH held AS (SELECT {key} AS lane FROM {lane} WHERE {key} = %(lane)s {little}) "
        f"INSERT INTO {post} ({names['lane']}, {names['received']}, {names['body']}, {names['error']}) "
        "SELECT held.lane, %(now)s, %(body)s, '' FROM held",
        f"UPDATE {lane} SET {due} = %(now)s WHERE {key} = %(lane)s AND ({due} IS NULL OR {due} > %(now)s)",
    )
