"""A message of the common format taken apart: a flat list of blocks in reading order, which adapters map to their own.

Each word, URL and payload of a message is in a block. `as_text` is the nearest text for a block that a channel cannot
show.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.adapters._base import Choice
from engine.adapters._text import absolute, map_link, numbered, vcard

Content = Mapping[str, Any]
Hints = Mapping[str, str]  # the metadata that the message has for this channel, keys in lower case
PLAYERS = {"youtube": "YouTube", "vimeo": "Vimeo"}


@dataclass(frozen=True)
class Action:
    """A button: `value` is what the business hears of a postback, its payload, and of a quick reply, its title; or the
    URL of a link.

    `place` is the number of the choice in the whole message, from 0, as `Rendered.choices` counts; None for links.
    """

    kind: Literal["reply", "postback", "link"]
    title: str
    value: str
    place: int | None = None
    hints: Hints = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Block:
    hints: Hints = field(default_factory=dict)


class _Acting:
    actions: tuple[Action, ...]

    @property
    def choices(self) -> tuple[Action, ...]:
        """Its replies and postbacks."""
        return tuple(action for action in self.actions if action.kind != "link")

    @property
    def links(self) -> tuple[Action, ...]:
        return tuple(action for action in self.actions if action.kind == "link")


@dataclass(frozen=True)
class Text(_Block):
    """The words of a text message. `opens`: it has to stay before all others, whatever moves to its buttons."""

    text: str
    opens: bool = False


@dataclass(frozen=True)
class Page(_Block):
    """A page that plays a video: on YouTube or Vimeo."""

    title: str
    url: str


@dataclass(frozen=True)
class Picture(_Block):
    """An image; a click opens `link`."""

    url: str
    title: str = ""
    alt: str = ""
    link: str = ""


@dataclass(frozen=True)
class Video(_Block):
    """A video file."""

    url: str
    label: str = ""
    mime_type: str = ""


@dataclass(frozen=True)
class Audio(_Block):
    """An audio file."""

    url: str
    label: str = ""
    mime_type: str = ""


@dataclass(frozen=True)
class File(_Block):
    """Any other file; `size` in bytes."""

    url: str
    label: str
    mime_type: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Place(_Block):
    """A location: an address, or coordinates, or both."""

    address: str = ""
    latitude: float | None = None
    longitude: float | None = None

    @property
    def link(self) -> str:
        return map_link(self.address, self.latitude, self.longitude)


@dataclass(frozen=True)
class Person(_Block):
    """A contact card; `properties` are (key, value, type) with types such as `phone;cell`."""

    title: str
    subtitle: str = ""
    image_url: str = ""
    properties: tuple[tuple[str, str, str], ...] = ()

    def values(self, kind: str) -> list[str]:
        """The values of a kind: `phone`, `email` or `address`."""
        return [value for _, value, given in self.properties if given.lower().partition(";")[0] == kind]

    @property
    def vcard(self) -> str:
        """The contact as phones save it."""
        return vcard(self.title, self.subtitle, self.image_url, self.properties)


@dataclass(frozen=True)
class Card(_Block, _Acting):
    """A card, or an item of a list or carousel.

    `picture` is the image to show, `spares` are those to show when it fails. `url` is what the card plays, by `plays`:
    youtube, vimeo, video or audio; both empty for a card that plays nothing.
    """

    title: str = ""
    subtitle: str = ""
    text: str = ""
    picture: str = ""
    spares: tuple[str, ...] = ()
    url: str = ""
    plays: str = ""
    actions: tuple[Action, ...] = ()

    @property
    def words(self) -> str:
        return "\n".join(filter(None, ("\n".join(filter(None, (self.title, self.subtitle))), self.text)))


@dataclass(frozen=True)
class Buttons(_Block, _Acting):
    """The actions of a text or of a whole list, behind everything else that it shows."""

    actions: tuple[Action, ...]


Block = Text | Page | Picture | Video | Audio | File | Place | Person | Card | Buttons


def blocks_of(message: Content, channel: str = "") -> list[Block]:
    """The blocks of a stored message, with the hints that it holds for `channel`; its `disclosure` comes first."""
    return list(_Reader(channel).read(message))


def choices_of(blocks: Iterable[Block]) -> tuple[Choice, ...]:
    """All choices of a message, each at its `place`."""
    return tuple(
        Choice(action.title, action.value)
        for block in blocks
        if isinstance(block, Card | Buttons)
        for action in block.choices
    )


def as_text(block: Block) -> str:
    """The nearest text: words, then addresses, then links and numbered choices, each on a line of its own.

    Empty for a card without anything in it, which the format allows.
    """
    return "\n".join(line for line in _lines(block) if line)


def actions_as_text(owner: Card | Buttons) -> str:
    """Links with their titles, then choices by the numbers of their places."""
    links = [f"{action.title}: {action.value}" for action in owner.links]
    first = next((action.place or 0 for action in owner.choices), 0)
    return "\n".join([*links, numbered((action.title for action in owner.choices), first + 1)]).strip("\n")


class _Reader:
    """Reads one message; numbers its choices."""

    def __init__(self, channel: str) -> None:
        self.channel = channel.lower()
        self.choices = 0

    def read(self, message: Content) -> Iterator[Block]:
        kind, hints, line = message["type"], self.hints(message), str(message.get("disclosure") or "")
        text = str(message.get("text") or "") if kind == "text" else ""
        if line and text.strip() and not (message.get("items") and message.get("actions")):
            text, line = f"{line}\n\n{text}", ""
        yield from [Text(line, opens=True)] if line else []
        if kind not in ("text", "list", "carousel"):
            yield self.plain(message)
            return
        if text.strip():
            yield Text(text, hints=hints)
        for item in message.get("items") or []:
            yield self.plain(item) if kind == "text" else self.card(item)
        if actions := self.actions(message):
            yield Buttons(actions, hints=hints)

    def plain(self, item: Content) -> Block:
        """A message that stands alone, or an item of a text."""
        kind, hints = item["type"], self.hints(item)
        url, title, label, mime_type = _texts(item, "url", "title", "label", "mimeType")
        url = absolute(url)
        if kind in PLAYERS:
            return Page(PLAYERS[kind], url, hints=hints)
        if kind == "image":
            alt, link = _texts(item, "alt", "urlAnchor")
            return Picture(url, title, alt, absolute(link), hints=hints)
        if kind in ("video", "audio"):
            return (Video if kind == "video" else Audio)(url, label, mime_type, hints=hints)
        if kind == "attachment":
            return File(url, label, mime_type, item.get("size"), hints=hints)
        if kind == "location":
            return Place(str(item.get("address") or ""), item.get("latitude"), item.get("longitude"), hints=hints)
        if kind == "contact":
            subtitle, image_url = _texts(item, "subtitle", "imageUrl")
            return Person(title, subtitle, absolute(image_url), _properties(item), hints=hints)
        return self.card(item)

    def card(self, item: Content) -> Card:
        title, subtitle, text = _texts(item, "title", "subtitle", "content")
        url, still, spare = map(absolute, _texts(item, "url", "imageUrl", "fallbackImageUrl"))
        named = str(item.get("urlType") or item.get("type") or "")
        plays = named if url and named in (*PLAYERS, "video", "audio") else ""
        pictures = [each for each in ("" if plays else url, still, spare) if each]
        return Card(
            title, subtitle, text, picture=pictures[0] if pictures else "", spares=tuple(pictures[1:]),
            url=url if plays else "", plays=plays, actions=self.actions(item), hints=self.hints(item),
        )  # fmt: skip

    def actions(self, owner: Content) -> tuple[Action, ...]:
        return tuple(self.action(each) for each in owner.get("actions") or [])

    def action(self, given: Content) -> Action:
        if given["type"] == "link":
            return Action("link", given["title"], absolute(given["url"]), hints=self.hints(given))
        self.choices += 1
        said = given["payload"] if given["type"] == "postback" else given["title"]
        return Action(given["type"], given["title"], said, self.choices - 1, self.hints(given))

    def hints(self, owner: Content) -> Hints:
        return {
            str(pair["key"]).lower(): str(pair["value"])
            for each in owner.get("channels") or []
            if self.channel and str(each["type"]).lower() == self.channel
            for pair in each.get("metadata") or []
        }


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        yield block.text
    elif isinstance(block, Picture):
        yield from dict.fromkeys((block.title, block.alt, block.url, block.link))
    elif isinstance(block, Page):
        yield f"{block.title}: {block.url}"
    elif isinstance(block, Video | Audio | File):
        yield f"{block.label}: {block.url}" if block.label else block.url
    elif isinstance(block, Place):
        yield from (block.address, block.link)
    elif isinstance(block, Person):
        yield from (block.title, block.subtitle, *(f"{key}: {value}" for key, value, _ in block.properties))
        yield block.image_url
    elif isinstance(block, Card):
        yield from (block.words, block.picture, block.url, actions_as_text(block))
    else:
        yield actions_as_text(block)


def _properties(item: Content) -> tuple[tuple[str, str, str], ...]:
    given = [_texts(each, "key", "value", "type") for each in item.get("properties") or []]
    return tuple((key, value, kind) for key, value, kind in given)


def _texts(owner: Content, *keys: str) -> tuple[str, ...]:
    return tuple(str(owner.get(key) or "") for key in keys)
