"""Links: a link alone becomes the video, picture or sound that it points to; no stranger's page is fetched."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from engine.pipeline.passage import Passage

_URL = re.compile(r"https?://[^\s<>\"']+", re.I)
_FILES = {
    "image": (".png", ".jpg", ".jpeg", ".gif", ".webp"),
    "video": (".mp4", ".mov"),
    "audio": (".mp3", ".wav"),
}
_YOUTUBE = {"youtube.com", "m.youtube.com", "youtu.be"}
_VIMEO = {"vimeo.com", "player.vimeo.com"}


def recognise(url: str) -> dict[str, Any] | None:
    """The message that a link stands for, judged by its address alone; None for an ordinary page."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    if host in _YOUTUBE and (parse_qs(parts.query).get("v") or re.match(r"/(embed/)?[\w-]{5,}$", parts.path)):
        return {"type": "youtube", "url": url}
    if host in _VIMEO and re.search(r"/\d{5,}$", parts.path):
        return {"type": "vimeo", "url": url}
    path = parts.path.lower()
    kind = next((name for name, endings in _FILES.items() if path.endswith(endings)), None)
    return {"type": kind, "url": url} if kind else None


def step(passage: Passage) -> None:
    """Text that is only such a link is replaced; in other text the first such link is added as an item."""
    content = passage.content
    text = (content.get("text") or "").strip()
    if content.get("type") != "text" or "://" not in text:
        return
    try:
        found = next((item for url in _URL.findall(text)[:10] if (item := recognise(url))), None)
    except ValueError:  # urlsplit refuses some malformed addresses
        return
    if found is None:
        return
    if text == found["url"] and not content.get("items") and not content.get("actions"):
        passage.alter(found, f"The link was turned into {found['type']}.")
    elif not content.get("items"):
        passage.alter({**content, "items": [found]}, f"The link was added as {found['type']}.")
