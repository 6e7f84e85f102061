"""SQL as text, on both databases: for hot paths, where building a statement costs more than running it, and for what
the ORM has no words for.
"""

import json
import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    TextField,
    UUIDField,
)

_ANY = re.compile(r"= ANY\((%\(\w+\)s)\)")


@cache
def name(model: type[Model], field: str | None = None) -> str:
    """A model's table, or the column of one of its fields, quoted for SQL."""
    return connection.ops.quote_name(_field(model, field).column if field else model._meta.db_table)


def db_type(model: type[Model], field: str) -> str:
    """The type of a field's column."""
    return _field(model, field).db_type(connection) or ""


def value(model: type[Model], field: str, given: Any) -> Any:
    """`given` as a parameter for the column of a field."""
    link = connections[DEFAULT_DB_ALIAS]
    return _field(model, field).get_db_prep_save(given, link)


class Select:
    """A SELECT whose text is made once; its rows are model instances, with only the fields that were asked for.

    `parts`: the models, each with its alias and fields. `rest`: the statement from FROM on, with `%(name)s` for each
    parameter, and `= ANY(%(name)s)` for one that is a list; `LOCKING c` at its end locks the rows of the alias `c`
    where rows can be locked. Fields that were not asked for are loaded when somebody reads them.
    """

    def __init__(self, parts: Sequence[tuple[type[Model], str, Sequence[str]]], rest: str) -> None:
        self.parts, self.rest = parts, rest
        self._made: dict[str, tuple[str, list[_Part]]] = {}

    def rows(self, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows for these parameters, each a tuple with an instance of every part."""
        link = connections[DEFAULT_DB_ALIAS]
        text, parts = self._made.get(link.vendor) or self._make()
        with link.cursor() if "ANY(" in text else _cursor(link) as cursor:
            cursor.execute(text, parameters(given))
            return [tuple([part.instance(row, link) for part in parts]) for row in cursor.fetchall()]

    def _make(self) -> "tuple[str, list[_Part]]":
        parts, columns, begin = [], [], 0
        for model, alias, fields in self.parts:
            wanted = {_field(model, field) for field in fields}
            found = [
                field for field in model._meta.concrete_fields if field in wanted
            ]  # instances are made in this order
            columns += [f"{alias}.{connection.ops.quote_name(str(field.column))}" for field in found]
            parts.append(_Part(model, begin, found))
            begin += len(found)
        locking = " FOR NO KEY UPDATE OF " if connection.features.has_select_for_update else ""
        rest = self.rest.replace(" LOCKING ", locking) if locking else self.rest.partition(" LOCKING ")[0]
        self._made[connection.vendor] = lists(f"SELECT {', '.join(columns)} {rest}"), parts
        return self._made[connection.vendor]


def lists(text: str) -> str:
    """The statement with `= ANY(%(name)s)` as the database writes it."""
    if connection.vendor == "postgresql":
        return text
    return _ANY.sub(r"IN (SELECT value FROM json_each(\1))", text)


def parameters(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parameters for a statement that was written with `lists`."""
    if connection.vendor == "postgresql":
        return given
    return {name: json.dumps(value) if isinstance(value, list) else value for name, value in given.items()}


class _Part:
    """One model's columns in a row."""

    def __init__(self, model: type[Model], begin: int, fields: "list[Field[Any, Any]]") -> None:
        self.model, self.columns = model, slice(begin, begin + len(fields))
        self.names = [field.attname for field in fields]
        self.converters = []
        for place, field in enumerate(fields):
            column = field.get_col(model._meta.db_table)
            found = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
            if found:
                self.converters.append((place, column, found))

    def instance(self, row: Sequence[Any], link: Any) -> Model:
        """The instance that these columns make."""
        values = list(row[self.columns])
        for place, column, converters in self.converters:
            for convert in converters:
                values[place] = convert(values[place], column, link)
        return self.model.from_db(link.alias, self.names, values)


class _Collected(threading.local):
    """Writes of this thread that wait to become one statement; None while each is one of its own."""

    writes: list[tuple[str, Sequence[Any]]] | None = None


_collected = _Collected()


@contextmanager
def together() -> Iterator[None]:
    """Write all that is inserted, updated and written within by one statement, where the database can.

    Within a transaction. No row is written twice, and what is written is not read before the end.
    """
    if connection.vendor != "postgresql" or _collected.writes is not None:
        yield
        return
    _collected.writes = []
    try:
        yield
        writes = _collected.writes
    finally:
        _collected.writes = None
    if writes:
        write(_as_one(tuple(text for text, _ in writes)), [value for _, given in writes for value in given])


@lru_cache(maxsize=1_000)
def _as_one(texts: tuple[str, ...]) -> str:
    *others, last = texts
    parts = ", ".join(f"w{number} AS ({text})" for number, text in enumerate(others))
    return f"WITH {parts} {last}" if others else last


def write(text: str, given: Sequence[Any]) -> None:
    """Execute a statement that answers nothing, with `%s` for each parameter."""
    if _collected.writes is not None:
        _collected.writes.append((text, given))
        return
    with _cursor(connections[DEFAULT_DB_ALIAS]) as cursor:
        cursor.execute(text, given)


def _cursor(link: Any) -> Any:
    """One that prepares its statements, where there is such a thing."""
    return link.preparing_cursor() if link.vendor == "postgresql" else link.cursor()


def insert(row: Model) -> None:
    """Store a new row, every field as it stands in the instance; without signals."""
    text, fields = _insertion(type(row))
    write(text, _values(row, fields, True))
    row._state.adding, row._state.db = False, connection.alias


def insert_many(rows: Sequence[Model]) -> None:
    """Store new rows of one model, which get their primary keys, in one statement; without signals."""
    model = type(rows[0])
    if connection.vendor != "postgresql":
        for row, stored in zip(rows, model._default_manager.bulk_create(rows), strict=True):
            row.pk = stored.pk
        return
    text, fields = _insertions(model)
    plain = [{field.column: field.pre_save(row, True) for field in fields} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(text, [json.dumps(plain, default=_plain)])
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk, row._state.adding, row._state.db = key, False, connection.alias


@cache
def _insertions(model: type[Model]) -> "tuple[str, list[Field[Any, Any]]]":
    """PostgreSQL numbers the rows, and returns their keys, in the order of the SELECT."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    typed = ", ".join(f"{connection.ops.quote_name(str(field.column))} {field.db_type(connection)}" for field in fields)
    return (
        f"INSERT INTO {name(model)} ({columns}) SELECT {columns} FROM "
        f"ROWS FROM (jsonb_to_recordset(%s::jsonb) AS ({typed})) WITH ORDINALITY AS given({columns}, place) "
        f"ORDER BY place RETURNING {name(model, model._meta.pk.name)}"
    ), fields


def update(row: Model, names: Sequence[str]) -> None:
    """Store these fields of a row as they stand in the instance; without signals."""
    text, fields = _change(type(row), tuple(names))
    write(text, _values(row, fields, False))


def _values(row: Model, fields: "Sequence[Field[Any, Any]]", adding: bool) -> list[Any]:
    link = connections[DEFAULT_DB_ALIAS]
    plain = link.vendor == "postgresql"
    return [
        getattr(row, field.attname)
        if plain and _is_plain(field)
        else field.get_db_prep_save(field.pre_save(row, adding), link)
        for field in fields
    ]


@cache
def _is_plain(field: "Field[Any, Any]") -> bool:
    """True if PostgreSQL takes a field's value as the instance has it."""
    if isinstance(field, ForeignKey):
        return _is_plain(field.target_field)
    exact = (UUIDField, CharField, TextField, BooleanField, BigIntegerField, IntegerField, DateTimeField)
    set_by_itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return type(field) in exact and not set_by_itself


@cache
def _insertion(model: type[Model]) -> "tuple[str, list[Field[Any, Any]]]":
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {name(model)} ({columns}) VALUES ({places})", fields


@cache
def _change(model: type[Model], names: tuple[str, ...]) -> "tuple[str, list[Field[Any, Any]]]":
    fields = [_field(model, field) for field in (*names, model._meta.pk.name)]
    wanted = ", ".join(f"{connection.ops.quote_name(str(field.column))} = %s" for field in fields[:-1])
    return f"UPDATE {name(model)} SET {wanted} WHERE {name(model, fields[-1].name)} = %s", fields


def update_many(model: type[Model], rows: Sequence[Mapping[str, Any]], append: Collection[str] = ()) -> None:
    """Set fields of many rows, each to values of its own.

    Every element names the same fields, the primary key among them. Fields in `append` hold JSON arrays, which grow by
    the elements given, of which there must be one. Two callers must not have rows in common in different orders: hold
    something first that all of them lock in one order.
    """
    if not rows:
        return
    key, fields = model._meta.pk.name, list(rows[0])
    changed = [field for field in fields if field != key]
    if connection.vendor == "postgresql":
        _update_from_json(model, rows, key, changed, append)
        return
    grown = "CASE {0} WHEN '[]' THEN %s ELSE substr({0}, 1, length({0}) - 1) || ', ' || substr(%s, 2) END"
    wanted = ", ".join(
        f"{name(model, field)} = " + (grown.format(name(model, field)) if field in append else "%s")
        for field in changed
    )
    statement = f"UPDATE {name(model)} SET {wanted} WHERE {name(model, key)} = %s"
    with connection.cursor() as cursor:
        twice = [field for field in [*changed, key] for _ in range(1 + (field in append))]
        cursor.executemany(statement, [[value(model, field, row[field]) for field in twice] for row in rows])


def _update_from_json(
    model: type[Model], rows: Sequence[Mapping[str, Any]], key: str, changed: list[str], append: Collection[str]
) -> None:
    """One parameter for all values: an array for each column costs the driver far more."""
    columns = {field: name(model, field) for field in [key, *changed]}
    typed = ", ".join(f"{columns[field]} {_field(model, field).db_type(connection)}" for field in columns)
    before = {field: f"{name(model)}.{columns[field]} || " for field in append}
    wanted = ", ".join(f"{columns[field]} = {before.get(field, '')}found.{columns[field]}" for field in changed)
    statement = (
        f"UPDATE {name(model)} SET {wanted} FROM jsonb_to_recordset(%s::jsonb) AS found({typed}) "
        f"WHERE {name(model)}.{columns[key]} = found.{columns[key]}"
    )
    plain = [{_field(model, field).column: row[field] for field in columns} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(plain, default=_plain)])


def _plain(given: Any) -> str:
    return given.isoformat() if isinstance(given, datetime | date) else str(given)


@cache
def _field(model: type[Model], field: str) -> "Field[Any, Any]":
    found = model._meta.get_field(field)
    assert isinstance(found, Field) and found.column
    return found
