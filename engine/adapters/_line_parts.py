"""Parts of LINE messages: addresses, actions and bubbles, each within LINE's limits.

Limits: developers.line.biz/en/reference/messaging-api/#action-objects, #flex-message and #bubble.
"""

import mimetypes
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from engine.adapters._blocks import Action
from engine.adapters._line_inbound import PRESSED
from engine.adapters._text import clip, size, utf16

Body = dict[str, Any]
TITLE, BUTTON, DATA, URI, URL, ALT = 20, 40, 300, 1000, 2000, 400  # UTF-16 units
MOST_BUTTONS = 10  # of a bubble: LINE limits its size in bytes, which so many can't reach
_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
_DIALLED = re.compile(r"\+?[0-9 ()./-]{3,30}")


def web(url: str) -> str:
    """The address as LINE takes it, without letters beyond ASCII."""
    parts = urlsplit(url)
    host = parts.netloc
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            host = quote(host, safe=_SAFE)
    return quote(parts._replace(netloc=host).geturl(), safe=_SAFE)


def shows(url: str, kinds: Sequence[str], mime_type: str = "", other: str = "") -> bool:
    """True if LINE can show the file: by HTTPS, of one of these kinds; `other` where neither name nor message says."""
    kind = (mime_type or mimetypes.guess_type(urlsplit(url).path)[0] or other).lower()
    return url.lower().startswith("https://") and len(web(url)) <= URL and kind in kinds


def label(action: Action) -> str:
    """The title on one line; instead of a blank one the number of a choice, or where a link leads."""
    other = action.value if action.kind == "link" else str((action.place or 0) + 1)
    return " ".join(action.title.split()) or other


def is_long(action: Action, most: int) -> bool:
    """True if a title has to be shortened, so that it has to stand somewhere in full."""
    return size(label(action), utf16) > most


def fits(action: Action) -> bool:
    """True if an action can be a button: choices, web addresses and phone numbers."""
    scheme = action.value.partition(":")[0].lower()
    return action.kind != "link" or (scheme in ("http", "https", "tel") and len(web(action.value)) <= URI)


def action_of(action: Action, most: int, delivery_id: str) -> Body:
    """An action with a title of at most `most` units; a payload that is too long is named by its place."""
    title = clip(label(action), most, utf16)
    if action.kind == "link":
        return {"type": "uri", "label": title, "uri": web(action.value)}
    data = action.value if action.value.strip() else label(action)
    if size(data, utf16) > DATA:
        data = PRESSED.format(delivery=delivery_id, place=action.place)
    return {"type": "postback", "label": title, "data": data, "displayText": clip(label(action), DATA, utf16)}


def calls(people: Iterable[tuple[str, str]]) -> tuple[Action, ...]:
    """Actions that call phone numbers, of (name, number) each."""
    known = [(name, number) for name, number in people if _DIALLED.fullmatch(number.strip())]
    return tuple(Action("link", name or number, "tel:" + re.sub(r"[^+0-9]", "", number)) for name, number in known)


def text_of(words: str, **style: Any) -> Body:
    """A text within a bubble."""
    return {"type": "text", "text": words, "wrap": True, **style}


def button_of(action: Action, delivery_id: str) -> Body:
    """A button of a bubble."""
    return {"type": "button", "style": "link", "height": "sm", "action": action_of(action, BUTTON, delivery_id)}


def bubble(texts: Sequence[Body], buttons: Sequence[Body], hero: Body | None = None) -> Body:
    """A bubble: picture, texts, buttons. One of them at least is given."""
    made: Body = {"type": "bubble"}
    if hero:
        made["hero"] = hero
    if texts:
        made["body"] = {"type": "box", "layout": "vertical", "spacing": "sm", "contents": list(texts)}
    if buttons:
        made["footer"] = {"type": "box", "layout": "vertical", "spacing": "sm", "contents": list(buttons)}
    return made


def flex(bubbles: Sequence[Body], alt: str) -> Body:
    """A message of bubbles; `alt` is what notifications and old devices show."""
    contents = bubbles[0] if len(bubbles) == 1 else {"type": "carousel", "contents": list(bubbles)}
    return {"type": "flex", "altText": clip(alt.strip() or "·", ALT, utf16), "contents": contents}
