"""Messages of the common format as calls of Telegram's methods. https://core.telegram.org/bots/api#sendmessage"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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
    Text,
    Video,
    as_text,
)
from engine.adapters._telegram_buttons import Keyboard, is_button, is_cut, keyboards
from engine.adapters._telegram_files import (
    Media,
    album_item,
    caption_of,
    in_same_album,
    is_caption,
    method_for,
    method_of,
)
from engine.adapters._text import clip, cut, size, utf8, utf16

MOST_TEXT = 4096  # UTF-16 units
MOST_NAME, MOST_ADDRESS, MOST_PHONE = 64, 256, 32  # UTF-16 units; Telegram names no limits
MOST_VCARD = 2048  # bytes
ALBUM = 10


@dataclass
class Request:
    """A call of a method, without the chat."""

    method: str
    params: dict[str, Any]

    @property
    def takes_buttons(self) -> bool:
        """True if it has room for a keyboard."""
        return self.method != "sendMediaGroup" and "reply_markup" not in self.params


@dataclass
class Writer:
    """Puts blocks into requests. `quick`: choices are a keyboard below the text field; else they are inline."""

    quick: bool = False
    requests: list[Request] = field(default_factory=list)
    degraded: list[str] = field(default_factory=list)

    def write(self, blocks: Sequence[Block]) -> None:
        """All blocks, in their order; the buttons of a text go below it, or below its last item."""
        rest = list(blocks)
        while rest:
            block = rest.pop(0)
            if isinstance(block, Picture | Video | Audio | File):
                album: list[Media] = [block]
                while rest and len(album) < ALBUM and (more := in_same_album(block, rest[0])):
                    album.append(more)
                    rest.pop(0)
                self._files(album)
            elif isinstance(block, Text) and rest and isinstance(rest[0], Buttons):
                self._text(block.text, rest.pop(0).actions)  # type: ignore[union-attr]
            elif isinstance(block, Buttons):
                self._buttons(block, cards=any(isinstance(each, Card) for each in blocks))
            else:
                self._single(block)

    def _single(self, block: Block) -> None:
        if isinstance(block, Place):
            self._place(block)
        elif isinstance(block, Person):
            self._person(block)
        elif isinstance(block, Card):
            self._card(block)
        else:
            self._text(block.url if isinstance(block, Page) else as_text(block))

    def _add(self, method: str, params: dict[str, Any], keyboard: Sequence[Keyboard] = ()) -> None:
        """A request, with the first keyboard. The others go below their own words."""
        markup = {"reply_markup": keyboard[0][1]} if keyboard else {}
        self.requests.append(Request(method, {**params, **markup}))
        for labels, more in keyboard[1:]:
            self._note(_("There are more buttons than a message can hold, so they are in several messages."))
            self.requests.append(Request("sendMessage", {"text": _named(labels), "reply_markup": more}))

    def _note(self, text: str) -> None:
        if text not in self.degraded:
            self.degraded.append(text)

    def _keyboards(self, actions: Sequence[Action]) -> list[Keyboard]:
        shown = [action for action in actions if is_button(action)]
        if any(map(is_cut, shown)):
            self._note(_("The titles of some buttons are cut short."))
        return list(keyboards(shown, self.quick))

    def _text(self, text: str, actions: Sequence[Action] = ()) -> None:
        """A text, its buttons below the last piece; without words, the buttons' own stand in for it."""
        lines = [f"{action.title}: {action.value}" for action in actions if not is_button(action)]
        if lines:
            self._note(_("Telegram has no buttons for phone numbers and mail addresses, so they are in the text."))
        below = self._keyboards(actions)
        whole = "\n".join([*([text] if text.strip() else []), *lines])
        pieces = cut(whole, MOST_TEXT, utf16) or [_named(labels) for labels, _markup in below[:1]]
        if len(pieces) > 1:
            self._note(_("The text is longer than Telegram allows, so it is sent in several messages."))
        for piece in pieces[:-1]:
            self._add("sendMessage", {"text": piece})
        for piece in pieces[-1:]:
            self._add("sendMessage", {"text": piece}, below)

    def _buttons(self, buttons: Buttons, cards: bool) -> None:
        """Buttons of what stands before them; those of a list belong to none of its cards."""
        last = self.requests[-1] if self.requests else None
        if cards or last is None or not last.takes_buttons or not all(map(is_button, buttons.actions)):
            self._text("", buttons.actions)
        else:
            self.requests.pop()
            self._add(last.method, last.params, self._keyboards(buttons.actions))

    def _files(self, album: Sequence[Media]) -> None:
        method = method_of(album[0])
        if method is None:
            self._note(_("Telegram takes no file of this kind from a link, so the link itself is sent."))
            self._text(as_text(album[0]))
        elif len(album) == 1:
            self._file(method, album[0].url, caption_of(album[0]))
        else:
            self._add("sendMediaGroup", {"media": [album_item(block) for block in album]})
            for caption in map(caption_of, album):
                if not is_caption(caption):
                    self._long_caption(caption)
        if method and any(isinstance(block, Picture) and block.title and block.alt for block in album):
            self._note(_("Telegram shows no alternative text beside an image's title."))

    def _file(self, method: str, url: str, caption: str, actions: Sequence[Action] = (), **more: Any) -> None:
        fits = is_caption(caption) and all(map(is_button, actions))
        words = {"caption": caption} if caption.strip() and fits else {}
        below = self._keyboards(actions) if fits else []
        self._add(f"send{method.capitalize()}", {method: url, **words, **more}, below)
        if not fits:
            self._long_caption(caption, actions)

    def _long_caption(self, caption: str, actions: Sequence[Action] = ()) -> None:
        if not is_caption(caption):
            self._note(_("A caption is longer than Telegram allows, so it is sent as a text."))
        self._text(caption, actions)

    def _place(self, place: Place) -> None:
        if place.latitude is None or place.longitude is None:
            self._note(_("Telegram shows places by their coordinates only, so the address is sent with a map link."))
            self._text(as_text(place))
            return
        at: dict[str, Any] = {"latitude": place.latitude, "longitude": place.longitude}
        address = place.address.strip()
        if not address or size(address, utf16) > MOST_ADDRESS:
            self._add("sendLocation", at)
            self._text(address)
        else:
            title = clip(address.partition(",")[0].strip() or address, MOST_NAME, utf16)
            self._add("sendVenue", {**at, "title": title, "address": address})

    def _person(self, person: Person) -> None:
        phone = next((each for each in person.values("phone") if _is_phone(each)), "")
        if not phone or not person.title.strip():
            self._note(_("Telegram shows contacts with a phone number only, so this one is sent as a text."))
            self._text(as_text(person))
            return
        shown = {"phone_number": phone, "first_name": clip(person.title.strip(), MOST_NAME, utf16)}
        if size(person.vcard, utf8) <= MOST_VCARD:
            self._add("sendContact", {**shown, "vcard": person.vcard})
        else:
            self._add("sendContact", shown)
            self._note(_("The contact is larger than Telegram allows, so the rest of it is sent as a text."))
            self._text(as_text(person))

    def _card(self, card: Card) -> None:
        words, actions = card.words, card.actions
        if card.plays in ("video", "audio") and (method := method_for(card.plays, card.url)):
            cover = {"cover": card.picture} if method == "video" and card.picture else {}
            if card.picture and not cover:
                self._files([Picture(card.picture)])
            self._file(method, card.url, words, actions, **cover)
            return
        words = "\n".join(filter(None, (words, card.url)))
        if card.picture and (method := method_for("image", card.picture)):
            self._file(method, card.picture, words, actions)
        elif words.strip() or card.picture or actions:
            self._text("\n".join(filter(None, (words, card.picture))), actions)
        else:
            self._note(_("An empty card was left out."))


def _named(labels: Sequence[str]) -> str:
    return clip(" / ".join(labels), MOST_TEXT, utf16)


def _is_phone(value: str) -> bool:
    return len(value) <= MOST_PHONE and sum(char.isdigit() for char in value) >= 3
