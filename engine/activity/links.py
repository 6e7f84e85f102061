"""Recognises web addresses by the address alone: no stranger's page is ever fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from engine.activity.files import file_name, file_of
from engine.activity.parts import is_web_url
from engine.activity.places import place_of

MOST = 10  # links of one text that are looked at
_LONGEST = 3000  # characters; what is longer is no address, whatever is cut off its end
_BARE = r"www\.|(?:m\.)?youtube\.com/|youtu\.be/|(?:player\.)?vimeo\.com/"
# In no address: white space, controls, marks that cannot be seen, quotation marks that open, wide punctuation.
_NEVER = (
    r"\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
    r"<>\"`\\‘‚‹›“”„‟«»。，、！？；：「」『』（）【】《》〈〉〔〕［］｛｝"
)
_URL = re.compile(rf"(?<![A-Za-z0-9_@./-])(https?://|{_BARE})[^{_NEVER}]+", re.I)
_END = ".,;:!?'’*|…،؛؟۔।॥։"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_AROUND = re.compile(r"[\s<>\"'()\[\]{}.,;:*…。，]*")  # what may be lost; a smile or a question mark may not

_YOUTUBE = {"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com", "youtu.be"}
_YOUTUBE_PATH = re.compile(r"/(?:embed|shorts|live|v|e)/([\w-]{3,64})/?")
_YOUTUBE_SHORT = re.compile(r"/([\w-]{5,64})/?")
_NAME = re.compile(r"[\w-]{3,64}")
_VIMEO = {"vimeo.com", "player.vimeo.com"}
_VIMEO_PATH = re.compile(
    r"/(?:video/|channels/[^/]+/|ondemand/[^/]+/|groups/[^/]+/videos/|(?:album|showcase)/\d+/video/)?(\d{5,12})"
    r"(?:/[0-9a-f]{6,32})?/?"  # the key of a video that is not listed
)


@dataclass(frozen=True)
class Target:
    """The message that an address stands for, and a key that other addresses of the same thing share."""

    message: dict[str, Any]
    key: str


def links_in(text: str) -> Iterator[str]:
    """The first web addresses of a text, without the punctuation of the sentence around them.

    The widget and the desk have the same rule in their language; `tests/link_cases.json` binds the three.
    """
    for found in islice(_URL.finditer(text), MOST):
        url = without_tail(found[0]) if len(found[0]) <= _LONGEST else ""
        if len(url) > len(found[1]):
            yield url


def is_alone(url: str, text: str) -> bool:
    """True if a text is this one address and nothing else that says anything."""
    before, _, after = text.partition(url)
    return bool(_AROUND.fullmatch(before) and _AROUND.fullmatch(after))


def without_tail(url: str) -> str:
    """Punctuation at the end belongs to the sentence, and so does a bracket that was opened before the address."""
    while url and (url[-1] in _END or url.count(url[-1]) > url.count(_BRACKETS.get(url[-1], url[-1]))):
        url = url[:-1]
    return url


def recognise(url: str) -> Target | None:
    """The target of an address; None for an ordinary page."""
    if not is_web_url(url):
        return None
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:  # such as unfinished brackets around a host
        return None
    host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    place = place_of(host, parts)
    if place:
        return Target(place, place_key(place))
    return _youtube(url, host, parts) or _vimeo(url, host, parts) or _file(url, host, parts)


def key_of(url: str) -> str:
    """The key by which two addresses of the same thing are known."""
    found = recognise(url)
    return found.key if found else _plain(url)


def place_key(place: dict[str, Any]) -> str:
    """The key of a `location` message; where there are coordinates, they decide."""
    point = (place.get("latitude"), place.get("longitude"))
    return f"place {place['address'] if None in point else point}"


def _plain(url: str) -> str:
    """An address without what makes no difference: scheme, `www.`, the host's case, the place on the page."""
    rest = re.sub(r"^https?://", "", url, flags=re.I).partition("#")[0]
    host, slash, path = rest.partition("/")
    return host.lower().removeprefix("www.") + slash + path


def _youtube(url: str, host: str, parts: SplitResult) -> Target | None:
    if host not in _YOUTUBE:
        return None
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    path = _YOUTUBE_PATH.fullmatch(parts.path)
    if parts.path.rstrip("/") in ("/watch", "/playlist", "/embed"):
        found = asked.get("v") or asked.get("list")
    elif path is None and host == "youtu.be":
        short = _YOUTUBE_SHORT.fullmatch(parts.path)
        found = short and short[1]
    else:
        found = path and (asked.get("list") if path[1] == "videoseries" else path[1])
    if not found or not _NAME.fullmatch(found):
        return None
    return Target({"type": "youtube", "url": url}, f"youtube {found}")


def _vimeo(url: str, host: str, parts: SplitResult) -> Target | None:
    found = _VIMEO_PATH.fullmatch(parts.path) if host in _VIMEO else None
    return Target({"type": "vimeo", "url": url}, f"vimeo {found[1]}") if found else None


def _file(url: str, host: str, parts: SplitResult) -> Target | None:
    found = file_of(parts.path)
    if found is None or _is_page(host, parts):
        return None
    kind, mime = found
    if kind != "attachment":
        return Target({"type": kind, "url": url}, _plain(url))
    label = file_name(parts.path)
    message = {"type": kind, "label": label, "mimeType": mime, "url": url}
    return Target(message, _plain(url)) if label else None


def _is_page(host: str, parts: SplitResult) -> bool:
    """Pages about a file that end like the file itself: of wikis, code hosts, and a file store's previews."""
    if host == "dropbox.com":
        return not re.search(r"(^|&)(raw|dl)=1(&|$)", parts.query)
    return ":" in parts.path.rpartition("/")[2] or "/blob/" in parts.path
