"""Pages of long lists: by number as far as that is cheap, behind a cursor as far as one likes."""

from typing import Any, NamedTuple

from django.db.models import QuerySet

from hubster.lib.errors import Fault, HubsterError
from hubster.lib.keyset import MOST as COUNTED
from hubster.lib.keyset import Order, Position, to_cursor
from hubster.lib.openapi.operation import query

REACH = 1_000  # rows that page numbers reach; a cursor reaches all, and each of its pages costs the same
CURSOR = query(
    "cursor", {"type": "string"}, "The page after the one whose `nextCursor` this is; in place of `pageNumber`."
)


class Wanted(NamedTuple):
    """A page, by its number or behind a cursor."""

    number: int
    size: int
    cursor: Position | None = None


def wanted(given: dict[str, str], number: int, size: int, order: Order, model: Any, prefix: str) -> Wanted:
    """Which page. Raises `…000206` for a cursor that is none, `…000207` for a page number out of reach."""
    raw = given.get("cursor", "")
    cursor = order.place(raw, model) if raw else None
    if raw and cursor is None:
        text = f"'cursor' must be the 'nextCursor' of an answer: '{raw[:80]}'."
        raise HubsterError(Fault(f"{prefix}000206", text=text))
    if cursor and number:
        raise HubsterError(Fault(f"{prefix}000206", text="Give either 'cursor' or 'pageNumber'."))
    if (number + 1) * size > REACH and number:
        noun = model._meta.verbose_name_plural
        text = f"'pageNumber' reaches the newest {REACH:,} {noun}. Give 'nextCursor' of an answer as 'cursor'."
        raise HubsterError(Fault(f"{prefix}000207", text=text))
    return Wanted(number, size, cursor)


def page_of(rows: QuerySet[Any], page: Wanted, order: Order) -> tuple[list[Any], dict[str, Any]]:
    """(the rows of a page, what the answer tells of the whole list)."""
    found = order.page(rows, page.size + 1, page.cursor, page.number * page.size)
    kept, total = found[: page.size], order.count(rows)
    about: dict[str, Any] = {
        "pageNumber": page.number,
        "pageSize": page.size,
        "total": min(total, COUNTED),
        "isTotalExact": total <= COUNTED,
    }
    if len(found) > len(kept):
        about["nextCursor"] = to_cursor(kept[-1], order.key)
    return kept, about
