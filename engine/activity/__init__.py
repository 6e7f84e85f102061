"""The common format: every message, event and action, with the rules of the documentation.

Pure: no models, no clock. `parse_message` and `parse_event` turn raw JSON into typed payloads or list every
fault; `compose` puts stored parts together as the activity that clients see.
"""

from engine.activity.command import PLATFORM_COMMANDS, command_text
from engine.activity.messages import BUSINESS_ONLY, Message
from engine.activity.parse import DIRECT, PORTAL, parse_event, parse_message
from engine.activity.parts import MAX_TEXT, WebUrl
from engine.activity.shape import AUTHOR_TYPES, AuthorType, Source, compose, emptied, summary
from engine.activity.signals import (
    SEEN,
    SIGNALS,
    TYPING_LASTS,
    TYPING_OFF,
    TYPING_ON,
    is_of_platform,
    is_over,
    is_signal,
    is_typing,
)
from engine.activity.sizes import CHUNK, MOST_OF_CUSTOMER, too_long, weight

__all__ = [
    "AUTHOR_TYPES",
    "BUSINESS_ONLY",
    "CHUNK",
    "DIRECT",
    "MAX_TEXT",
    "MOST_OF_CUSTOMER",
    "PLATFORM_COMMANDS",
    "PORTAL",
    "SEEN",
    "SIGNALS",
    "TYPING_LASTS",
    "TYPING_OFF",
    "TYPING_ON",
    "AuthorType",
    "Message",
    "Source",
    "WebUrl",
    "command_text",
    "compose",
    "emptied",
    "is_of_platform",
    "is_over",
    "is_signal",
    "is_typing",
    "parse_event",
    "parse_message",
    "summary",
    "too_long",
    "weight",
]
