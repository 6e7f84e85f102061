"""Every message and event type, with the rules of the documentation."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticKnownError

from engine.activity.parts import (
    Actions,
    Given,
    Named,
    OptionalLinkUrl,
    OptionalShort,
    OptionalWebUrl,
    Part,
    Short,
    Text,
    UrlType,
    WebUrl,
    is_web_url,
    kind_of,
    whole,
)
from hubster.lib.payloads import PayloadError, Typed

MOST_ITEMS = 50
TRANSFER = "hubster.transfer"  # the event that sends a customer's browser to another page


EntryType = Literal["image", "youtube", "vimeo", "video", "audio", "card"]
_SHOWN = ("url", "image_url", "fallback_image_url", "title", "subtitle", "content", "actions")


def _blank(value: object) -> bool:
    """True if nothing is said by it."""
    return not (value.strip() if isinstance(value, str) else value)


def _no_boolean(value: object) -> object:
    """Python takes true for 1; a coordinate is never meant by it."""
    if isinstance(value, bool):
        raise PydanticKnownError("float_type")
    return value


_Exact = BeforeValidator(_no_boolean)
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False), _Exact]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False), _Exact]
Bytes = Annotated[int, Field(ge=0, le=2**53 - 1, strict=True)]  # more is no whole number in JavaScript


class Youtube(Part):
    """A Youtube video."""

    type: Literal["youtube"]
    url: WebUrl


class Vimeo(Part):
    """A Vimeo video."""

    type: Literal["vimeo"]
    url: WebUrl


class Media(Part):
    """The common part of video and audio."""

    url: WebUrl
    label: Text | None = None
    mime_type: OptionalShort = None


class Video(Media):
    """A video file."""

    type: Literal["video"]


class Audio(Media):
    """An audio file."""

    type: Literal["audio"]


class Image(Part):
    """An image."""

    type: Literal["image"]
    url: WebUrl
    url_anchor: OptionalLinkUrl = None
    alt: Text | None = None
    title: Text | None = None


class Attachment(Part):
    """A file."""

    type: Literal["attachment"]
    label: Short
    mime_type: Short
    url: WebUrl
    size: Bytes | None = None


def _place(given: Given) -> PayloadError | None:
    latitude, longitude = given("latitude"), given("longitude")
    if (latitude is None) == (longitude is None) and (given("address") or latitude is not None):
        return None
    return PayloadError("location", "give an address, or both latitude and longitude.")


class Location(Part):
    """A location, by address or by coordinates."""

    type: Literal["location"]
    address: Text | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    _whole = whole(_place)


class ContactProperty(Typed):
    """A property of a contact; `type` is for example `phone;cell`."""

    key: Short
    value: Text
    type: OptionalShort = None


class Contact(Part):
    """A contact card."""

    type: Literal["contact"]
    title: Short
    subtitle: Text | None = None
    image_url: OptionalWebUrl = None
    properties: list[ContactProperty] | None = Field(default=None, max_length=100)


class Shown(Part):
    """The common part of cards and of the entries of lists: a resource with texts and actions."""

    url_type: UrlType | None = None
    url: OptionalWebUrl = None
    image_url: OptionalWebUrl = None
    fallback_image_url: OptionalWebUrl = None
    title: Text | None = None
    subtitle: Text | None = None
    content: Text | None = None
    actions: Actions | None = None


def _typed_url(given: Given) -> PayloadError | None:
    if not given("url") or given("url_type") or str(given("type")).lower() in get_args(UrlType):
        return None
    return PayloadError("missing", "urlType is required when url is given.")


def _shown(given: Given) -> PayloadError | None:
    if given("type") and str(given("type")).lower() not in get_args(EntryType):
        return None  # what it holds is for another type
    if any(not _blank(given(name)) for name in _SHOWN):
        return None
    text = "the entry is empty; give a title, a subtitle, a content, a url with its urlType, or actions."
    return PayloadError("missing", text)


class Card(Shown):
    """A card."""

    type: Literal["card"]

    _whole = whole(_typed_url)


class Entry(Shown):
    """An entry of a list or carousel. Naming its type is optional; one of media says what its `url` is.

    The documentation has media only; a card is what an entry without a type is.
    """

    type: EntryType | None = None

    _typed = whole(_typed_url)
    _filled = whole(_shown)


Plain = (
    Annotated[Youtube, Tag("tag:youtube")]
    | Annotated[Vimeo, Tag("tag:vimeo")]
    | Annotated[Video, Tag("tag:video")]
    | Annotated[Audio, Tag("tag:audio")]
    | Annotated[Image, Tag("tag:image")]
    | Annotated[Attachment, Tag("tag:attachment")]
    | Annotated[Location, Tag("tag:location")]
    | Annotated[Contact, Tag("tag:contact")]
    | Annotated[Card, Tag("tag:card")]
)  # what may be said alone or as an item of a text
Item = Annotated[Plain, Discriminator(kind_of)]


def _said(given: Given) -> PayloadError | None:
    if any(not _blank(given(name)) for name in ("text", "items", "actions")):
        return None
    return PayloadError("empty", "give text, items or actions; all are empty.")


class TextMessage(Part):
    """A text, optionally with items and actions."""

    type: Literal["text"]
    text: Text | None = None
    items: list[Item] | None = Field(default=None, max_length=MOST_ITEMS)
    actions: Actions | None = None

    _whole = whole(_said)


class ListMessage(Part):
    """A list of items, with actions for the whole list."""

    type: Literal["list"]
    items: list[Entry] = Field(min_length=1, max_length=MOST_ITEMS)
    actions: Actions | None = None


class Carousel(Part):
    """Items side by side."""

    type: Literal["carousel"]
    items: list[Entry] = Field(min_length=1, max_length=MOST_ITEMS)


Message = Annotated[
    Annotated[TextMessage, Tag("tag:text")]
    | Plain
    | Annotated[ListMessage, Tag("tag:list")]
    | Annotated[Carousel, Tag("tag:carousel")],
    Discriminator(kind_of),
]


class Typing(Named):
    """typing_on and typing_off."""

    type: Literal["typing_on", "typing_off"]


class Seen(Named):
    """Everything up to an eventId was seen; without one, everything so far."""

    type: Literal["seen"]
    event_id: Annotated[int, Field(ge=0, lt=2**63), _Exact] | None = None


def _safe_transfer(given: Given) -> PayloadError | None:
    """Where the customer's page goes; the rest of a payload is the sender's own."""
    payload = given("payload")
    url = payload.get("url") if isinstance(payload, dict) else None
    if given("payload_type") != TRANSFER or url is None or (isinstance(url, str) and is_web_url(url)):
        return None
    return PayloadError("url", "the payload's url must be a URL that starts with https:// or http://.")


class Payload(Named):
    """An event with data."""

    type: Literal["payload"]
    payload_type: Short
    payload: dict[str, Any]

    _whole = whole(_safe_transfer)


Event = Annotated[
    Annotated[Payload, Tag("tag:payload")]
    | Annotated[Seen, Tag("tag:seen")]
    | Annotated[Typing, Tag("tag:typing_on")]
    | Annotated[Typing, Tag("tag:typing_off")],
    Discriminator(kind_of),
]

BUSINESS_ONLY = {"list", "carousel"}
