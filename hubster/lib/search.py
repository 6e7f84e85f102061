"""Finds rows by words of a text, folded in the same way on both databases.

SQLite's LIKE folds ASCII only, PostgreSQL's ILIKE what the database's locale knows, and neither knows that a letter
and its accent may be one character or two.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, F, Func, Q, TextField, Value

MOST_WORDS = 10


class Folded(Func):
    """`hubster.lib.folding.folded` of a text, by the database."""

    function = "HUBSTER_FOLDED"  # of SQLite, where each connection learns it
    arity = 1
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """By ICU, so that the database's own locale does not matter; what has no pendant in `translate` goes out."""
        template = (
            "translate(normalize(lower(upper(normalize((%(expressions)s)::text, NFKC)"
            " COLLATE \"und-x-icu\")), NFKC), U&'\\03C2\\0131\\0307\\200C\\200D', U&'\\03C3\\0069')"
        )
        return self.as_sql(compiler, connection, template=template, **context)


class Holds(Func):
    """True if a text holds another one, both folded. For use in `filter`."""

    template = "%(function)s(%(expressions)s) > 0"
    function = "INSTR"
    output_field = BooleanField()

    def __init__(self, text: Any, part: str, **extra: Any) -> None:
        super().__init__(Folded(text), Folded(Value(part)), **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The lookup under another name."""
        return self.as_sql(compiler, connection, function="STRPOS", **context)


def holding(fields: Iterable[Any], asked: str) -> Q:
    """Rows of which each word that was asked for is in one of the fields: names (`hub__name`) or expressions."""
    texts = [F(field) if isinstance(field, str) else field for field in fields]
    found = Q()
    for word in asked.replace("\x00", "").split()[:MOST_WORDS]:
        any_field = Q()
        for text in texts:
            any_field |= Q(Holds(text, word))
        found &= any_field
    return found
