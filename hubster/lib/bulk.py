"""Writes many rows of one model by one statement, whose text is the same for any number of them."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from hubster.lib import sql


def insert_many(rows: Sequence[Model]) -> None:
    """Store new rows of one model, which get their primary keys where these are numbers; without signals.

    Keys that are numbers are asked for, so these rows are stored at once, also within `sql.together`.
    """
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        for row, stored in zip(rows, model._default_manager.bulk_create(rows), strict=True):
            row.pk = stored.pk
        return
    text, fields = _insertion(model)
    given = [_as_json([{str(field.column): field.pre_save(row, True) for field in fields} for row in rows])]
    if model._meta.pk in fields:
        sql.write(text, given)
        keys = [row.pk for row in rows]
    else:
        keys = [key for (key,) in sql.fetch(f"{text} RETURNING {sql.name(model, model._meta.pk.name)}", given)]
    for row, key in zip(rows, keys, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, connection.alias


@cache
def _insertion(model: type[Model]) -> "tuple[str, list[Field[Any, Any]]]":
    """PostgreSQL numbers the rows, and returns their keys, in the order of the SELECT."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key or field.has_default()]
    columns = ", ".join(sql.name(model, field.name) for field in fields)
    typed = ", ".join(f"{sql.name(model, field.name)} {sql.db_type(model, field.name)}" for field in fields)
    return (
        f"INSERT INTO {sql.name(model)} ({columns}) SELECT {columns} FROM "
        f"ROWS FROM (jsonb_to_recordset(%s::jsonb) AS ({typed})) WITH ORDINALITY AS given({columns}, place) "
        "ORDER BY place"
    ), fields


def update_many(model: type[Model], rows: Sequence[Mapping[str, Any]], append: Collection[str] = ()) -> None:
    """Set fields of many rows, each to values of its own.

    Every element names the same fields, the primary key among them. Fields in `append` hold JSON arrays, which grow by
    the elements given, of which there must be one. Two callers must not have rows in common in different orders: hold
    something first that all of them lock in one order.
    """
    if not rows:
        return
    names, grown = tuple(rows[0]), tuple(append)
    if connection.vendor == "postgresql" and len(rows) > 1:
        plain = [{sql.column(model, name): row[name] for name in names} for row in rows]
        sql.write(_changes(model, names, grown), [_as_json(plain)], prepares=False)
        return
    text, order = _change(model, names, grown)
    given = [[sql.value(model, name, row[name]) for name in order] for row in rows]
    if len(rows) == 1:
        sql.write(text, given[0])
        return
    with connection.cursor() as cursor:
        cursor.executemany(text, given)


@cache
def _change(model: type[Model], names: tuple[str, ...], append: tuple[str, ...]) -> tuple[str, list[str]]:
    """The statement for one row, and the names of the fields whose values it takes, in its order."""
    key, order, wanted = model._meta.pk.name, [], []
    grows, times = "{0} || %s", 1
    if connection.vendor != "postgresql":
        grows, times = "CASE {0} WHEN '[]' THEN %s ELSE substr({0}, 1, length({0}) - 1) || ', ' || substr(%s, 2) END", 2
    for name in names:
        if name != key:
            column = sql.name(model, name)
            wanted.append(f"{column} = {grows.format(column) if name in append else '%s'}")
            order += [name] * (times if name in append else 1)
    return f"UPDATE {sql.name(model)} SET {', '.join(wanted)} WHERE {sql.name(model, key)} = %s", [*order, key]


@cache
def _changes(model: type[Model], names: tuple[str, ...], append: tuple[str, ...]) -> str:
    """The statement for many. One parameter for all values: an array for each column costs the driver far more."""
    table, key = sql.name(model), sql.name(model, model._meta.pk.name)
    columns = {name: sql.name(model, name) for name in names}
    typed = ", ".join(f"{column} {sql.db_type(model, name)}" for name, column in columns.items())
    before = {name: f"{table}.{columns[name]} || " for name in append}
    wanted = ", ".join(
        f"{column} = {before.get(name, '')}found.{column}" for name, column in columns.items() if column != key
    )
    return (
        f"UPDATE {table} SET {wanted} FROM jsonb_to_recordset(%s::jsonb) AS found({typed}) "
        f"WHERE {table}.{key} = found.{key}"
    )


def _as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=_plain)


def _plain(given: Any) -> str:
    return given.isoformat() if isinstance(given, datetime | date) else str(given)
