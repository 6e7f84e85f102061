"""The content of Messenger's and Instagram's messages: words and attachments, in the common format.

Links to files at Meta end after a while, so each goes out as `Media` for the engine to fetch.
"""

import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from django.utils.translation import gettext as _

from engine.adapters._inbound import Media
from engine.adapters._outcomes import SendError
from hubster.lib.http import Answer, Outgoing

_PLAIN = {
    "image": "image", "sticker": "image", "animated_image": "image", "video": "video", "reel": "video",
    "ig_reel": "video", "audio": "audio",
}  # fmt: skip
_FILES = {"file": "File", "story_mention": "Story mention"}  # with a label for those that have no name
_LINKS = {"fallback", "share", "post", "ig_post"}
_ANY = "application/octet-stream"
_LONGEST_NAME = 200
_MOST_REDIRECTS = 3

Node = Mapping[str, Any]
Item = dict[str, Any]


def content_of(message: Node) -> tuple[Item, list[Media], list[str]]:
    """The message, the files that belong to it, and the kinds of attachments that are not known.

    The message is empty when nothing in it can be shown.
    """
    quick = message.get("quick_reply") or {}
    lines = [str(quick.get("payload") or message.get("text") or "")]
    items: list[Item] = []
    unknown: list[str] = []
    for attachment in message.get("attachments") or []:
        kind, payload = str(attachment.get("type")), attachment.get("payload") or {}
        if kind in _LINKS:
            lines.append(_link(attachment, payload, lines[0]))
        elif found := list(_items(kind, attachment, payload)):
            items += [item for item in found if item not in items]  # a sticker may come as an image too
        else:
            unknown.append(f"attachment {kind}")
    items += _story(message.get("reply_to") or {})
    return *_whole("\n".join(filter(None, lines)), items), unknown


def _whole(text: str, items: list[Item]) -> tuple[Item, list[Media]]:
    """One message of the parts: a thing alone is that thing, else a text has items."""
    if not items:
        return ({"type": "text", "text": text} if text.strip() else {}), []
    if not text.strip() and len(items) == 1:
        return items[0], _taken_out(items[0], "url")
    media = [one for place, item in enumerate(items) for one in _taken_out(item, f"items.{place}.url")]
    return {"type": "text", **({"text": text} if text.strip() else {}), "items": items}, media


def _taken_out(item: Item, at: str) -> list[Media]:
    """A file of Meta's, whose link the engine replaces by its own."""
    if item["type"] not in ("image", "video", "audio", "attachment"):
        return []
    url = item.pop("url")
    name = _name_of(url)
    kind = item.get("mimeType") or mimetypes.guess_type(name)[0] or ""
    return [Media(at, {"url": url}, name=name, mime_type="" if kind == _ANY else kind)]


def _items(kind: str, attachment: Node, payload: Node) -> Iterator[Item]:
    url = str(payload.get("url") or "")
    if kind in _PLAIN and url:
        yield {"type": _PLAIN[kind], "url": url}
    elif kind in _FILES and url:
        yield _file(url, _FILES[kind])
    elif kind == "location":
        yield from _place(payload.get("coordinates") or {}, str(attachment.get("title") or ""))
    elif kind == "template":
        for product in (payload.get("product") or {}).get("elements") or []:
            named = {"title": product.get("title"), "subtitle": product.get("subtitle"),
                     "imageUrl": product.get("image_url")}  # fmt: skip
            yield {"type": "card", **{key: str(value) for key, value in named.items() if value}}


def _place(at: Node, title: str) -> Iterator[Item]:
    if "lat" in at and "long" in at:
        where: Item = {"type": "location", "latitude": float(at["lat"]), "longitude": float(at["long"])}
        yield {**where, **({"address": title} if title else {})}


def _story(reply_to: Node) -> list[Item]:
    """The story of ours that the customer answers, on Instagram."""
    url = str((reply_to.get("story") or {}).get("url") or "")
    return [_file(url, "Story")] if url else []


def _file(url: str, label: str) -> Item:
    name = _name_of(url)
    kind = mimetypes.guess_type(name)[0]
    return {"type": "attachment", "label": name if kind else label, "mimeType": kind or _ANY, "url": url}


def _link(attachment: Node, payload: Node, text: str) -> str:
    """A shared link with its title; empty when the text has it already."""
    url = str(payload.get("url") or attachment.get("url") or "")
    title = str(payload.get("title") or attachment.get("title") or "")
    if url and url in text:
        return ""
    return f"{title}: {url}" if title and url else title or url


def _name_of(url: str) -> str:
    """The name of a file by its address."""
    return unquote(PurePosixPath(urlsplit(url).path).name)[:_LONGEST_NAME]


def next_request(ref: Mapping[str, Any], answers: Sequence[Answer]) -> Outgoing | None:
    """The request that brings a file, redirects too; None when the last answer is the file. Raises `SendError`."""
    url = str(ref["url"])
    if not answers:
        return Outgoing("GET", url)
    last = answers[-1]
    if 200 <= last.status < 300:
        return None
    if 300 <= last.status < 400 and last.headers.get("location") and len(answers) <= _MOST_REDIRECTS:
        return Outgoing("GET", urljoin(url, last.headers["location"]))
    if last.status == 429 or last.status >= 500:
        text = _("Meta could not send the file (HTTP %(status)d). It is fetched again later.")
        raise SendError("ENG007511", text % {"status": last.status}, retryable=True)
    text = _("Meta no longer has the file (HTTP %(status)d). Ask the customer to send it again.")
    raise SendError("ENG007511", text % {"status": last.status}, retryable=False, scope="message")
