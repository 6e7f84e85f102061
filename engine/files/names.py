"""The name under which others get a file: readable, harmless, with an ending that is true. Pure."""

import re
from urllib.parse import quote

from engine.activity.names import visible
from engine.files.kinds import KINDS, Kind

LONGEST = 120  # characters
_RESERVED = re.compile(r'[<>:"|?*]')
_ENDINGS = {ending for kind in KINDS for ending in kind.endings}


def clean_name(raw: str, kind: Kind) -> str:
    """The visitor's name without folders and invisible characters.

    An ending that another kind of file has is replaced; one that we do not know stays, in front of the true one.
    """
    name = visible(_RESERVED.sub("_", re.split(r"[/\\]", raw)[-1])).rstrip(" .")
    stem, dot, ending = name.rpartition(".")
    if dot and ending.lower() in kind.endings:
        kept = ending.lower()
    else:
        kept = kind.endings[0]
        stem = stem if dot and ending.lower() in _ENDINGS else name
    if len(stem) > LONGEST - 6:
        stem = visible(stem[: LONGEST - 6])  # not with half of a joined emoji at its end
    return f"{stem.strip(' .') or 'file'}.{kept}"


def in_address(name: str) -> str:
    """The name as the last part of an address."""
    return quote(name, safe="")
