"""Places behind the links that Google Maps, Apple Maps and OpenStreetMap share. Shortened links are not known."""

import re
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote_plus

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,20})?"
_PAIR = re.compile(rf"\s*(?:loc:)?\s*({_NUMBER})\s*,\s*({_NUMBER})\s*(?:\((.*)\))?\s*")
_PIN = re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})")  # the pin itself; @ is only the middle of the map
_MIDDLE = re.compile(rf"/@({_NUMBER}),({_NUMBER})")
_OSM_VIEW = re.compile(rf"(?:^|&)map=\d{{1,2}}(?:\.\d+)?/({_NUMBER})/({_NUMBER})")
_GOOGLE = re.compile(r"(maps\.)?google\.(?:com|[a-z]{2}|com?\.[a-z]{2})")
_NAMED = re.compile(r"/maps/(place|search)/([^/@]+)")
_DEGREES = re.compile(r"\d\s*[°º]")
_OSM = {"openstreetmap.org", "osm.org"}
Place = dict[str, Any]


def place_of(host: str, parts: SplitResult) -> Place | None:
    """A `location` message; `host` is in lower case and without `www.`. None when the link holds no place."""
    asked = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
    google = _GOOGLE.fullmatch(host)
    if google and (google[1] or parts.path.startswith("/maps")):
        return _google(parts.path, asked)
    if host == "maps.apple.com":
        return _apple(asked)
    if host in _OSM:
        return _osm(parts.fragment, asked)
    return None


def _google(path: str, asked: dict[str, str]) -> Place | None:
    if path.startswith("/maps/dir") or "daddr" in asked:
        return None  # a way, no place
    named = _NAMED.search(path)
    words = unquote_plus(named[2]) if named else asked.get("query") or asked.get("q") or ""
    words = "" if words.startswith("place_id:") else words
    exact = bool(named and named[1] == "place")
    pin, middle = _PIN.search(path), None if named and not exact else _MIDDLE.search(path)
    return (
        _at(pin, words) or _pair(words) or _pair(asked.get("ll")) or _at(middle, words if exact else "")
        or _address(words, exact)
    )  # fmt: skip


def _apple(asked: dict[str, str]) -> Place | None:
    if "daddr" in asked:
        return None
    address = asked.get("address", "")
    words = address or asked.get("name") or asked.get("q") or ""
    at = _pair(asked.get("coordinate"), words) or _pair(asked.get("ll"), words) or _pair(asked.get("q"))
    return at or _address(words, exact=bool(address))


def _osm(fragment: str, asked: dict[str, str]) -> Place | None:
    words = asked.get("query", "")
    view = _OSM_VIEW.search(fragment)
    return _pair(f"{asked.get('mlat')},{asked.get('mlon')}") or _pair(words) or _address(words) or _at(view)


def _pair(text: str | None, words: str = "") -> Place | None:
    """`latitude,longitude`, perhaps with a name in brackets."""
    found = _PAIR.fullmatch(text or "")
    return _at(found, words or found[3] or "") if found else None


def _at(found: re.Match[str] | None, words: str = "") -> Place | None:
    if not found or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        return None
    place = {"type": "location", "latitude": float(found[1]), "longitude": float(found[2])}
    name = _cleaned(words)
    return {**place, "address": name} if _is_name(name) else place


def _address(words: str, exact: bool = False) -> Place | None:
    """The address in a search; a search counts as a place if it looks like an address: `pizza` does not."""
    name = _cleaned(words)
    if not _is_name(name) or not (exact or re.search(r"[\d,]", name)):
        return None
    return {"type": "location", "address": name}


def _is_name(words: str) -> bool:
    """True if words name a place, and are not its coordinates."""
    return bool(words) and not _DEGREES.search(words) and not _PAIR.fullmatch(words)


def _cleaned(words: str) -> str:
    return re.sub(r"\s+", " ", "".join(char if char.isprintable() else " " for char in words)).strip()
