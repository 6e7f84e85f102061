"""Messages as texts of a phone: words, up to ten files beside them, choices by number.

Limits: www.twilio.com/docs/messaging/api/message-resource, …/messaging/guides/accepted-mime-types.
"""

import mimetypes
from collections.abc import Callable, Sequence
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
from engine.adapters._text import cut, septets, size, utf16

LONGEST, MOST_FILES = 1600, 10
LARGEST = {True: 5_000_000, False: 500_000}  # bytes of a picture that Twilio adapts, and of any other file
_ADAPTED = {"image/jpeg", "image/jpg", "image/png", "image/gif"}
_TAKEN = _ADAPTED | {
    "image/bmp", "image/tiff", "audio/basic", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/3gpp", "audio/ac3",
    "audio/amr", "audio/webm", "video/mpeg", "video/mp4", "video/quicktime", "video/webm", "video/3gpp", "text/vcard",
    "text/x-vcard", "text/csv", "text/rtf", "text/calendar", "application/pdf",
}  # fmt: skip


def unit(char: str) -> int:
    """The size of a character in GSM-7 or UCS-2, whichever is larger: so it fits, however the phone network counts."""
    return max(septets(char), utf16(char))


class Composer:
    """Turns blocks into messages, each (text, URLs of files). `notes` are sentences about what was changed.

    `vcard` gives the address at which the nth contact of the message can be read; without it, contacts are texts.
    """

    def __init__(self, mms: bool, vcard: Callable[[int], str] | None) -> None:
        self.mms, self.vcard = mms, vcard if mms else None
        self.messages: list[tuple[str, tuple[str, ...]]] = []
        self.notes: dict[str, None] = {}
        self._text, self._files, self._apart, self._people = "", [], False, 0  # type: tuple[str, list[str], bool, int]

    def compose(self, blocks: Sequence[Block]) -> "Composer":
        """All blocks, in their order."""
        for block in blocks:
            words, files = self._shown(block)
            self._add(words, files, isinstance(block, Card | Person))
        self._flush()
        if len(self.messages) > 1:
            self._note(_("The message is sent as several messages."))
        return self

    def _shown(self, block: Block) -> tuple[str, list[str]]:
        """The words of a block, and its files."""
        if isinstance(block, Picture) and self._takes(block.url, "image/jpeg"):
            if block.alt and block.alt != block.title:
                self._note(_("Text messages show no alternative texts of pictures."))
            return "\n".join(filter(None, (block.title, block.link))), [block.url]
        if isinstance(block, Video | Audio | File) and self._takes(block.url, "", block.mime_type, block):
            return block.label, [block.url]
        if isinstance(block, Person):
            return self._person(block)
        if isinstance(block, Card):
            return self._card(block)
        if isinstance(block, Buttons):
            self._actions(block.actions)
        elif isinstance(block, Place | Page):
            self._note(_("Locations and videos of YouTube or Vimeo are sent as links."))
        return as_text(block), []

    def _person(self, block: Person) -> tuple[str, list[str]]:
        self._people += 1
        if self.vcard is None:
            self._note(_("Contacts are sent as text, because the number can't send files."))
            return as_text(block), []
        return block.title, [self.vcard(self._people - 1)]

    def _card(self, card: Card) -> tuple[str, list[str]]:
        self._note(_("Cards are sent as text."))
        self._actions(card.actions)
        if not card.picture or not self._takes(card.picture, "image/jpeg"):
            return as_text(card), []
        bare = Card(
            title=card.title, subtitle=card.subtitle, text=card.text, url=card.url, plays=card.plays,
            actions=card.actions,
        )  # fmt: skip
        return as_text(bare), [card.picture]

    def _actions(self, actions: Sequence[Action]) -> None:
        if any(action.kind == "link" for action in actions):
            self._note(_("The links of buttons are shown in the text."))
        if any(action.kind != "link" for action in actions):
            self._note(
                _("Text messages have no buttons: choices are numbered, and can be answered by number or label.")
            )

    def _takes(self, url: str, other: str, mime_type: str = "", block: Block | None = None) -> bool:
        """True if a file can go beside the text; `other` is its kind where neither its name nor the message says."""
        kind = (mime_type or mimetypes.guess_type(urlsplit(url).path)[0] or other).lower()
        known = block.size if isinstance(block, File) else None
        if not self.mms:
            self._note(_("Pictures and files are sent as links, because the number can't send files."))
        elif kind not in _TAKEN or (known or 0) > LARGEST[kind in _ADAPTED]:
            self._note(_("Files that are too large for a text message, or of another kind, are sent as links."))
        else:
            return True
        return False

    def _add(self, words: str, files: Sequence[str], apart: bool) -> None:
        """Words go above files, so those that follow files begin another message."""
        if words.strip():
            if self._files:
                self._flush()
            between = "\n\n" if apart or self._apart else "\n"
            self._text, self._apart = f"{self._text}{between if self._text else ''}{words}", apart
        for url in files:
            if len(self._files) == MOST_FILES:
                self._flush()
            self._files.append(url)

    def _flush(self) -> None:
        if size(self._text, unit) > LONGEST:
            self._note(_("Texts of more than %(most)d characters are cut into several.") % {"most": LONGEST})
        *before, last = cut(self._text, LONGEST, unit) or [""]
        self.messages += [(piece, ()) for piece in before]
        if last or self._files:
            self.messages.append((last, tuple(self._files)))
        self._text, self._files, self._apart = "", [], False

    def _note(self, text: str) -> None:
        self.notes[text] = None
