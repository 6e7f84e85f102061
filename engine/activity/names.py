"""Names of files as strangers write them: readable as they were meant, without anything that deceives. Pure.

Joiners belong to the spelling of Persian and Hindi words and to emoji, and the tables of Python do not know each new
emoji; so what goes out is named here, and everything else stays.
"""

import re
import unicodedata

_JOINERS = "\u200c\u200d"
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
# A flag of England, Scotland or Wales is spelt in characters that are invisible everywhere else.
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f")
# At the beginning or the end of a word, or one after another.
_LONE_JOINER = re.compile(f"(?<![^\\s{_JOINERS}])[{_JOINERS}]+|[{_JOINERS}]+(?=\\s|$)|(?<=[{_JOINERS}])[{_JOINERS}]+")
_NO_CHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")


def visible(name: str) -> str:
    """The name with control characters as spaces, and without what turns, hides or is no character."""
    name = _SPACES.sub(" ", unicodedata.normalize("NFC", name))
    kept, end = [], 0
    for flag in _FLAG.finditer(name):
        kept += [_without_hidden(name[end : flag.start()]), flag[0]]
        end = flag.end()
    name = "".join([*kept, _without_hidden(name[end:])])
    return _LONE_JOINER.sub("", _SPACES.sub(" ", name)).strip()


def _without_hidden(text: str) -> str:
    return "".join(char for char in _NO_CHARACTERS.sub("", text) if char in _JOINERS or _is_shown(char))


def _is_shown(char: str) -> bool:
    """Not a format character, half a surrogate or one of private use; one not yet assigned is a character."""
    return unicodedata.category(char) not in ("Cf", "Cs", "Co", "Cc")
