"""SQL as text, on both databases: for hot paths, where building a statement costs more than running it, and for what
the ORM has no words for.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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


def column(model: type[Model], field: str) -> str:
    """The column of a field, as JSON names it."""
    return str(_field(model, field).column)


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
        self._made: dict[tuple[str, bool], tuple[str, list[_Part]]] = {}

    def rows(self, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows for these parameters, each a tuple with an instance of every part.

        Prepared where no list has more than one element: how many there are decides how PostgreSQL finds them best.
        """
        link = connections[DEFAULT_DB_ALIAS]
        alone = all(len(value) == 1 for value in given.values() if isinstance(value, list))
        text, parts = self._made.get((link.vendor, alone)) or self._make(alone)
        if alone:
            given = {name: value[0] if isinstance(value, list) else value for name, value in given.items()}
        with _cursor(link, prepares=alone) as cursor:
            cursor.execute(text, parameters(given))
            return [tuple([part.instance(row, link) for part in parts]) for row in cursor.fetchall()]

    def _make(self, alone: bool) -> "tuple[str, list[_Part]]":
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
        text = f"SELECT {', '.join(columns)} {rest}"
        made = _ANY.sub(r"= \1", text) if alone else lists(text), parts
        self._made[connection.vendor, alone] = made
        return made


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

    writes: list[tuple[str, Sequence[Any], bool]] | None = None  # text, parameters, whether it is to be prepared


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
        texts, given, prepares = zip(*writes, strict=True)
        write(_as_one(texts), [value for values in given for value in values], all(prepares))


@lru_cache(maxsize=1_000)
def _as_one(texts: tuple[str, ...]) -> str:
    *others, last = texts
    parts = ", ".join(f"w{number} AS ({text})" for number, text in enumerate(others))
    return f"WITH {parts} {last}" if others else last


def fetch(text: str, given: Mapping[str, Any] | Sequence[Any]) -> list[Any]:
    """The rows that a statement answers whose text does not vary: it is prepared, where there is such a thing."""
    with _cursor(connections[DEFAULT_DB_ALIAS]) as cursor:
        cursor.execute(text, given)
        return cursor.fetchall()  # type: ignore[no-any-return]


def write(text: str, given: Sequence[Any], prepares: bool = True) -> None:
    """Execute a statement that answers nothing, with `%s` for each parameter.

    Not to be prepared is one for any number of rows, for that decides how PostgreSQL finds them best.
    """
    if _collected.writes is not None:
        _collected.writes.append((text, given, prepares))
        return
    with _cursor(connections[DEFAULT_DB_ALIAS], prepares) as cursor:
        cursor.execute(text, given)


def _cursor(link: Any, prepares: bool = True) -> Any:
    """One that prepares its statements, where it is wanted and there is such a thing."""
    return link.preparing_cursor() if prepares and link.vendor == "postgresql" else link.cursor()


def insert(row: Model) -> None:
    """Store a new row, every field as it stands in the instance; without signals."""
    text, fields = _insertion(type(row))
    write(text, _values(row, fields, True))
    row._state.adding, row._state.db = False, connection.alias


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


@cache
def _field(model: type[Model], field: str) -> "Field[Any, Any]":
    found = model._meta.get_field(field)
    assert isinstance(found, Field) and found.column
    return found
