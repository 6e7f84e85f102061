"""The sentences by which a bot says what it is, and those by which a customer asks for a person, in 20 languages.

They are in `disclosure.json`. Of each language, `asks` has patterns of sentences: one part of each list, in order;
`alone` has what asks for a person when nothing else is said, or when it is asked for politely. The `polite` words
themselves are passed over.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal

Sentence = Literal["disclosure", "handover", "nobody"]
FALLBACK = "en"
_LONGEST = 400  # characters in which somebody asks for a person; longer texts are about something else
_SENTENCES = re.compile(r"[.!?。！？؟\n]+")
_OTHER_CODES = {"nb": "no", "nn": "no", "iw": "he"}
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe"})

_DATA: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
LANGUAGES: dict[str, str] = {code: str(row["name"]) for code, row in _DATA.items()}  # their own names, by code


def known_language(stated: object) -> str:
    """The code of a language as channels and browsers state it, such as `pt-BR`; empty for one that is not here."""
    code = re.split(r"[-_]", stated.strip().lower())[0] if isinstance(stated, str) else ""
    code = _OTHER_CODES.get(code, code)
    return code if code in LANGUAGES else ""


def stated_language(properties: Mapping[str, Any]) -> str:
    """The language of a customer as the properties of the conversation have it; empty if it is not known."""
    profile = properties.get("profile")
    return known_language(profile.get("language")) if isinstance(profile, Mapping) else ""


def sentence(name: Sentence, language: str) -> str:
    """One of our own sentences; in English where the language is not here."""
    return str(_DATA.get(language, _DATA[FALLBACK])[name])


def asks_for_a_person(text: str) -> list[str]:
    """The languages in which a text, or one of its sentences, asks for a person and says nothing else."""
    if len(text) > _LONGEST:
        return []
    whole, parts = _plain(text), [_plain(part) for part in _SENTENCES.split(text) if part.strip()]
    return [code for code in LANGUAGES if _asks(code, whole, parts)]


def _asks(code: str, whole: str, parts: list[str]) -> bool:
    if _without_politeness(code, whole) in _alone(code):
        return True
    return any(_without_politeness(code, part) in _phrases(code, part) for part in parts)


def _phrases(code: str, plain: str) -> frozenset[str]:
    return _alone(code) if _polite(code).search(plain) else _asking(code)


@cache
def _asking(code: str) -> frozenset[str]:
    return frozenset(_key(" ".join(parts)) for pattern in _DATA[code]["asks"] for parts in product(*pattern))


@cache
def _alone(code: str) -> frozenset[str]:
    return _asking(code) | {_key(phrase) for phrase in _DATA[code]["alone"]}


def _without_politeness(code: str, plain: str) -> str:
    return _polite(code).sub(" ", plain).replace(" ", "")


@cache
def _polite(code: str) -> re.Pattern[str]:
    words = sorted((_plain(word) for word in _DATA[code]["polite"]), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")


def _key(text: str) -> str:
    """Without spaces: some languages have none, and others forget them."""
    return _plain(text).replace(" ", "")


def _plain(text: str) -> str:
    """In lower case, without accents and punctuation, with single spaces."""
    return " ".join("".join(_letters(text)).split())


def _letters(text: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    for letter in folded:
        kind = unicodedata.category(letter)
        if letter in "'’ʼ`´" or kind in ("Mn", "Cf"):
            continue
        yield letter if kind[0] in "LNM" else " "
