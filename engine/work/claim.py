"""Taking work: a batch of free rows in one statement, under one token, fairly between those who share the workers."""

import uuid
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from engine.models import Work
from engine.wake import touch_heartbeat
from engine.work.kind import Kind
from hubster.lib import clock, sql

_FREE = "due <= %(now)s AND (lease_until IS NULL OR lease_until <= %(now)s)"
_HOLD = "UPDATE {table} SET lease_token = %(token)s, lease_until = %(until)s"
_ONE = f"{_HOLD} WHERE {{key}} = %(only)s AND {_FREE} RETURNING {{key}}"
_OLDEST = f"""{_HOLD} WHERE {{key}} IN
    (SELECT {{key}} FROM {{table}} WHERE {_FREE} ORDER BY due LIMIT %(most)s {{skip}}) RETURNING {{key}}"""
# A loose scan over those who have something due, then the first of each: no look at all that waits.
_SHARED = f"""WITH RECURSIVE sharer(id) AS (
    (SELECT {{shared}} FROM {{table}} WHERE due IS NOT NULL ORDER BY 1 LIMIT 1) UNION ALL
    SELECT (SELECT {{shared}} FROM {{table}} WHERE due IS NOT NULL AND {{shared}} > sharer.id ORDER BY 1 LIMIT 1)
    FROM sharer WHERE sharer.id IS NOT NULL),
  picked AS MATERIALIZED (SELECT mine.key
    FROM (SELECT id FROM sharer WHERE id IS NOT NULL {{room}} ORDER BY random()) one
    CROSS JOIN LATERAL (SELECT {{key}} AS key FROM {{table}} WHERE {{shared}} = one.id AND {_FREE} ORDER BY due
      LIMIT greatest(1, %(most)s / (SELECT count(id) FROM sharer)) FOR UPDATE SKIP LOCKED) mine LIMIT %(most)s)
  {_HOLD} FROM picked WHERE {{table}}.{{key}} = picked.key RETURNING {{table}}.{{key}}"""
_SHARED_SQLITE = f"""{_HOLD} WHERE {{key}} IN (SELECT key FROM (SELECT {{key}} AS key, due,
    row_number() OVER (PARTITION BY {{shared}} ORDER BY due) AS place FROM {{table}} WHERE {_FREE} {{room}})
  ORDER BY place, due LIMIT %(most)s) RETURNING {{key}}"""


Held = Mapping[Any, uuid.UUID]  # primary keys of rows that this process holds, each with its token


def free() -> Q:
    """Rows that are due and that nobody holds."""
    now = clock.now()
    return Q(due__lte=now) & (Q(lease_until__isnull=True) | Q(lease_until__lte=now))


def claim(kind: Kind, most: int = 0, only: Any = None, full: Sequence[Any] = ()) -> Held:
    """Hold what is free: `most` rows at most (0: a batch), or the row with the key `only`.

    Of more than that, each of those who share the workers gets a part, but none of who is `full`; of one of them, what
    is due for longest.
    """
    model, key, token, now = kind.model, _key(kind.model), uuid.uuid4(), clock.now()
    given = {
        "now": sql.value(model, "due", now),
        "until": sql.value(model, "lease_until", now + kind.lease),
        "token": sql.value(model, "lease_token", token),
        "most": most or kind.batch,
        "only": None if only is None else sql.value(model, key, model._meta.pk.to_python(only)),
        **{f"full{place}": sql.value(model, kind.shared_by, one) for place, one in enumerate(full)},
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, kind.shared_by, only is not None, len(full), connection.vendor), given)
        found = [model._meta.pk.to_python(row[0]) for row in cursor.fetchall()]
    if found:
        touch_heartbeat()
    return dict.fromkeys(found, token)


def renew(kind: Kind, held: Held) -> None:
    """Hold these rows for another lease, where they are still ours."""
    _ours(kind.model, held).update(lease_until=clock.now() + kind.lease)


def release(model: type[Work], held: Held) -> None:
    """Leave these rows to others at once, where they are still ours."""
    _ours(model, held).update(lease_token=None, lease_until=None)


def release_all(model: type[Work]) -> None:
    """Leave all rows to others: for a process that starts and works alone, so whoever held them is dead."""
    model._default_manager.filter(lease_token__isnull=False).update(lease_token=None, lease_until=None)


def lock(model: type[Work], held: Held) -> dict[Any, Any]:
    """Those of the rows that are still ours, by key; locked in one order until the end of the transaction."""
    rows = _ours(model, held).select_for_update(of=("self",)).order_by("pk")
    return {row.pk: row for row in rows if row.lease_token == held[row.pk]}


def _ours(model: type[Work], held: Held) -> QuerySet[Any]:
    return model._default_manager.filter(pk__in=list(held), lease_token__in=set(held.values()))


def _key(model: type[Work]) -> str:
    return model._meta.pk.name


@cache
def _statement(model: type[Work], shared_by: str, one: bool, full: int, vendor: str) -> str:
    on_postgres = vendor == "postgresql"
    shared = _SHARED if on_postgres else _SHARED_SQLITE
    text = _ONE if one else shared if shared_by else _OLDEST
    without = ", ".join(f"%(full{place})s" for place in range(full))
    column = sql.name(model, shared_by) if shared_by else ""
    return text.format(
        table=sql.name(model),
        key=sql.name(model, _key(model)),
        shared=column,
        skip="FOR UPDATE SKIP LOCKED" if on_postgres else "",
        room=f"AND {'id' if on_postgres else column} NOT IN ({without})" if full else "",
    )
