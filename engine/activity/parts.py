"""The small parts of messages: texts, addresses, hints for channels, actions."""

import re
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails

from engine.activity.channels import name_of
from hubster.lib.payloads import PayloadError, Typed, get_blind

MAX_TEXT = 20_000  # characters of one text
MAX_URL = 2048
_REST = r"[^\s\\<>\"\x00-\x1f\x7f]*"
# A host without a scheme has a dot, so that `javascript:1` is no host with a port.
_WEB = re.compile(rf"https?://[^\s/?#\\<>\"'\x00-\x1f\x7f]+{_REST}|[\w-]+(\.[\w-]+)+(:\d{{1,5}})?([/?#]{_REST})?", re.I)


def is_web_url(value: str) -> bool:
    """True if a text is an address as messages may hold it."""
    return len(value) <= MAX_URL and bool(_WEB.fullmatch(value))


def _web_url(value: str) -> str:
    if not _WEB.fullmatch(value):
        raise PayloadError("url", "must be a URL that starts with https:// or http://.")
    return value


def _link_url(value: str) -> str:
    if re.fullmatch(r"(mailto|tel):[^\s<>\"\\\x00-\x1f]+", value, re.I):
        return value
    return _web_url(value)


def _given(value: object) -> object:
    """An empty text says that what is optional is not given, as forms send it."""
    return None if value == "" else value


def _channel(value: object) -> object:
    """A documented number becomes the channel's name. Names stay as they are: other channels ignore the hint."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,6}", value):
        return name_of(int(value)) or value
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    if name := name_of(value):
        return name
    raise PayloadError("choice", "must be a channel's name or one of the documented numbers, such as 106 for WebChat.")


Text = Annotated[str, Field(max_length=MAX_TEXT)]
Short = Annotated[str, Field(min_length=1, max_length=2000)]
WebUrl = Annotated[str, Field(max_length=MAX_URL), AfterValidator(_web_url)]
LinkUrl = Annotated[str, Field(max_length=MAX_URL), AfterValidator(_link_url)]
_NOT_EMPTY = BeforeValidator(_given)
OptionalShort = Annotated[Annotated[str, Field(max_length=2000)] | None, _NOT_EMPTY]
OptionalWebUrl = Annotated[WebUrl | None, _NOT_EMPTY]
OptionalLinkUrl = Annotated[LinkUrl | None, _NOT_EMPTY]
ChannelName = Annotated[Short, BeforeValidator(_channel)]
UrlType = Literal["image", "youtube", "vimeo", "video", "audio"]


class Pair(Typed):
    """A setting of one channel."""

    key: Short
    value: Text


class ChannelHints(Typed):
    """A hint for one channel, for example `{"type": "Webchat", "metadata": [...]}`."""

    type: ChannelName
    metadata: list[Pair] = Field(default_factory=list, max_length=50)


class Named(Typed):
    """Whatever has a type by name, in any case."""

    @field_validator("type", "url_type", mode="before", check_fields=False)
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


Given = Callable[[str], Any]


def whole(rule: Callable[[Given], PayloadError | None]) -> Any:
    """A rule about several properties of a model, which is told beside the faults of single ones.

    It gets a function from a property's name to its value, None where it is not given, and returns what is wrong, or
    None. Where single properties are at fault it judges what was sent, whose
    values may be of any kind.
    """

    def judge(cls: Any, data: Any, handler: Any) -> Any:
        try:
            value = handler(data)
        except ValidationError as error:
            fault = rule(lambda name: get_blind(data, to_camel(name)))
            if not fault:
                raise
            told: InitErrorDetails = {"type": "value_error", "input": data, "ctx": {"error": fault}}
            raise ValidationError.from_exception_data(cls.__name__, [*_details(error), told]) from None
        if fault := rule(partial(getattr, value)):
            raise fault
        return value

    judged: Any = classmethod(judge)
    return model_validator(mode="wrap")(judged)


def _details(error: ValidationError) -> list[Any]:
    """The details of an error, for another one to be made of."""
    kept = ("type", "loc", "input", "ctx")
    return [{name: item[name] for name in kept if name in item} for item in error.errors(include_url=False)]  # type: ignore[literal-required]


class Part(Named):
    """The common part of messages, items and actions."""

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
    """A button that opens a URL."""

    type: Literal["link"]
    title: Short
    url: LinkUrl


def kind_of(data: Any) -> str | None:
    """The discriminator of unions: the type in lower case, marked so that it stays out of error paths."""
    found = data.type if isinstance(data, Typed) else get_blind(data, "type")  # type: ignore[attr-defined]
    return f"tag:{found.lower()}" if isinstance(found, str) else None


Action = Annotated[
    Annotated[Postback, Tag("tag:postback")] | Annotated[Reply, Tag("tag:reply")] | Annotated[Link, Tag("tag:link")],
    Discriminator(kind_of),
]
Actions = Annotated[list[Action], Field(max_length=50)]
