"""Reading JSON bodies strictly; every refusal names the place."""

import json
import math
from typing import Any

from django.conf import settings
from rest_framework import exceptions, parsers

MAX_DEPTH = 32
MAX_DIGITS = 100  # of one number


class UnreadableBody(exceptions.ParseError):
    """The body is missing, is not JSON, or holds what no text may hold."""


class UnfitText(UnreadableBody):
    """The body is JSON, but a value in it cannot be kept; the text names it."""


class BodyTooLarge(exceptions.APIException):
    """The body is over the limit of one request."""

    status_code = 413


class StrictJSONParser(parsers.BaseParser):
    """JSON as the standard has it: UTF-8, no NaN, no NUL characters or half surrogates, limited depth."""

    media_type = "*/*"  # existing clients forget the content type

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The body's value; an absent body is None."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise BodyTooLarge(f"The body is larger than {limit} bytes.")
        return parse_strictly(raw) if raw.strip() else None


def parse_strictly(raw: bytes) -> Any:
    """The value of a stranger's JSON; raises `UnreadableBody` for what is none or could not be stored."""
    try:
        value = json.loads(
            raw.decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            parse_int=_whole,
            parse_float=_finite,
            object_pairs_hook=_single,
        )
    except (ValueError, RecursionError) as fault:
        raise UnreadableBody(f"The body is not valid JSON: {_first_line(fault)}.") from None
    check_text(value)
    return value


def _first_line(fault: BaseException) -> str:
    return (str(fault).splitlines() or ["too deeply nested"])[0][:200].rstrip(".")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits[:40]} is too large")
    return value


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose properties come once; which of two is meant, nobody can tell."""
    value: dict[str, Any] = {}
    for name, item in pairs:
        if name in value:
            raise ValueError(f"the property {json.dumps(name[:40])} is given twice in one object")
        value[name] = item
    return value


def check_text(value: Any, path: str = "", depth: int = 0) -> None:
    """Refuse what the database cannot hold or what is nested beyond reason; names the property."""
    if depth > MAX_DEPTH:
        raise UnfitText(f"{_place(path)} is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        _check_string(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_string(key, path)
            check_text(item, f"{path}.{key[:40]}" if path else key[:40], depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_text(item, f"{path}[{index}]", depth + 1)


def _place(path: str) -> str:
    return f"Property '{path}'" if path else "The body"


def _check_string(text: str, path: str) -> None:
    if "\x00" in text:
        raise UnfitText(f"{_place(path)} holds a NUL character; remove it.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UnfitText(f"{_place(path)} holds half of a surrogate pair, which is not text; remove it.") from None
