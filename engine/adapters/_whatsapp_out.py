"""Messages of the common format as messages of WhatsApp's Cloud API."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from engine.adapters import _whatsapp_buttons as buttons
from engine.adapters import _whatsapp_parts as parts
from engine.adapters._blocks import (
    Action,
    Audio,
    Block,
    Buttons,
    Card,
    File,
    Person,
    Picture,
    Place,
    Text,
    Video,
    as_text,
    blocks_of,
)
from engine.adapters._text import clip, cut, numbered

WORDS = 1024  # characters above buttons
CARD_WORDS, CARD_BREAKS = 160, 2
FEWEST_CARDS, MOST_CARDS = 2, 10

Body = dict[str, Any]


class Composer:
    """Puts one message together: `bodies` to send one after another, and `notes` on what is shown in another way."""

    def __init__(self, message: Mapping[str, Any], channel: str) -> None:
        self.blocks = blocks_of(message, channel)
        self.choices = buttons.Choices(self.blocks)
        self.numbered = not all(map(buttons.is_whole_row, self.choices.all))
        self.bodies: list[Body] = []
        self.notes: dict[str, None] = {}

    def compose(self) -> "Composer":
        """Fill in the bodies. The text of a message with buttons stands last, with them."""
        blocks = list(self.blocks)
        last = blocks.pop() if isinstance(blocks[-1], Buttons) else None
        words = ""
        if last and blocks and isinstance(blocks[0], Text) and not blocks[0].opens:
            words = blocks.pop(0).text  # type: ignore[union-attr]
            if blocks:
                self._note(_("The text stands below everything else, with its buttons."))
        for of_cards, group in groupby(blocks, lambda block: isinstance(block, Card)):
            if of_cards:
                self._cards([block for block in group if isinstance(block, Card)])
            else:
                for block in group:
                    self._plain(block)
        if isinstance(last, Buttons):
            self._acting(words, last.actions)
        if self.numbered:
            self._note(_("Choices that are too long for a list are numbered in the text."))
        return self

    def _plain(self, block: Block) -> None:
        if isinstance(block, Picture):
            self._media("image", block.url, "\n".join(filter(None, (block.title, block.link))))
            if block.alt and block.alt != block.title:
                self._note(_("WhatsApp shows no alternative texts of images."))
        elif isinstance(block, Video):
            self._media("video", block.url, block.label)
        elif isinstance(block, Audio):
            self._text(block.label)
            self._media("audio", block.url)
        elif isinstance(block, File):
            if not parts.is_named(block):
                self._text(block.label)
            self.bodies.append(parts.document(block))
        elif isinstance(block, Place) and block.latitude is not None and block.longitude is not None:
            self.bodies.append(parts.location(block))
        elif isinstance(block, Person):
            self._person(block)
        else:
            self._text(as_text(block))

    def _person(self, person: Person) -> None:
        body, rest = parts.contact(person)
        self.bodies.append(body)
        if person.properties:
            self._note(_("Contacts are shown without the names of their properties."))
        if rest:
            self._note(_("Properties that a contact on WhatsApp cannot have are sent as text."))
        self._text(rest)

    def _cards(self, cards: Sequence[Card]) -> None:
        """Cards side by side where all of them can be; else one below the other."""
        shapes = {self._shape(card) for card in cards}
        if len(cards) < FEWEST_CARDS or len(shapes) > 1 or None in shapes:
            if len(cards) > 1:
                self._note(_("Cards that differ, or have no picture and buttons, are shown one below the other."))
            for card in cards:
                self._card(card)
            return
        if len(cards) > MOST_CARDS:
            self._note(_("More than %(most)d cards are sent in several messages.") % {"most": MOST_CARDS})
        for chunk in _chunks(cards):
            titles = " · ".join(" ".join(card.title.split()) for card in chunk if card.title.strip())
            made = [self._of_carousel(place, card) for place, card in enumerate(chunk)]
            self._interactive("carousel", clip(titles or "…", WORDS), {"cards": made})

    def _shape(self, card: Card) -> tuple[str, int] | None:
        """The header and the number of buttons, 0 for a link, which must be alike; None for no card of a carousel."""
        header, words = _header(card), card.words.strip()
        if not header or len(words) > CARD_WORDS or words.count("\n") > CARD_BREAKS:
            return None
        kind = header["type"]
        if card.url and kind != "video":
            return None
        if not card.choices and len(card.links) == 1 and buttons.is_link_button(card.links[0]):
            return kind, 0
        whole = all(len(buttons.label_of(action)) <= buttons.BUTTON for action in card.choices)
        if card.links or not whole or not 0 < len(card.choices) <= buttons.MOST_BUTTONS:
            return None
        return kind, len(card.choices)

    def _of_carousel(self, place: int, card: Card) -> Body:
        action = {"buttons": [self.choices.quick(each) for each in card.choices]}
        body = {"body": {"text": card.words.strip()}} if card.words.strip() else {}
        return {
            "card_index": place, "type": "cta_url", "header": _header(card), **body,
            "action": buttons.link_button(card.links[0]) if card.links else action,
        }  # fmt: skip

    def _card(self, card: Card) -> None:
        """A card alone: its picture above its words and buttons."""
        header, words = _header(card), card.words
        if card.plays in ("video", "audio") and header.get("type") != "video":
            self._media(card.plays, card.url)
        elif card.plays not in ("", "video"):
            words = "\n".join(filter(None, (words, card.url)))
        if card.picture and not header:
            self._media("image", card.picture)
        if card.actions:
            self._acting(words, card.actions, header)
        elif header:
            self._media(header["type"], header[header["type"]]["link"], words)
        else:
            self._text(words)

    def _acting(self, words: str, actions: Sequence[Action], header: Body | None = None) -> None:
        """Words with buttons: a link, up to three replies, or lists. Other links stand in the words."""
        choices = [action for action in actions if action.kind != "link"]
        links = [action for action in actions if action.kind == "link"]
        if len(actions) == 1 and links and buttons.is_link_button(links[0]):
            self._interactive(
                "cta_url", words.strip() or buttons.label_of(links[0]), buttons.link_button(links[0]), header
            )
            return
        if links:
            self._note(_("Links next to other buttons are shown in the text."))
        lines = [f"{action.title}: {action.value}" for action in links]
        if not all(map(buttons.is_whole_row, choices)):
            lines.append(numbered(map(buttons.label_of, choices), (choices[0].place or 0) + 1))
        text = "\n\n".join(filter(None, (words.strip(), "\n".join(lines))))
        if buttons.fit_buttons(choices):
            labels = " · ".join(map(buttons.label_of, choices))
            self._interactive("button", text or labels, self.choices.replies(choices), header)
            return
        if header and choices:
            self._media(header["type"], header[header["type"]]["link"])
        elif header:
            self._media(header["type"], header[header["type"]]["link"], text)
            return
        if choices:
            self._lists(text, choices)
        else:
            self._text(text)

    def _lists(self, text: str, choices: Sequence[Action]) -> None:
        """Lists for all choices; the later ones say which they have."""
        if len(choices) > buttons.MOST_ROWS:
            self._note(_("More than %(most)d choices are in several lists.") % {"most": buttons.MOST_ROWS})
        for start in range(0, len(choices), buttons.MOST_ROWS):
            rows = choices[start : start + buttons.MOST_ROWS]
            range_ = f"{start + 1}–{start + len(rows)}"
            self._interactive("list", (not start and text) or range_, self.choices.rows(rows))

    def _interactive(self, kind: str, words: str, action: Body, header: Body | None = None) -> None:
        """A message with buttons. Words beyond its limit go before it."""
        if len(words) > WORDS:
            self._note(_("Long texts are sent in several messages."))
        *before, last = cut(words, parts.TEXT)
        end = cut(last.strip(), WORDS)[-1]
        for piece in (*before, last.strip()[: -len(end)].rstrip()):
            self._text(piece)
        above = {"header": header} if header else {}
        self.bodies.append(
            {"type": "interactive", "interactive": {"type": kind, **above, "body": {"text": end}, "action": action}}
        )

    def _media(self, kind: str, url: str, caption: str = "") -> None:
        """A file, with its caption below, as a text of its own where that is too long."""
        is_short = len(caption) <= parts.CAPTION and kind != "audio" and parts.is_taken(kind, url)
        if parts.is_taken(kind, url):
            self.bodies.append(parts.media(kind, url, caption if is_short else ""))
        else:
            self._note(_("Files of a type that WhatsApp does not show are sent as documents."))
            self.bodies.append(parts.document(File(url, "")))
        if caption.strip() and not is_short:
            self._note(_("Captions that WhatsApp cannot hold are sent as text."))
            self._text(caption)

    def _text(self, text: str) -> None:
        if len(text) > parts.TEXT:
            self._note(_("Long texts are sent in several messages."))
        self.bodies += parts.texts(text)

    def _note(self, text: str) -> None:
        self.notes[text] = None


def _header(card: Card) -> Body:
    """The picture, or the video of a card without one, as the head of a message; empty for a card without either."""
    if card.picture and parts.is_taken("image", card.picture):
        return parts.media("image", card.picture)
    if card.plays == "video" and not card.picture and parts.is_taken("video", card.url):
        return parts.media("video", card.url)
    return {}


def _chunks(cards: Sequence[Card]) -> Iterator[Sequence[Card]]:
    """At most ten, and no card alone."""
    start = 0
    while start < len(cards):
        left = len(cards) - start
        size = MOST_CARDS - 1 if left == MOST_CARDS + 1 else MOST_CARDS
        yield cards[start : start + size]
        start += size
