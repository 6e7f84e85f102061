"""The common format: every message, event and action, with the rules of the documentation.

Pure: no models, no clock. `parse_message` and `parse_event` turn raw JSON into typed payloads or list every
fault; `compose` puts stored parts together as the activity that clients see.
"""

from engine.activity.messages import BUSINESS_ONLY, Message
from engine.activity.parse import DIRECT, PORTAL, parse_event, parse_message
from engine.activity.parts import MAX_TEXT, WebUrl
from engine.activity.shape import Source, compose, emptied, summary

__all__ = [
    "BUSINESS_ONLY",
    "DIRECT",
    "MAX_TEXT",
    "PORTAL",
    "Message",
    "Source",
    "WebUrl",
    "compose",
    "emptied",
    "parse_event",
    "parse_message",
    "summary",
]
