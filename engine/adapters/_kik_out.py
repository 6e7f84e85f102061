"""Messages as Kik shows them: texts, pictures, videos and links, and suggested responses below the last.

Source: the models of the packages kik 1.5.0 and @kikinteractive/kik for Node.
"""

import mimetypes
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from engine.adapters._blocks import (
    Action,
    Audio,
    Block,
    Buttons,
    Card,
    File,
    Page,
    Person,
    Picture,
    Place,
    Video,
    as_text,
)
from engine.adapters._text import cut, numbered

Message = dict[str, Any]
MOST_MESSAGES = 5  # of one request to one customer
MOST_RESPONSES = 20
LONGEST = 2000  # characters: Kik names no limit, and this is what a phone shows well
_PICTURES = ("image/jpeg", "image/png", "image/gif")


class Writer:
    """Turns blocks into messages of Kik. `notes` are sentences about what was changed.

    `numbered`: choices that are too many for suggested responses stand in a text, by numbers.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.notes: dict[str, None] = {}
        self.numbered = False

    def write(self, blocks: Sequence[Block]) -> "Writer":
        """All blocks, in their order; the choices of all of them are below the last message."""
        owners = [block for block in blocks if isinstance(block, Card | Buttons) and block.choices]
        self.numbered = sum(len(owner.choices) for owner in owners) > MOST_RESPONSES
        for block in blocks:
            self._block(block)
        if self.numbered:
            self._note(_("Buttons that are too many for Kik are sent as text, to be answered by number."))
        elif owners:
            self._responses([(owner, action) for owner in owners for action in owner.choices], len(owners) > 1)
        return self

    # --- blocks ----------------------------------------------------------------------------------------------
    def _block(self, block: Block) -> None:
        if isinstance(block, Card | Buttons):
            self._acting(block)
        elif isinstance(block, Picture):
            self._picture(block)
        elif isinstance(block, Page):
            self._link(block.title, block.url)
        elif isinstance(block, Video):
            self._text(block.label)
            self._video(block.url)
        elif isinstance(block, Place):
            self._link(block.address, block.link)
        elif isinstance(block, Audio | File):
            self._note(_("What Kik can't show is sent as a link."))
            self._link(block.label, block.url)
        else:
            if isinstance(block, Person):
                self._note(_("Kik shows no contacts: they are sent as text."))
            self._text(as_text(block))

    def _acting(self, block: Card | Buttons) -> None:
        if isinstance(block, Card):
            self._shown(block.picture)
            self._text(block.words)
            self._played(block)
        for action in block.links:
            self._link(_label(action), action.value)
        if self.numbered and block.choices:
            first = (block.choices[0].place or 0) + 1
            self._text(numbered((_label(action) for action in block.choices), first))

    def _played(self, card: Card) -> None:
        if card.plays == "video":
            self._video(card.url)
        elif card.url:
            self._link("", card.url)

    def _picture(self, block: Picture) -> None:
        self._text(block.title)
        if block.alt and block.alt != block.title:
            self._note(_("Kik shows no alternative texts of pictures."))
        if block.link and _is_web(block.link) and _is_picture(block.url):
            self.messages.append({"type": "link", "url": block.link, "picUrl": block.url})
            return
        self._shown(block.url)
        self._link("", block.link)

    def _shown(self, url: str) -> None:
        if _is_picture(url):
            self.messages.append({"type": "picture", "picUrl": url})
        else:
            self._link("", url)

    def _video(self, url: str) -> None:
        kind = mimetypes.guess_type(urlsplit(url).path)[0]
        if _is_web(url) and kind in (None, "video/mp4"):
            self.messages.append({"type": "video", "videoUrl": url})
        else:
            self._link("", url)

    # --- messages --------------------------------------------------------------------------------------------
    def _link(self, title: str, url: str) -> None:
        """A link that can be pressed; what no browser opens is a text."""
        if not url:
            self._text(title)
        elif not _is_web(url):
            self._text(f"{title}: {url}" if title else url)
        else:
            short = len(title) <= LONGEST
            if not short:
                self._text(title)
            self.messages.append({"type": "link", "url": url, **({"title": title} if title.strip() and short else {})})

    def _text(self, text: str) -> None:
        pieces = cut(text, LONGEST)
        if len(pieces) > 1:
            self._note(_("Texts of more than %(most)d characters are cut into several.") % {"most": LONGEST})
        self.messages += [{"type": "text", "body": piece} for piece in pieces]

    def _responses(self, choices: Sequence[tuple[Card | Buttons, Action]], several: bool) -> None:
        """Below the last message. Of several cards, each response names its card."""
        if not self.messages:
            self._text(_("Please choose:"))
        responses = [_response(owner, action, several) for owner, action in choices]
        self.messages[-1]["keyboards"] = [{"type": "suggested", "responses": responses}]

    def _note(self, text: str) -> None:
        self.notes[text] = None


def _response(owner: Card | Buttons, action: Action, several: bool) -> Message:
    """One response: its body is seen and said; a payload that differs comes back in the metadata."""
    title = " ".join(owner.title.split()) if several and isinstance(owner, Card) else ""
    body = f"{title}: {_label(action)}" if title else _label(action)
    hidden = {"metadata": {"payload": action.value}} if action.value.strip() and action.value != body else {}
    return {"type": "text", "body": body, **hidden}


def _label(action: Action) -> str:
    """The title on one line; instead of a blank one the number of a choice, or where a link leads."""
    other = action.value if action.kind == "link" else str((action.place or 0) + 1)
    return " ".join(action.title.split()) or other


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _is_picture(url: str) -> bool:
    """True for pictures that phones show, and where an address does not say what it is of."""
    kind = mimetypes.guess_type(urlsplit(url).path)[0] or _PICTURES[0]
    return _is_web(url) and kind in _PICTURES
