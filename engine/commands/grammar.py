"""The grammar of a command line. Pure: text in, words out."""

import re
import shlex
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from engine.activity import PLATFORM_COMMANDS
from engine.activity.command import MARK

RESPONSE, TRANSFER, HELP = "resp", "trans", "help"
FLOOR = ("handover", "takeover", "handback")
_OPTIONS = {
    "n": "name", "name": "name", "c": "category", "category": "category", "l": "list", "list": "list",
    "f": "force", "force": "force", "h": "help", "help": "help",
}  # fmt: skip
_WITH_VALUE = ("name", "category")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})  # phones type them for straight ones
_DASHES = re.compile(r"(^|\s)[—–]+(?=\w)")  # and a dash for two hyphens


class BadLine(Exception):
    """A line that cannot be read; its text says what to type instead."""


@dataclass(frozen=True)
class Line:
    """`::NAME word word`: the name in lower case, the words as typed."""

    name: str
    words: list[str]


@dataclass(frozen=True)
class Options:
    """The options of `::resp` and `::trans`."""

    name: str = ""
    category: str | None = None
    list: bool = False
    force: bool = False
    help: bool = False


def read(text: str) -> Line:
    """Split a command's text; raises `BadLine` for one without a name or with an open quote."""
    reader = shlex.shlex(text.removeprefix(MARK).translate(_QUOTES), posix=True)
    reader.whitespace_split, reader.commenters, reader.quotes, reader.escape = True, "", '"', ""
    try:
        words = list(reader)
    except ValueError:
        raise BadLine(_('A quote is not closed. Put names of several words in quotes: "two words".')) from None
    if not words or not words[0].strip():
        raise BadLine(_("Type a command after the double colon, for example ::help."))
    name = words[0].lower()
    return Line(PLATFORM_COMMANDS.get(name, name), words[1:])


def options(line: Line) -> Options:
    """The options of a `::resp` or `::trans`; raises `BadLine` for what it does not know."""
    found: dict[str, Any] = {}
    words = [_DASHES.sub(r"\1--", word) for word in line.words]
    while words:
        word = words.pop(0)
        name = _OPTIONS.get(word.lstrip("-").lower(), "") if word.startswith("-") else "name"
        if not name or (name == "name" and found.get("name")):
            raise BadLine(
                f"{_('%(word)s is not an option of this command.') % {'word': repr(word[:80])}} {usage(line.name)}"
            )
        if name not in _WITH_VALUE:
            found[name] = True
        elif word.startswith("-"):
            if not words:
                raise BadLine(f"{_('%(word)s needs a value.') % {'word': repr(word)}} {usage(line.name)}")
            found[name] = words.pop(0)
        else:
            found[name] = word
    return Options(**found)


def usage(name: str) -> str:
    """The usage line of a command."""
    known = {
        RESPONSE: _("Type ::resp -n NAME, or ::resp --list. Add -c CATEGORY for one category."),
        TRANSFER: _("Type ::trans -n NAME, or ::trans --list. Add -force to open the page at once."),
    }
    return known.get(name, _("Type ::%(name)s.") % {"name": name})
