"""Taking work: a batch of free rows in one statement, under one token, fairly between those who share the workers."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least

from engine.models import Work
from engine.work.kind import Kind
from engine.work.wake import touch_heartbeat
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
    FROM (SELECT id FROM sharer WHERE id IS NOT NULL {{full}} ORDER BY random()) one
    CROSS JOIN LATERAL (SELECT {{key}} AS key FROM {{table}} WHERE {{shared}} = one.id AND {_FREE} ORDER BY due
      LIMIT greatest(1, %(most)s / (SELECT count(id) FROM sharer)) FOR NO KEY UPDATE SKIP LOCKED) mine LIMIT %(most)s)
  {_HOLD} FROM picked WHERE {{table}}.{{key}} = picked.key RETURNING {{table}}.{{key}}"""
_SHARED_SQLITE = f"""{_HOLD} WHERE {{key}} IN (SELECT key FROM (SELECT {{key}} AS key, due,
    row_number() OVER (PARTITION BY {{shared}} ORDER BY due) AS place FROM {{table}} WHERE {_FREE} {{full}})
  ORDER BY place, due LIMIT %(most)s) RETURNING {{key}}"""
# The same over endpoints: of each, only as many as it has room for, and each sharer's first before anybody's second.
_LIMITED = f"""WITH RECURSIVE place(id, sharer) AS (
    (SELECT {{limited}}, {{shared}} FROM {{table}} WHERE due IS NOT NULL ORDER BY 1 LIMIT 1) UNION ALL
    SELECT following.* FROM place CROSS JOIN LATERAL (SELECT {{limited}}, {{shared}} FROM {{table}}
      WHERE due IS NOT NULL AND {{limited}} > place.id ORDER BY 1 LIMIT 1) following),
  room AS MATERIALIZED (SELECT key::{{limited_type}} AS id, value::int AS room FROM jsonb_each_text(%(rooms)s::jsonb)),
  one AS (SELECT place.id, coalesce(room.room, %(others)s) AS room,
      row_number() OVER (PARTITION BY sharer ORDER BY random()) AS turn
    FROM place LEFT JOIN room ON room.id = place.id WHERE coalesce(room.room, %(others)s) > 0 {{full}}),
  picked AS MATERIALIZED (SELECT mine.key FROM (SELECT * FROM one ORDER BY turn) one
    CROSS JOIN LATERAL (SELECT {{key}} AS key FROM {{table}} WHERE {{limited}} = one.id AND {_FREE} ORDER BY due
      LIMIT one.room FOR NO KEY UPDATE SKIP LOCKED) mine LIMIT %(most)s)
  {_HOLD} FROM picked WHERE {{table}}.{{key}} = picked.key RETURNING {{table}}.{{key}}"""
_LIMITED_SQLITE = f"""{_HOLD} WHERE {{key}} IN (SELECT key FROM (SELECT key, due,
    row_number() OVER (PARTITION BY sharer ORDER BY place, due) AS turn FROM (SELECT {{table}}.{{key}} AS key, due,
      {{shared}} AS sharer, row_number() OVER (PARTITION BY {{limited}} ORDER BY due) AS place,
      coalesce(room.value, %(others)s) AS room
    FROM {{table}} LEFT JOIN json_each(%(rooms)s) room ON room.key = {{limited}} WHERE {_FREE} {{full}})
  WHERE place <= room) ORDER BY turn, due LIMIT %(most)s) RETURNING {{key}}"""


Held = Mapping[Any, uuid.UUID]  # primary keys of rows that this process holds, each with its token
LONGEST_PAUSE = timedelta(hours=1)  # between two tries of a row that cannot be worked on


def free() -> Q:
    """Rows that are due and that nobody holds."""
    now = clock.now()
    return Q(due__lte=now) & (Q(lease_until__isnull=True) | Q(lease_until__lte=now))


def claim(
    kind: Kind,
    most: int = 0,
    only: Any = None,
    full: Sequence[Any] = (),
    rooms: "Mapping[Any, int] | None" = None,
    others: int = 1,
) -> Held:
    """Hold what is free: `most` rows at most (0: a batch), or the row with the key `only`.

    Of more than that, each of those who share the workers gets a part, but none of who is `full`; of one of them, what
    is due for longest. `rooms`: how many rows of an endpoint may be held; those not named have `others`.
    """
    model, key, token, now = kind.model, _key(kind.model), uuid.uuid4(), clock.now()
    given = {
        "now": sql.value(model, "due", now),
        "until": sql.value(model, "lease_until", now + kind.lease),
        "token": sql.value(model, "lease_token", token),
        "most": most or kind.batch,
        "only": None if only is None else sql.value(model, key, model._meta.pk.to_python(only)),
        "others": others,
        "rooms": _rooms(kind, rooms or {}),
        **{f"full{place}": sql.value(model, kind.shared_by, one) for place, one in enumerate(full)},
    }
    text = _statement(kind, only is not None, len(full), connection.vendor)
    found = [model._meta.pk.to_python(row[0]) for row in sql.fetch(text, given)]
    if found:
        touch_heartbeat()
    return dict.fromkeys(found, token)


def is_nearly_over(since: int, now: int) -> bool:
    """True if so much of a lease that was taken at ticks `since` is gone that no call should begin under it.

    Another process may have the row by the end of the call when this one stood still for so long.
    """
    return now - since > settings.HUBSTER_LEASE * 1_000 / 2


def renew(kind: Kind, held: Held) -> None:
    """Hold these rows for another lease, where they are still ours. What somebody has locked nobody else can take."""
    with transaction.atomic():
        ours = _ours(kind.model, held).select_for_update(skip_locked=True, of=("self",)).order_by()
        found = list(ours.values_list("pk", flat=True))
        kind.model._default_manager.filter(pk__in=found).update(lease_until=clock.now() + kind.lease)


def release(model: type[Work], held: Held) -> None:
    """Leave these rows to others at once, where they are still ours."""
    _ours(model, held).update(lease_token=None, lease_until=None)


def release_all(model: type[Work]) -> None:
    """Leave all rows to others: for a process that starts and works alone, so whoever held them is dead."""
    model._default_manager.filter(lease_token__isnull=False).update(lease_token=None, lease_until=None)


def put_off(model: type[Work], key: Any, token: uuid.UUID) -> None:
    """Give back a row that cannot be worked on; it is due again after a pause that grows with every try."""
    rows = _ours(model, {key: token})
    for tries in rows.values_list("tries", flat=True):
        pause = min(timedelta(seconds=10 * 2 ** min(tries, 12)), LONGEST_PAUSE)
        rows.update(due=clock.now() + pause, tries=Least(F("tries") + 1, 1_000), lease_token=None, lease_until=None)


def lock(model: type[Work], held: Held) -> dict[Any, Any]:
    """Those of the rows that are still ours, by key; locked in one order until the end of the transaction."""
    keys = [sql.value(model, _key(model), key) for key in held]
    tokens = [sql.value(model, "lease_token", token) for token in set(held.values())]
    rows = [row for (row,) in _locking(model).rows({"keys": keys, "tokens": tokens})]
    return {row.pk: row for row in rows if row.lease_token == held[row.pk]}


@cache
def _locking(model: type[Work]) -> sql.Select:
    fields = [field.name for field in model._meta.concrete_fields]
    order = ", ".join(f"w.{sql.name(model, _key(model) if name == 'pk' else name)}" for name in model.lock_order)
    return sql.Select(
        [(model, "w", fields)],
        f"FROM {sql.name(model)} w WHERE w.{sql.name(model, _key(model))} = ANY(%(keys)s) "
        f"AND w.lease_token = ANY(%(tokens)s) ORDER BY {order} LOCKING w",
    )


def _ours(model: type[Work], held: Held) -> QuerySet[Any]:
    return model._default_manager.filter(pk__in=list(held), lease_token__in=set(held.values()))


def _key(model: type[Work]) -> str:
    return model._meta.pk.name


def _rooms(kind: Kind, rooms: Mapping[Any, int]) -> str:
    """The rooms as JSON, endpoints as the database writes them."""
    if not kind.limited_by:
        return "{}"
    return json.dumps({str(sql.value(kind.model, kind.limited_by, one)): room for one, room in rooms.items()})


@cache
def _statement(kind: Kind, one: bool, full: int, vendor: str) -> str:
    on_postgres, model = vendor == "postgresql", kind.model
    texts = {"": (_OLDEST, _OLDEST), "shared": (_SHARED, _SHARED_SQLITE), "limited": (_LIMITED, _LIMITED_SQLITE)}
    name = "limited" if kind.limited_by else "shared" if kind.shared_by else ""
    text = _ONE if one else texts[name][0 if on_postgres else 1]
    without = ", ".join(f"%(full{place})s" for place in range(full))
    shared = sql.name(model, kind.shared_by) if kind.shared_by else ""
    sharer = shared if not on_postgres else "sharer" if kind.limited_by else "id"
    return text.format(
        table=sql.name(model),
        key=sql.name(model, _key(model)),
        shared=shared,
        limited=sql.name(model, kind.limited_by) if kind.limited_by else "",
        limited_type=sql.db_type(model, kind.limited_by) if kind.limited_by else "",
        skip="FOR NO KEY UPDATE SKIP LOCKED" if on_postgres else "",
        full=f"AND {sharer} NOT IN ({without})" if full else "",
    )
