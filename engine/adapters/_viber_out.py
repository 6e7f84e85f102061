"""Messages as Viber shows them: one for each text, picture and file, carousels of cards, and a keyboard below all.

Source: creators.viber.com/docs/bots-api/data-models/message and …/resources/messaging/keyboards.
"""

import json
import mimetypes
from collections.abc import Sequence
from itertools import groupby
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from engine.adapters._blocks import (
    Block,
    Buttons,
    Card,
    File,
    Person,
    Picture,
    Place,
    Text,
    Video,
    actions_as_text,
    as_text,
)
from engine.adapters._text import clip, cut, utf8
from engine.adapters._viber_parts import (
    ALT,
    Body,
    button_of,
    fits,
    is_long,
    is_web,
    keyboard,
    label,
    panes,
    rich_media,
    size_of,
)

LONGEST, CAPTION, FILE_NAME, NAME, PHONE = 7000, 512, 256, 28, 18  # characters
LARGEST = 29_000  # bytes of JSON, of 30 KB; the rest is for the receiver and the sender
_TEXT_BYTES, _CAROUSEL_BYTES = 26_000, 24_000
MOST_CARDS, MOST_BUTTONS = 6, 24
VIDEO_BYTES, FILE_BYTES = 26 * 1_048_576, 50 * 1_048_576
PICTURES = ("image/jpeg", "image/png")


class Writer:
    """Turns blocks into messages of Viber. `notes` are sentences about what was changed.

    `numbered`: choices that make no buttons stand in a text, by numbers.
    """

    def __init__(self, delivery_id: str) -> None:
        self.delivery_id = delivery_id
        self.messages: list[Body] = []
        self.notes: dict[str, None] = {}
        self.numbered = False

    def write(self, blocks: Sequence[Block]) -> "Writer":
        """All blocks, in their order. Buttons are the last block of a message that has them."""
        for is_cards, group in groupby(blocks, key=lambda block: isinstance(block, Card)):
            if is_cards:
                self._cards([block for block in group if isinstance(block, Card)])
                continue
            for block in group:
                self._buttons(block) if isinstance(block, Buttons) else self._plain(block)
        return self

    # --- plain blocks ----------------------------------------------------------------------------------------
    def _plain(self, block: Block) -> None:
        made: Body | None = None
        if isinstance(block, Picture) and _is_picture(block.url):
            self._picture(block)
            return
        if isinstance(block, Place) and block.latitude is not None and block.longitude is not None:
            self._text(block.address)
            made = {"type": "location", "location": {"lat": block.latitude, "lon": block.longitude}}
        elif isinstance(block, Video) and (made := _video(block)):
            self._text(block.label)
        elif isinstance(block, File):
            made = _file(block)
        elif isinstance(block, Person):
            self._person(block)
            return
        if made:
            self.messages.append(made)
            return
        if not isinstance(block, Text | Place):
            self._note(_("What Viber can't show is sent as a link."))
        self._text(as_text(block))

    def _picture(self, block: Picture) -> None:
        short = len(block.title) <= CAPTION
        if not short:
            self._text(block.title)
        self.messages.append({"type": "picture", "text": block.title if short else "", "media": block.url})
        self._text(block.link)
        if block.alt and block.alt != block.title:
            self._note(_("Viber shows no alternative texts of pictures."))

    def _person(self, block: Person) -> None:
        """A contact with the first phone number; whatever else is known of the person goes before, as text."""
        number = next(iter(block.values("phone")), "")
        is_contact = 0 < len(number) <= PHONE and len(block.title) <= NAME
        if not is_contact or block.subtitle or block.image_url or len(block.properties) > 1:
            self._note(_("Contacts are sent as text, and as a card with the name and one phone number."))
            self._text(as_text(block))
        if is_contact:
            self.messages.append({"type": "contact", "contact": {"name": block.title, "phone_number": number}})

    # --- cards -----------------------------------------------------------------------------------------------
    def _cards(self, cards: Sequence[Card]) -> None:
        """Cards side by side; what is too long for them goes before, as text."""
        self._text("\n\n".join(filter(None, map(self._beside, cards))))
        alt = clip(" · ".join(" ".join(card.words.split()) for card in cards if card.words.strip()), ALT)
        shown = [pane for card in cards for pane in panes(card, self.delivery_id, _is_picture)]
        chunk: list[list[Body]] = []
        chunks = [chunk]
        for pane in shown:
            if len(chunk) == MOST_CARDS or size_of([*chunk, pane]) > _CAROUSEL_BYTES:
                chunk = []
                chunks.append(chunk)
            chunk.append(pane)
        if len(chunks) > 1:
            self._note(_("Cards that are too many for one message are sent in several."))
        for each in filter(None, chunks):
            self.messages.append(rich_media(each, alt or _("Cards")))

    def _beside(self, card: Card) -> str:
        """The part of a card that must stand in a text: words that are cut, titles that are, what makes no button."""
        lines = []
        if is_long(card.words):
            self._note(_("Texts that are too long for a card stand in full above it."))
            lines.append(card.words)
        for url in filter(None, (card.picture, card.url)):
            if not (_is_picture(url) if url == card.picture else is_web(url)):
                self._note(_("What Viber can't show is sent as a link."))
                lines.append(url)
        return "\n".join([*lines, *self._odd(card)])

    def _odd(self, owner: Card | Buttons) -> list[str]:
        """Lines for titles that are shortened, and for links that make no button."""
        long = [label(action) for action in owner.actions if fits(action) and is_long(label(action))]
        odd = [f"{label(action)}: {action.value}" for action in owner.actions if not fits(action)]
        if long:
            self._note(_("Titles that are too long for a button stand in full above it."))
        if odd:
            self._note(_("Links that can't be buttons are shown in the text."))
        return [*long, *odd]

    # --- buttons ---------------------------------------------------------------------------------------------
    def _buttons(self, block: Buttons) -> None:
        """A keyboard below the last message; a numbered text where there are more than it holds."""
        buttons = [button_of(action, self.delivery_id) for action in block.actions if fits(action)]
        made = keyboard(buttons)
        if len(buttons) > MOST_BUTTONS or size_of(made) > _CAROUSEL_BYTES:
            self._note(_("Buttons that are too many for Viber are sent as text, to be answered by number."))
            self.numbered = bool(block.choices)
            self._text(actions_as_text(block))
            return
        self._text("\n".join(self._odd(block)))
        if not buttons:
            return
        if not self.messages or size_of({**self.messages[-1], "keyboard": made}) > LARGEST:
            self._text(_("Please choose:"))
        self.messages[-1]["keyboard"] = made

    # --- messages --------------------------------------------------------------------------------------------
    def _text(self, text: str) -> None:
        pieces = [piece for part in cut(text, LONGEST) for piece in cut(part, _TEXT_BYTES, _in_json)]
        if len(pieces) > 1:
            self._note(_("Texts of more than %(most)d characters are cut into several.") % {"most": LONGEST})
        self.messages += [{"type": "text", "text": piece} for piece in pieces]

    def _note(self, text: str) -> None:
        self.notes[text] = None


def _in_json(char: str) -> int:
    """Bytes of a character in the request."""
    return utf8(char) if char >= " " and char not in '"\\' else len(json.dumps(char)) - 2


def _is_picture(url: str) -> bool:
    """True for JPEG and PNG, and where an address does not say what it is of."""
    kind = mimetypes.guess_type(urlsplit(url).path)[0] or PICTURES[0]
    return is_web(url) and kind in PICTURES


def _video(block: Video) -> Body | None:
    """A video whose size is known from a hint, which Viber wants to know."""
    kind = block.mime_type or mimetypes.guess_type(urlsplit(block.url).path)[0]
    given = block.hints.get("size", "")
    size = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0
    if kind != "video/mp4" or not is_web(block.url) or not 0 < size <= VIDEO_BYTES:
        return None
    return {"type": "video", "media": block.url, "size": size}


def _file(block: File) -> Body | None:
    """A file whose size is known; its name has to end in its type."""
    end = PurePosixPath(urlsplit(block.url).path).suffix or mimetypes.guess_extension(block.mime_type) or ""
    name = " ".join(block.label.split())
    name = name if mimetypes.guess_type(name)[0] else f"{name}{end}"
    if not is_web(block.url) or not 0 < (block.size or 0) <= FILE_BYTES or len(name) > FILE_NAME:
        return None
    return {"type": "file", "media": block.url, "size": block.size, "file_name": name}
