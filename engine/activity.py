"""The common format: every message, event and action, with the rules of the documentation.

Pure: no models, no clock. `parse_message` and `parse_event` turn raw JSON into typed payloads or list every
fault; `compose` puts stored parts together as the activity that clients see.
"""

import re
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, TypeAdapter, ValidationError, model_validator

from hubster.lib.errors import HubsterError
from hubster.lib.typed import CodeSet, Typed, faults, get_blind

MAX_TEXT = 20_000  # characters of one text
_WEB = re.compile(
    r"^(https?://)?[^\s/\\@<>\"'\x00-\x1f]+(\.|:)[^\s\\<>\"\x00-\x1f]+$|^https?://[^\s\\<>\"\x00-\x1f]+$", re.I
)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:(?!\d)", re.I)

DIRECT = CodeSet(
    missing="ENG005001", unsupported="ENG005002", empty_list="ENG005015", decimal="ENG005021", empty="ENG005023",
    location="ENG005024", url="ENG008501", other="ENG000201",
)  # fmt: skip
PORTAL = CodeSet(
    missing="PRT000301", unsupported="PRT000303", empty_list="PRT000306", decimal="PRT000304", empty="PRT000307",
    location="PRT000308", url="PRT000202", other="PRT000302",
)  # fmt: skip


def _web_url(value: str) -> str:
    scheme = _SCHEME.match(value)
    if (scheme and not value.lower().startswith(("http://", "https://"))) or not _WEB.match(value):
        raise ValueError("url|must be a web address that begins with https:// or http://.")
    return value


def _link_url(value: str) -> str:
    if re.fullmatch(r"(mailto|tel):[^\s<>\"\\\x00-\x1f]+", value, re.I):
        return value
    return _web_url(value)


Text = Annotated[str, Field(max_length=MAX_TEXT)]
Short = Annotated[str, Field(min_length=1, max_length=2000)]
WebUrl = Annotated[str, Field(max_length=2048), AfterValidator(_web_url)]
LinkUrl = Annotated[str, Field(max_length=2048), AfterValidator(_link_url)]
UrlType = Literal["image", "youtube", "vimeo", "video", "audio"]


class Pair(Typed):
    """A setting of one channel."""

    key: Short
    value: Text


class ChannelHints(Typed):
    """How a part is to look on one channel, for example `{"type": "Webchat", "metadata": [...]}`."""

    type: Short
    metadata: list[Pair] = Field(default_factory=list, max_length=50)


class Part(Typed):
    """What messages, items and actions share."""

    channels: list[ChannelHints] | None = Field(default=None, max_length=20)


class Postback(Part):
    """A button that sends its payload."""

    type: Literal["postback"]
    title: Short
    payload: Text


class Reply(Part):
    """A quick reply."""

    type: Literal["reply"]
    title: Short
    payload: Text


class Link(Part):
    """A button that opens an address."""

    type: Literal["link"]
    title: Short
    url: LinkUrl


def _kind(data: Any) -> str | None:
    found = data.type if isinstance(data, Typed) else get_blind(data, "type")  # type: ignore[attr-defined]
    return f"tag:{found.lower()}" if isinstance(found, str) else None


Action = Annotated[
    Annotated[Postback, Tag("tag:postback")] | Annotated[Reply, Tag("tag:reply")] | Annotated[Link, Tag("tag:link")],
    Discriminator(_kind),
]
Actions = Annotated[list[Action], Field(max_length=50)]


class Youtube(Part):
    """A Youtube video."""

    type: Literal["youtube"]
    url: WebUrl


class Vimeo(Part):
    """A Vimeo video."""

    type: Literal["vimeo"]
    url: WebUrl


class Media(Part):
    """What video and audio share."""

    url: WebUrl
    label: Text | None = None
    mime_type: Short | None = None


class Video(Media):
    """A video file."""

    type: Literal["video"]


class Audio(Media):
    """An audio file."""

    type: Literal["audio"]


class Image(Part):
    """A picture."""

    type: Literal["image"]
    url: WebUrl
    url_anchor: LinkUrl | None = None
    alt: Text | None = None
    title: Text | None = None


class Attachment(Part):
    """A file."""

    type: Literal["attachment"]
    label: Short
    mime_type: Short
    url: WebUrl


class Location(Part):
    """A place, by address or by coordinates."""

    type: Literal["location"]
    address: Text | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)

    @model_validator(mode="after")
    def _place(self) -> "Location":
        if (self.latitude is None) != (self.longitude is None) or (not self.address and self.latitude is None):
            raise ValueError("location|give an address, or both latitude and longitude.")
        return self


class ContactProperty(Typed):
    """A line of a contact; `type` is for example `phone;cell`."""

    key: Short
    value: Text
    type: Short | None = None


class Contact(Part):
    """A contact card."""

    type: Literal["contact"]
    title: Short
    subtitle: Text | None = None
    image_url: WebUrl | None = None
    properties: list[ContactProperty] | None = Field(default=None, max_length=100)


class Shown(Part):
    """What cards and the entries of lists share: a resource with texts and actions."""

    url_type: UrlType | None = None
    url: WebUrl | None = None
    image_url: WebUrl | None = None
    fallback_image_url: WebUrl | None = None
    title: Text | None = None
    subtitle: Text | None = None
    content: Text | None = None
    actions: Actions | None = None

    @model_validator(mode="after")
    def _typed_url(self) -> "Shown":
        if self.url and not self.url_type:
            raise ValueError("missing|urlType is required when url is given.")
        return self


class Card(Shown):
    """A card."""

    type: Literal["card"]


class Entry(Shown):
    """An entry of a list or carousel; naming its type is optional."""

    type: str | None = None


Item = Annotated[
    Annotated[Youtube, Tag("tag:youtube")]
    | Annotated[Vimeo, Tag("tag:vimeo")]
    | Annotated[Video, Tag("tag:video")]
    | Annotated[Audio, Tag("tag:audio")]
    | Annotated[Image, Tag("tag:image")]
    | Annotated[Attachment, Tag("tag:attachment")]
    | Annotated[Location, Tag("tag:location")]
    | Annotated[Contact, Tag("tag:contact")]
    | Annotated[Card, Tag("tag:card")],
    Discriminator(_kind),
]


class TextMessage(Part):
    """Words, with items and actions if wanted."""

    type: Literal["text"]
    text: Text | None = None
    items: list[Item] | None = Field(default=None, max_length=50)
    actions: Actions | None = None

    @model_validator(mode="after")
    def _something(self) -> "TextMessage":
        if not ((self.text and self.text.strip()) or self.items or self.actions):
            raise ValueError("empty|give text, items or actions; all are empty.")
        return self


class ListMessage(Part):
    """A list of entries with actions for all."""

    type: Literal["list"]
    items: list[Entry] = Field(min_length=1, max_length=50)
    actions: Actions | None = None


class Carousel(Part):
    """Entries side by side."""

    type: Literal["carousel"]
    items: list[Entry] = Field(min_length=1, max_length=50)


Message = Annotated[
    Annotated[TextMessage, Tag("tag:text")]
    | Annotated[Youtube, Tag("tag:youtube")]
    | Annotated[Vimeo, Tag("tag:vimeo")]
    | Annotated[Video, Tag("tag:video")]
    | Annotated[Audio, Tag("tag:audio")]
    | Annotated[Image, Tag("tag:image")]
    | Annotated[Attachment, Tag("tag:attachment")]
    | Annotated[Location, Tag("tag:location")]
    | Annotated[Contact, Tag("tag:contact")]
    | Annotated[Card, Tag("tag:card")]
    | Annotated[ListMessage, Tag("tag:list")]
    | Annotated[Carousel, Tag("tag:carousel")],
    Discriminator(_kind),
]


class Signal(Typed):
    """seen, typing_on and typing_off."""

    type: Literal["seen", "typing_on", "typing_off"]


class Payload(Typed):
    """An event that carries data."""

    type: Literal["payload"]
    payload_type: Short
    payload: dict[str, Any]


Event = Annotated[
    Annotated[Payload, Tag("tag:payload")]
    | Annotated[Signal, Tag("tag:seen")]
    | Annotated[Signal, Tag("tag:typing_on")]
    | Annotated[Signal, Tag("tag:typing_off")],
    Discriminator(_kind),
]
_MESSAGE: TypeAdapter[Any] = TypeAdapter(Message)
_EVENT: TypeAdapter[Any] = TypeAdapter(Event)
BUSINESS_ONLY = {"list", "carousel"}


def _parse(adapter: TypeAdapter[Any], raw: Any, codes: CodeSet, root: str) -> dict[str, Any]:
    if isinstance(raw, dict) and isinstance(get_blind(raw, "type"), str):
        raw = {key: item.lower() if key.lower() == "type" else item for key, item in raw.items()}
    try:
        value: Typed = adapter.validate_python(raw)
    except ValidationError as error:
        raise HubsterError(*faults(error, codes, root)) from None
    return value.dump()


def parse_message(raw: Any, codes: CodeSet = DIRECT, root: str = "message") -> dict[str, Any]:
    """A message node in its stored form; raises `HubsterError` with every fault."""
    return _parse(_MESSAGE, raw, codes, root)


def parse_event(raw: Any, codes: CodeSet = DIRECT, root: str = "event") -> dict[str, Any]:
    """An event node in its stored form; raises `HubsterError` with every fault."""
    return _parse(_EVENT, raw, codes, root)


def summary(kind: str, content: dict[str, Any]) -> str:
    """A message in at most 200 characters, for lists and notifications; empty for events."""
    if kind != "message":
        return ""
    fields = ("text", "title", "label", "address", "url")
    words = next((content[field] for field in fields if content.get(field)), f"[{content['type']}]")
    return " ".join(str(words).split())[:200]


@dataclass(frozen=True)
class Source:
    """Sender or recipient as an activity shows it."""

    integration_type: str
    integration_id: uuid.UUID | None = None
    channel_type: str | None = None
    token_id: str | None = None

    def dump(self) -> dict[str, Any]:
        """In camelCase, without what is absent."""
        shown = {
            "integrationId": str(self.integration_id) if self.integration_id else None,
            "integrationType": self.integration_type,
            "channelType": self.channel_type,
            "tokenId": self.token_id,
        }
        return {key: value for key, value in shown.items() if value is not None}


def compose(
    *, kind: str, event_id: int, external_id: str | None, echo: bool, interaction_id: uuid.UUID, flow: str,
    sender: Source, recipient: Source | None, content: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The activity as every client, webhook and socket sees it."""
    shown: dict[str, Any] = {
        "type": kind,
        "eventTrigger": f"{kind}:{sender.integration_type.lower()}",
        "eventId": event_id,
        "externalId": external_id,
        "isEcho": echo,
        "interactionId": str(interaction_id) if kind == "message" else None,
        "flowProcess": flow,
        "sender": sender.dump(),
        "recipient": recipient.dump() if recipient else None,
        kind: content,
    }
    return {key: value for key, value in shown.items() if value is not None}
