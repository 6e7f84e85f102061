"""Which codes the product's source can raise, found by reading it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hubster.lib import codes
from tests.test_house import name_of, product_files, tree

_CODE = re.compile(r"[A-Z]{3}\d{6}")
_TABLE = "hubster/lib/codes.py"
_SHARED = ("PRT", "ENG")  # the prefixes that code shared by the resources puts in front of digits


def _constants(node: ast.AST) -> Iterator[str]:
    return (found.value for found in ast.walk(node) if isinstance(found, ast.Constant) and isinstance(found.value, str))


def _sources() -> list[Path]:
    return [path for path in product_files() if name_of(path) != _TABLE]


@cache
def literal_codes() -> dict[str, str]:
    """Every code that stands in the source as it is, and a file that has it."""
    return {text: name_of(path) for path in _sources() for text in _constants(tree(path)) if _CODE.fullmatch(text)}


def _digits(path: Path) -> set[str]:
    """The digits that a file puts behind a prefix: those of `f"{prefix}000203"`.

    Where they are a variable, as in `f"{prefix}000{digits}"`, they may be any three digits that the file has as text.
    """
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for before, part in zip(node.values, node.values[1:], strict=False):
            text = part.value if isinstance(part, ast.Constant) else ""
            if isinstance(before, ast.FormattedValue) and text == "000":
                found |= {digits for digits in _constants(tree(path)) if re.fullmatch(r"\d{3}", digits)} - {"000"}
            elif isinstance(before, ast.FormattedValue) and re.fullmatch(r"000\d{3}", str(text)):
                found.add(str(text)[3:])
    return found


@cache
def assembled_codes() -> dict[str, str]:
    """Every code of the table that the source makes of a prefix and digits, and a file that does."""
    return {
        f"{prefix}000{digits}": name_of(path)
        for path in _sources()
        for digits in _digits(path)
        for prefix in _SHARED
        if f"{prefix}000{digits}" in codes.TABLE
    }


def assembled_digits() -> set[str]:
    """All digits that are put behind a prefix somewhere."""
    return {digits for path in _sources() for digits in _digits(path)}


def names_used(*packages: str) -> set[str]:
    """Every name that is imported in the packages or asked of an object, but for files whose calls are the Portal's."""
    found: set[str] = set()
    for path in _sources():
        if name_of(path).split("/")[0] not in packages or "PortalAuthentication" in path.read_text():
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.alias):
                found.add(node.name)
    return found
