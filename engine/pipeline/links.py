"""Links: a link becomes the video, picture, sound, file or place it points to. No page is fetched."""

from typing import Any

from django.utils.translation import gettext as _

from engine.activity.files import mime_type
from engine.activity.links import MOST, Target, is_alone, key_of, links_in, place_key, recognise
from engine.activity.messages import MOST_ITEMS
from engine.pipeline.passage import Passage

_ADDRESSES = ("url", "imageUrl")


def step(passage: Passage) -> None:
    """A link alone becomes its message; links in other text become items. MIME types follow from the endings."""
    if passage.activity.type != "message":
        return
    if passage.content.get("type") == "text":
        _enrich(passage)
    _name_types(passage)


def _enrich(passage: Passage) -> None:
    content = passage.content
    text = content.get("text") or ""
    links = list(links_in(text)) if "." in text else []
    first = recognise(links[0]) if len(links) == 1 else None
    if first and is_alone(links[0], text) and not content.get("items") and not content.get("actions"):
        hints = {name: content[name] for name in ("channels",) if name in content}
        passage.alter({**first.message, **hints}, _("The link became: %(type)s.") % {"type": first.message["type"]})
        return
    items = content.get("items") or []
    found = _new_items(links, items)
    if found:
        kinds = ", ".join(item["type"] for item in found)
        passage.alter({**content, "items": [*items, *found]}, _("Links became items: %(types)s.") % {"types": kinds})


def _new_items(links: list[str], items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One item for each thing that is not there yet, in the order of the text, as many as there is room for."""
    targets = [target for url in links if (target := recognise(url))]
    if not targets:
        return []
    there = {key for item in items for key in _keys(item)}
    fresh: dict[str, Target] = {}
    for target in targets:
        if target.key not in there:
            fresh.setdefault(target.key, target)
    return [target.message for target in fresh.values()][: min(MOST, MOST_ITEMS - len(items))]


def _keys(item: dict[str, Any]) -> list[str]:
    keys = [key_of(item[name]) for name in _ADDRESSES if item.get(name)]
    return [*keys, place_key(item)] if item.get("type") == "location" else keys


def _name_types(passage: Passage) -> None:
    content = passage.content
    items = content.get("items")
    named = _named(content)
    if items and content["type"] == "text":
        fresh = [_named(item) for item in items]
        named = {**named, "items": fresh} if fresh != items else named
    if named != content:
        passage.alter(named, _("The MIME type was added."))


def _named(part: dict[str, Any]) -> dict[str, Any]:
    """A video or sound with its MIME type, if its address tells."""
    if part.get("type") not in ("video", "audio") or part.get("mimeType"):
        return part
    mime = mime_type(part["type"], part["url"])
    return {**part, "mimeType": mime} if mime else part
