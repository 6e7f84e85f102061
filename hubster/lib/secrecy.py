"""Keeps the secrets of web addresses out of what is stored and shown.

A token may stand in an address's user part, in its path (Slack, Telegram) or in its query, and cannot be told by its
looks. So of an address only scheme, host and port are shown, and the rest is taken out of other texts by its value.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

MASK = "***"
_SHORTEST = 4  # characters of a part that is looked for in other texts
_WORD = re.compile(r"[A-Za-z]{1,7}")  # too short and too plain to take out of every text
_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*:)?//(?P<place>[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


def masked_url(url: str, mask: str = MASK) -> str:
    """The address with `mask` for everything that may be a secret: user, path, query and fragment."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return mask if url else ""
    person, at, place = found["place"].rpartition("@")
    rest = f"/{mask}" if found["rest"] not in ("", "/") else found["rest"]
    return f"{found['scheme'] or ''}//{mask if person else ''}{at}{place}{rest}"


def without_secrets(text: str, url: str) -> str:
    """The text without any part of the address that `masked_url` masks, however it is written there."""
    for part in _parts(url):
        text = text.replace(part, MASK)
    return text


def deeply_without_secrets(value: Any, url: str) -> Any:
    """Masks the addresses in every text of a JSON value."""
    if isinstance(value, str):
        return without_secrets(value, url)
    if isinstance(value, Mapping):
        return {key: deeply_without_secrets(item, url) for key, item in value.items()}
    if isinstance(value, list):
        return [deeply_without_secrets(item, url) for item in value]
    return value


def deeply_without_values(value: Any, secrets: Sequence[str]) -> Any:
    """Masks these values in every text of a JSON value, however an address writes them."""
    if isinstance(value, str):
        for secret in sorted(secrets, key=len, reverse=True):  # one may be a part of another
            for form in {secret, quote(secret), quote(secret, safe="")}:
                value = value.replace(form, MASK) if form else value
        return value
    if isinstance(value, Mapping):
        return {key: deeply_without_values(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [deeply_without_values(item, secrets) for item in value]
    return value


@lru_cache(maxsize=2_000)
def _parts(url: str) -> list[str]:
    """The secrets of an address, the longest first: everything after the host, then each piece."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return []
    person = found["place"].rpartition("@")[0]
    pieces = {found["rest"], found["rest"].partition("?")[0], person, *re.split(r"[/?#&=:;,]", found["rest"])}
    pieces |= set(person.split(":"))
    pieces = {form for piece in pieces for form in (piece, unquote(piece), quote(piece), quote(piece, safe=""))}
    whole = {piece for piece in pieces if len(piece) >= _SHORTEST and not _WORD.fullmatch(piece)}
    return sorted(whole, key=len, reverse=True)
