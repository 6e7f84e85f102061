"""Limits of sizes: of one content, and of stored contents that one reader is given at once."""

import json
from typing import Any

MOST = 262_144  # characters of one content as JSON
MOST_OF_CUSTOMER = 65_536
CHUNK = 64  # rows that are read at once
_FRAME = 1_000  # an activity without its content
_VALUE = 64  # a value besides its characters


def size(content: Any) -> int:
    """The characters of a content as JSON."""
    return len(_written(content))


def weight(content: Any) -> int:
    """Roughly the bytes of memory that an activity with this content needs: many small values need more than one text.

    Bytes, not rows, limit what a reader is given at once; the values are counted by what stands before them.
    """
    text = _written(content)
    return _FRAME + len(text) + _VALUE * sum(map(text.count, ",[{"))


def too_long(content: Any, most: int, whose: str = "") -> str:
    """The text of a fault about a content's size, to follow the property's name; empty when the size is right."""
    found = size(content)
    if found <= most:
        return ""
    advice = "send it in several parts, or the rest as a file."
    return f"has {found:,} characters as JSON; {whose}at most {most:,} are taken: {advice}"


def _written(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)
