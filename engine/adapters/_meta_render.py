"""Messages of the common format as messages of the Send API, which Messenger and Instagram share but for their limits.

See developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages: quick replies, and the
templates `button` and `generic`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from engine.adapters._blocks import (
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
    actions_as_text,
    as_text,
    blocks_of,
)
from engine.adapters._meta_buttons import CARD_TEXT, MOST_BUTTONS, Buttonry, Limits
from engine.adapters._text import clip, cut, size

MOST_ELEMENTS = 10
TEMPLATE_TEXT = 640

Body = dict[str, Any]


class Composer:
    """Puts one message together: `bodies` to send one after another, and `notes` on what is shown in another way."""

    def __init__(self, message: Mapping[str, Any], limits: Limits) -> None:
        self.limits = limits
        self.blocks = blocks_of(message, limits.channel)
        self.buttonry = Buttonry(self.blocks, limits)
        self.bodies: list[Body] = []
        self.notes: dict[str, None] = {}

    def compose(self) -> "Composer":
        """Fill in the bodies."""
        blocks = list(self.blocks)
        buttons = blocks.pop() if isinstance(blocks[-1], Buttons) else None
        words = ""
        begins = blocks[0] if blocks else None
        if isinstance(buttons, Buttons) and isinstance(begins, Text) and not begins.opens and self._joins(buttons):
            words = blocks.pop(0).text  # type: ignore[union-attr]
            if blocks:
                self._note(_("The text stands below everything else, with its buttons."))
        for of_cards, group in groupby(blocks, self._is_element):
            if of_cards:
                self._cards([block for block in group if isinstance(block, Card)])
            else:
                for block in group:
                    self._plain(block)
        if isinstance(buttons, Buttons):
            self._buttons(buttons, words)
        if self.buttonry.numbered:
            self._note(_("Choices that are too long or too many for buttons are numbered in the text."))
        return self

    def _joins(self, block: Buttons) -> bool:
        """True if the buttons have to stand below a text."""
        template, replies, lines = self.buttonry.layout(block)
        return bool(template or lines) or not (replies and self.limits.replies_below_all)

    def _is_element(self, block: Block) -> bool:
        """True if a block is an element of the template `generic`, which needs more than a title."""
        if not isinstance(block, Card):
            return False
        acting = any(self.buttonry.fits_button(action) for action in block.actions)
        return bool(acting or (block.words.strip() and (block.picture or block.url)))

    def _plain(self, block: Block) -> None:
        if isinstance(block, Picture):
            self._media("image", block.url)
            self._text("\n".join(filter(None, (block.title, block.link))))
            if block.alt and block.alt != block.title:
                self._note(_("%(channel)s shows no alternative texts of images.") % self._named)
        elif isinstance(block, Video | Audio):
            self._text(block.label)
            self._media("video" if isinstance(block, Video) else "audio", block.url)
        elif isinstance(block, File) and self.limits.files:
            self._text(block.label)
            self._media("file", block.url)
        elif isinstance(block, Person):
            self._person(block)
        elif isinstance(block, Card) and not block.words.strip() and not block.actions:
            self._wordless(block)
        else:
            if isinstance(block, Place | File):
                self._note(_("Locations and files that %(channel)s can't hold are sent as links.") % self._named)
            self._text(as_text(block))

    def _wordless(self, card: Card) -> None:
        if card.picture:
            self._media("image", card.picture)
        if card.plays in ("video", "audio"):
            self._media(card.plays, card.url)
        else:
            self._text(card.url)

    def _person(self, block: Person) -> None:
        self._note(_("Contacts are sent as text."))
        calls = self.buttonry.calls(block)
        self._template(as_text(block), calls) if calls else self._text(as_text(block))

    def _cards(self, cards: Sequence[Card]) -> None:
        """Cards side by side; what is too long for them goes before, as text."""
        shown = [(card, self._elements(card)) for card in cards]
        self._text("\n\n".join(filter(None, (self._beside(card) for card in cards))))
        elements = [element for _card, made in shown for element in made]
        if len(elements) > MOST_ELEMENTS:
            self._note(_("More than %(most)d cards are sent in several messages.") % {"most": MOST_ELEMENTS})
        for chunk in _chunks(elements, MOST_ELEMENTS):
            self._attach("template", {"template_type": "generic", "elements": list(chunk)})

    def _beside(self, card: Card) -> str:
        """The part of a card that must stand in a text: words that are cut, actions that make no whole button."""
        title, rest = _titled(card)
        cut_off = len(title) > CARD_TEXT or len(rest) > CARD_TEXT
        odd = [action for action in card.actions if not self.buttonry.is_whole(action)]
        if cut_off:
            self._note(_("Texts of more than %(most)d characters stand in full above the cards.") % {"most": CARD_TEXT})
        if any(action.kind == "link" for action in odd):
            self._note(_("Links that can't be buttons are shown in the text."))
        if not cut_off and not odd:
            return ""
        return "\n".join(filter(None, (card.words, actions_as_text(card) if odd else "")))

    def _elements(self, card: Card) -> list[Body]:
        """The card, and again its title for each three buttons more."""
        title, rest = _titled(card)
        element: Body = {"title": clip(title or card.actions[0].title.strip() or "·", CARD_TEXT)}
        if len(card.actions) > MOST_BUTTONS:
            self._note(_("Cards with more than %(most)d buttons are shown again for the rest of them.")
                       % {"most": MOST_BUTTONS})  # fmt: skip
        chunks = list(_chunks(self.buttonry.buttons(card.actions), MOST_BUTTONS)) or [()]
        made = [{**element, **({"buttons": list(chunk)} if chunk else {})} for chunk in chunks]
        if rest:
            made[0]["subtitle"] = clip(rest, CARD_TEXT)
        if card.picture:
            made[0]["image_url"] = card.picture
        if card.url:
            made[0]["default_action"] = {"type": "web_url", "url": card.url}
        return made

    def _buttons(self, block: Buttons, words: str) -> None:
        """Buttons below `words`, or quick replies below what stands last."""
        template, replies, lines = self.buttonry.layout(block)
        bare = not words and bool(self.bodies) and self.limits.replies_below_all
        if bare and template and all(action.kind != "link" for action in template):
            template, replies = (), template  # a template would need words
        if any(action.kind != "reply" for action in replies):
            self._note(_("Buttons are shown as quick replies."))
        if any(link not in template or not self.buttonry.is_whole(link) for link in block.links):
            self._note(_("Links that can't be buttons are shown in the text."))
        text = "\n\n".join(filter(None, (words.strip(), lines)))
        if template:
            self._template(text or _labels(block), self.buttonry.buttons(template))
        else:
            self._text(text)
        if replies and not self._takes_replies():
            self._text(_labels(block))
        if replies:
            self.bodies[-1]["quick_replies"] = self.buttonry.replies(replies)

    def _takes_replies(self) -> bool:
        return bool(self.bodies) and (self.limits.replies_below_all or "text" in self.bodies[-1])

    def _template(self, text: str, buttons: Sequence[Body]) -> None:
        """A text with buttons below. What a template cannot hold of it goes before."""
        if size(text, self.limits.unit) > TEMPLATE_TEXT:
            self._note(_("Long texts are sent in several messages."))
        *before, last = cut(text, self.limits.text, self.limits.unit)
        end = cut(last.strip(), TEMPLATE_TEXT, self.limits.unit)[-1]
        for piece in (*before, last.strip()[: -len(end)].rstrip()):
            self._text(piece)
        self._attach("template", {"template_type": "button", "text": end, "buttons": list(buttons)})

    def _text(self, text: str) -> None:
        if size(text, self.limits.unit) > self.limits.text:
            self._note(_("Long texts are sent in several messages."))
        self.bodies += [{"text": piece} for piece in cut(text, self.limits.text, self.limits.unit)]

    def _media(self, kind: str, url: str) -> None:
        self._attach(kind, {"url": url})

    def _attach(self, kind: str, payload: Body) -> None:
        self.bodies.append({"attachment": {"type": kind, "payload": payload}})

    def _note(self, text: str) -> None:
        self.notes[text] = None

    @property
    def _named(self) -> dict[str, str]:
        return {"channel": self.limits.channel}


def _chunks(things: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    return (things[start : start + most] for start in range(0, len(things), most))


def _titled(card: Card) -> tuple[str, str]:
    """The title of an element, which it must have, and the rest of the card's words."""
    words = [" ".join(each.split()) for each in (card.title, card.subtitle, card.text)]
    title, *rest = [each for each in words if each] or [""]
    return title, "\n".join(rest)


def _labels(block: Buttons) -> str:
    """The labels, for buttons that would stand below nothing."""
    return "\n".join(action.title for action in block.actions)
