"""A language for tests: each translated text stands in brackets, so that a page shows which of its texts are not."""

import gettext
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any
from unittest import mock

from django.apps import apps
from django.utils import translation
from django.utils.translation import trans_real

CODE = "en-xa"
READ = ("aria-label", "title", "alt", "placeholder", "data-copied", "data-failed", "data-confirm", "data-side")
NOT_READ = {"script", "style", "code", "pre", "textarea", "time", "template", "kbd"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SYMBOLS = "material-symbols-outlined"  # icons: their names are not read


class _Bracketed(gettext.NullTranslations):
    """Translates every text into itself in brackets."""

    def __init__(self) -> None:
        super().__init__()
        self._catalog: dict[str, str] = {}

    def gettext(self, message: str) -> str:
        """In brackets."""
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The form of the number, in brackets."""
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def to_language(self) -> str:
        """Django asks for the name of the language."""
        return CODE

    def language(self) -> str:
        """Django asks for the locale too."""
        return CODE


@contextmanager
def bracketed() -> Iterator[None]:
    """Everything is shown in the language of brackets."""
    with mock.patch.dict(trans_real._translations, {CODE: _Bracketed()}), translation.override(CODE):
        yield


class _Reader(HTMLParser):
    """Collects what a page shows: text nodes, and attributes that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.labels: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Attributes, and whether what follows is read."""
        found = dict(attrs)
        self.labels += [found[name] or "" for name in READ if name in found]
        if tag == "input" and found.get("type") in ("submit", "button"):
            self.labels.append(found.get("value") or "")
        if tag not in VOID:
            unread = tag in NOT_READ or SYMBOLS in (found.get("class") or "")
            self.open.append((tag, unread or bool(self.open and self.open[-1][1])))

    def handle_endtag(self, tag: str) -> None:
        """Back to the element around it."""
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """A text node, if people read it."""
        unread = bool(self.open and self.open[-1][1])
        self.texts.append("".join(re.findall("[⟦⟧]", data)) if unread else data)


def stored_texts() -> set[str]:
    """Every text of the database that people chose: names and messages are nobody's to translate."""
    found: set[str] = set()
    fixed: set[str] = set()
    for model in apps.get_models():
        fields = [field for field in model._meta.concrete_fields if not field.choices]
        fixed.update(str(value) for field in model._meta.fields for value, _ in field.flatchoices)
        for row in model._default_manager.values_list(*(field.attname for field in fields)):
            found.update(leaf for value in row for leaf in _leaves(value))
    return found - fixed


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (leaf for part in value.values() for leaf in _leaves(part))
    elif isinstance(value, list | tuple):
        yield from (leaf for part in value for leaf in _leaves(part))
    elif isinstance(value, str):
        yield value
        yield from value.splitlines()


def bare_texts(html: str, known: Collection[str] = ()) -> list[str]:
    """Texts of a page that are neither translated nor known. A translated text may hold elements."""
    reader = _Reader()
    reader.feed(html)
    names = sorted((name for name in known if len(name) > 1), key=len, reverse=True)
    found, depth = [text for text in reader.labels if _words(_outside(text)[0], names)], 0
    for text in reader.texts:
        outside, depth = _outside(text, depth)
        found += [text.strip()] if _words(outside, names) else []
    return found


def _outside(text: str, depth: int = 0) -> tuple[str, int]:
    """The text outside all brackets, and the number of brackets that are open at its end."""
    kept = []
    for part in re.split("([⟦⟧])", text):
        depth += {"⟦": 1, "⟧": -1}.get(part, 0)
        kept.append(" " if part in "⟦⟧" or depth else part)
    return "".join(kept), depth


def _words(text: str, names: list[str]) -> list[str]:
    """Words, without the names that are known and without what is masked by stars."""
    text = re.sub(r"\S*\*{4,}\S*", " ", text)
    for name in names:
        text = text.replace(name, " ")
    return re.findall(r"[A-Za-z]{2,}", text)
