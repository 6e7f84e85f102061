"""A message as a customer sees it: a neutral description for drawing, read from the requests that a provider is sent.

Each adapter of a provider makes it in `drawn`. Bubbles hold what is shown, and no payload.
"""

import json
import mimetypes
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from hubster.lib.http import Outgoing

Kind = Literal["text", "picture", "video", "audio", "file", "location", "contact", "card", "cards", "choices"]


@dataclass(frozen=True)
class Button:
    """Something to press: it opens `url`, or says something where that is empty. `more` is small print below it."""

    label: str
    url: str = ""
    more: str = ""


@dataclass(frozen=True)
class Bubble:
    """One thing on the screen.

    `url` is the file, or a card's picture. `cards` stand side by side. `menu` is the label behind which the buttons
    open as a list. `choices` are buttons that belong to no bubble: quick replies, or a keyboard below everything.
    """

    kind: Kind
    text: str = ""
    title: str = ""
    url: str = ""
    buttons: tuple[Button, ...] = ()
    cards: tuple["Bubble", ...] = ()
    menu: str = ""

    @property
    def file_name(self) -> str:
        """The last part of the file's address."""
        return unquote(urlsplit(self.url).path.rpartition("/")[2])


def body_of(request: Outgoing) -> dict[str, Any]:
    """The JSON object that a request sends."""
    found: dict[str, Any] = json.loads(request.body)
    return found


def file(url: str, text: str = "", mime_type: str = "") -> Bubble:
    """A file by its address, as what its name says that it is."""
    kind = (mime_type or mimetypes.guess_type(urlsplit(url).path)[0] or "").partition("/")[0]
    kinds: dict[str, Kind] = {"image": "picture", "video": "video", "audio": "audio"}
    return Bubble(kinds.get(kind, "file"), text, url=url)


def choices(*buttons: Button) -> Bubble:
    """Quick replies, or a keyboard."""
    return Bubble("choices", buttons=buttons)
