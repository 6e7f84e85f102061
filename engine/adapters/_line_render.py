"""Messages as LINE shows them: texts, pictures and places, bubbles for cards and buttons, quick replies below all."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

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
)
from engine.adapters._line_parts import (
    ALT,
    BUTTON,
    MOST_BUTTONS,
    TITLE,
    Body,
    action_of,
    bubble,
    button_of,
    calls,
    fits,
    flex,
    is_long,
    label,
    shows,
    text_of,
    web,
)
from engine.adapters._text import clip, cut, size, utf16

LONGEST, TEMPLATE_TEXT, PLACE = 5000, 160, 100  # UTF-16 units
MOST_REPLIES, MOST_TEMPLATE, MOST_BUBBLES = 13, 4, 12
CAROUSEL = 45_000  # bytes of JSON, of 50 KB
PICTURES, VIDEOS = ("image/jpeg", "image/png"), ("video/mp4",)
SOUNDS = ("audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/m4a", "audio/aac")
_CARD = (("title", 200), ("subtitle", 300), ("text", 1000))  # UTF-16 units


class Composer:
    """Turns blocks into messages of LINE. `notes` are sentences about what was changed."""

    def __init__(self, delivery_id: str) -> None:
        self.delivery_id = delivery_id
        self.messages: list[Body] = []
        self.notes: dict[str, None] = {}

    def compose(self, blocks: Sequence[Block]) -> "Composer":
        """All blocks, in their order; buttons stand last, below the text if there is nothing between."""
        words = ""
        for is_cards, group in groupby(blocks, key=lambda block: isinstance(block, Card)):
            if is_cards:
                self._text(words)
                words = ""
                self._cards([block for block in group if isinstance(block, Card)])
                continue
            for block in group:
                if isinstance(block, Buttons):
                    self._buttons(block, words)
                    words = ""
                    continue
                self._text(words)
                words = block.text if isinstance(block, Text) else ""
                self._plain(block)
        self._text(words)
        return self

    # --- plain blocks ----------------------------------------------------------------------------------------
    def _plain(self, block: Block) -> None:
        if isinstance(block, Picture) and shows(block.url, PICTURES, other=PICTURES[0]):
            url = web(block.url)
            self._add({"type": "image", "originalContentUrl": url, "previewImageUrl": url})
            self._text("\n".join(filter(None, (block.title, block.link))))
            if block.alt and block.alt != block.title:
                self._note(_("LINE shows no alternative texts of pictures."))
        elif isinstance(block, Video) and (preview := self._preview(block)):
            self._text(block.label)
            self._add({"type": "video", "originalContentUrl": web(block.url), "previewImageUrl": preview})
        elif isinstance(block, Audio) and shows(block.url, SOUNDS, block.mime_type):
            self._text(block.label)
            self._add({"type": "audio", "originalContentUrl": web(block.url), "duration": self._duration(block)})
        elif isinstance(block, Place) and block.latitude is not None and block.longitude is not None:
            self._place(block.address, block.latitude, block.longitude)
        elif isinstance(block, Person):
            self._person(block)
        elif not isinstance(block, Text):
            if isinstance(block, Picture | Video | Audio | File):
                self._note(_("Files that LINE can't show are sent as links."))
            self._text(as_text(block))

    def _preview(self, block: Video) -> str:
        """The picture of a video until it is played: by a hint, else one of ours; empty for a video that can't be."""
        preview = block.hints.get("previewimageurl") or f"{settings.PUBLIC_URL}/static/channels/video.png"
        return web(preview) if shows(block.url, VIDEOS, block.mime_type) and shows(preview, PICTURES) else ""

    def _duration(self, block: Audio) -> int:
        given = block.hints.get("duration", "")
        if given.isascii() and given.isdecimal():
            return int(given)
        self._note(_("LINE shows a minute as the length of a sound whose length it isn't told."))
        return 60_000

    def _place(self, address: str, latitude: float, longitude: float) -> None:
        if size(address, utf16) > PLACE:
            self._text(address)
        known = clip(" ".join(address.split()), PLACE, utf16)
        title, line = known or _("Location"), known or f"{latitude}, {longitude}"
        self._add({"type": "location", "title": title, "address": line, "latitude": latitude, "longitude": longitude})

    def _person(self, block: Person) -> None:
        """A card with buttons that call."""
        self._note(_("Contacts are sent as cards."))
        lines = "\n".join(f"{key}: {value}" for key, value, _kind in block.properties)
        phones = [(key, value) for key, value, kind in block.properties if kind.lower().startswith("phone")]
        self._cards([Card(block.title, block.subtitle, lines, block.image_url, actions=calls(phones))])

    # --- cards -----------------------------------------------------------------------------------------------
    def _cards(self, cards: Sequence[Card]) -> None:
        """Cards side by side; what is too long for them goes before, as text."""
        self._text("\n\n".join(filter(None, map(self._beside, cards))))
        bubbles = [made for card in cards for made in self._bubbles(card)]
        alt = " · ".join(filter(None, (" ".join(card.words.split()) for card in cards)))
        chunks = list(_carousels(bubbles))
        if len(chunks) > 1:
            self._note(_("Cards that are too many for one message are sent in several."))
        for chunk in chunks:
            self._add(flex(chunk, alt or _("Cards")))

    def _beside(self, card: Card) -> str:
        """The part of a card that must stand in a text: words that are cut, titles that are, what makes no button."""
        cut_off = any(size(getattr(card, name), utf16) > most for name, most in _CARD)
        lines = [card.words] if cut_off else []
        if cut_off:
            self._note(_("Texts that are too long for a card stand in full above it."))
        if card.picture and not shows(card.picture, PICTURES, other=PICTURES[0]):
            self._note(_("Files that LINE can't show are sent as links."))
            lines.append(card.picture)
        return "\n".join([*lines, *self._odd(card.actions, BUTTON)])

    def _odd(self, actions: Sequence[Action], most: int) -> list[str]:
        """Lines for titles that are shortened, and for links that make no button."""
        long = [label(action) for action in actions if fits(action) and is_long(action, most)]
        odd = [f"{label(action)}: {action.value}" for action in actions if not fits(action)]
        if long:
            self._note(_("Titles that are too long for a button stand in full above it."))
        if odd:
            self._note(_("Links that can't be buttons are shown in the text."))
        return [*long, *odd]

    def _bubbles(self, card: Card) -> list[Body]:
        """The card, and more bubbles for more buttons than one holds."""
        words = {name: clip(getattr(card, name), most, utf16) for name, most in _CARD}
        styles: dict[str, Any] = {
            "title": {"weight": "bold", "size": "lg"},
            "subtitle": {"color": "#666666"},
            "text": {},
        }
        texts = [text_of(words[name], **styles[name]) for name, _most in _CARD if words[name].strip()]
        hero = None
        if card.picture and shows(card.picture, PICTURES, other=PICTURES[0]):
            hero = {"type": "image", "url": web(card.picture), "size": "full", "aspectRatio": "20:13",
                    "aspectMode": "cover"}  # fmt: skip
        play = (Action("link", _("Play"), card.url),) if card.url else ()
        first, *rest = self._footers([*play, *card.actions]) or [[]]
        made = [bubble(texts, first, hero)] if texts or first or hero else []
        return made + [bubble(texts[:1], buttons) for buttons in rest]

    def _footers(self, actions: Iterable[Action]) -> list[list[Body]]:
        buttons = [button_of(action, self.delivery_id) for action in actions if fits(action)]
        return [buttons[at : at + MOST_BUTTONS] for at in range(0, len(buttons), MOST_BUTTONS)]

    # --- buttons ---------------------------------------------------------------------------------------------
    def _buttons(self, block: Buttons, words: str) -> None:
        """Replies below everything, as many as LINE takes; other actions as buttons below the words."""
        replies = [action for action in block.actions if action.kind == "reply"]
        if len(replies) > MOST_REPLIES:
            self._note(_("Quick replies that are too many for LINE are sent as buttons."))
            replies = []
        others = [action for action in block.actions if action not in replies]
        lines = "\n".join([*self._odd(others, BUTTON), *self._odd(replies, TITLE)])
        text = "\n\n".join(filter(None, (words.strip() and words, lines)))
        shown = [action for action in others if fits(action)]
        if self._is_template(shown, text):
            actions = [action_of(action, TITLE, self.delivery_id) for action in shown]
            template = {"type": "buttons", "text": text, "actions": actions}
            self._add({"type": "template", "altText": clip(text, ALT, utf16), "template": template})
        else:
            self._text(text)
            alt = text or " · ".join(map(label, shown))
            for chunk in _carousels([bubble([], buttons) for buttons in self._footers(shown)]):
                self._add(flex(chunk, alt))
        if replies:
            if not self.messages:
                self._text("\n".join(map(label, replies)))
            items = [{"type": "action", "action": action_of(action, TITLE, self.delivery_id)} for action in replies]
            self.messages[-1]["quickReply"] = {"items": items}

    def _is_template(self, actions: Sequence[Action], text: str) -> bool:
        short = not any(is_long(action, TITLE) for action in actions)
        return bool(text.strip()) and size(text, utf16) <= TEMPLATE_TEXT and 0 < len(actions) <= MOST_TEMPLATE and short

    # --- messages --------------------------------------------------------------------------------------------
    def _text(self, text: str) -> None:
        if size(text, utf16) > LONGEST:
            self._note(_("Texts of more than %(most)d characters are cut into several.") % {"most": LONGEST})
        for piece in cut(text, LONGEST, utf16):
            self._add({"type": "text", "text": piece})

    def _add(self, message: Body) -> None:
        self.messages.append(message)

    def _note(self, text: str) -> None:
        self.notes[text] = None


def _carousels(bubbles: Sequence[Body]) -> Iterator[list[Body]]:
    """The bubbles in as many carousels as LINE's limits of number and size ask for."""
    chunk: list[Body] = []
    used = 0
    for each in bubbles:
        needed = len(json.dumps(each, ensure_ascii=False).encode()) + 2
        if chunk and (len(chunk) == MOST_BUBBLES or used + needed > CAROUSEL):
            yield chunk
            chunk, used = [], 0
        chunk.append(each)
        used += needed
    if chunk:
        yield chunk
