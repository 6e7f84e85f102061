"""Takes a verified request of a provider: one transaction, and its commit is the acknowledgement."""

from functools import cache

from django.db import transaction

from engine.models import InboxLane, InboxPost
from engine.work.wake import after_commit
from hubster.lib import clock, sql
from portal.models import Integration


def do_take(integration: Integration, body: bytes) -> None:
    """Store the request behind those that came before. The integration has its hub."""
    now = clock.now()
    key = sql.value(InboxLane, "integration", integration.pk)
    tenant = sql.value(InboxLane, "tenant", integration.hub.tenant_id)
    moment, content = sql.value(InboxPost, "received", now), sql.value(InboxPost, "body", body)
    with transaction.atomic():
        sql.write(_statements()[0], (key, tenant))
        sql.write(_statements()[1], (key, moment, content))
        sql.write(_statements()[2], (moment, key))
        after_commit("inbox")


@cache
def _statements() -> tuple[str, str, str]:
    """Make the lane; put the post into it, which locks the lane a little; and have it looked at.

    A lane that is due already is not written: all posts of an integration would wait for each other.
    """
    lane, post = sql.name(InboxLane), sql.name(InboxPost)
    names = {field: sql.name(InboxPost, field) for field in ("lane", "received", "body", "error")}
    key, due = sql.name(InboxLane, "integration"), sql.name(InboxLane, "due")
    return (
        f"INSERT INTO {lane} ({key}, {sql.name(InboxLane, 'tenant')}, {sql.name(InboxLane, 'tries')}) "
        f"VALUES (%s, %s, 0) ON CONFLICT ({key}) DO NOTHING",
        f"INSERT INTO {post} ({names['lane']}, {names['received']}, {names['body']}, {names['error']}) "
        "VALUES (%s, %s, %s, '')",
        f"UPDATE {lane} SET {due} = %s WHERE {key} = %s AND {due} IS NULL",
    )
