"""Links in messages: a link becomes the video, picture, sound, file or place it points to. No page is fetched."""

from typing import Any

from django.utils.translation import gettext as _

from engine.activity.files import mime_type
from engine.activity.links import MOST, Target, is_alone, key_of, links_in, place_key, recognise
from engine.activity.messages import MOST_ITEMS

_ADDRESSES = ("url", "imageUrl")
Content = dict[str, Any]


def enriched(content: Content) -> tuple[Content, list[str]]:
    """A message as channels get it, and a sentence for each change.

    A link alone becomes its message; links in other text become items. MIME types follow from the endings.
    """
    notes: list[str] = []
    if content.get("type") == "text":
        content = _with_links(content, notes)
    named = _with_types(content)
    if named != content:
        notes.append(_("The MIME type was added."))
    return named, notes


def _with_links(content: Content, notes: list[str]) -> Content:
    text = content.get("text") or ""
    links = list(links_in(text)) if "." in text else []
    first = recognise(links[0]) if len(links) == 1 else None
    if first and is_alone(links[0], text) and not content.get("items") and not content.get("actions"):
        hints = {name: content[name] for name in ("channels",) if name in content}
        notes.append(_("The link became: %(type)s.") % {"type": first.message["type"]})
        return {**first.message, **hints}
    items = content.get("items") or []
    found = _new_items(links, items)
    if not found:
        return content
    notes.append(_("Links became items: %(types)s.") % {"types": ", ".join(item["type"] for item in found)})
    return {**content, "items": [*items, *found]}


def _new_items(links: list[str], items: list[Content]) -> list[Content]:
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


def _keys(item: Content) -> list[str]:
    keys = [key_of(item[name]) for name in _ADDRESSES if item.get(name)]
    return [*keys, place_key(item)] if item.get("type") == "location" else keys


def _with_types(content: Content) -> Content:
    items = content.get("items")
    named = _named(content)
    if items and content["type"] == "text":
        fresh = [_named(item) for item in items]
        named = {**named, "items": fresh} if fresh != items else named
    return named


def _named(part: Content) -> Content:
    """A video or sound with its MIME type, if its address tells."""
    if part.get("type") not in ("video", "audio") or part.get("mimeType"):
        return part
    mime = mime_type(part["type"], part["url"])
    return {**part, "mimeType": mime} if mime else part
