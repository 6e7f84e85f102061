"""Takes a verified request of a provider: one transaction, and its commit is the acknowledgement."""

from functools import cache

from django.db import connection, transaction

from engine.models import InboxLane, InboxPost
from engine.work.wake import after_commit
from hubster.lib import clock, sql
from portal.models import Integration


def do_take(integration: Integration, body: bytes) -> None:
    """Store the request behind those that came before. The integration has its hub."""
    given = {
        "lane": sql.value(InboxLane, "integration", integration.pk),
        "tenant": sql.value(InboxLane, "tenant", integration.hub.tenant_id),
        "now": sql.value(InboxPost, "received", clock.now()),
        "body": sql.value(InboxPost, "body", body),
    }
    make, put, wake = _statements(connection.vendor)
    with transaction.atomic():
        if not (due := sql.fetch(put, given)):
            sql.fetch(make, given)
            due = sql.fetch(put, given)
        if not due[0][0]:
            sql.fetch(wake, given)
        after_commit("inbox")


@cache
def _statements(vendor: str) -> tuple[str, str, str]:
    """Make the lane; put the request into it, which tells whether it is due; and have it looked at.

    The lane's row is locked a little while something is put in: who finds the lane empty waits for it, and sees it.
    Those who put something in do not wait for each other, so a lane that is due already is not written.
    """
    lane, post = sql.name(InboxLane), sql.name(InboxPost)
    names = {field: sql.name(InboxPost, field) for field in ("lane", "received", "body", "error")}
    key, due = sql.name(InboxLane, "integration"), sql.name(InboxLane, "due")
    little = "FOR KEY SHARE" if vendor == "postgresql" else ""
    return (
        f"INSERT INTO {lane} ({key}, {sql.name(InboxLane, 'tenant')}, {sql.name(InboxLane, 'tries')}) "
        f"VALUES (%(lane)s, %(tenant)s, 0) ON CONFLICT ({key}) DO NOTHING RETURNING {key}",
        f"WITH held AS (SELECT {key} AS lane, {due} AS due FROM {lane} WHERE {key} = %(lane)s {little}) "
        f"INSERT INTO {post} ({names['lane']}, {names['received']}, {names['body']}, {names['error']}) "
        "SELECT held.lane, %(now)s, %(body)s, '' FROM held "
        "RETURNING (SELECT held.due IS NOT NULL AND held.due <= %(now)s FROM held)",
        f"UPDATE {lane} SET {due} = %(now)s WHERE {key} = %(lane)s AND ({due} IS NULL OR {due} > %(now)s) "
        f"RETURNING {key}",
    )
