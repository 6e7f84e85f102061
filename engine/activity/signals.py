"""Signals: events that tell what somebody does, not what they say. Typing is true for a moment only."""

from typing import Any

SEEN, TYPING_ON, TYPING_OFF = "seen", "typing_on", "typing_off"
SIGNALS = frozenset({SEEN, TYPING_ON, TYPING_OFF})
PLATFORM_EVENTS = "hubster."  # how the names of the platform's own events begin, in any case
TYPING_LASTS = 20_000  # milliseconds after which who is typing counts as having stopped


def is_signal(kind: str, content: dict[str, Any]) -> bool:
    """True if an activity tells what somebody does."""
    return kind == "event" and content.get("type") in SIGNALS


def is_of_platform(kind: str, content: dict[str, Any]) -> bool:
    """True if an activity is an event under a name of the platform's."""
    name = str(content.get("payloadType") or "") if kind == "event" else ""
    return name.strip().casefold().startswith(PLATFORM_EVENTS)


def is_typing(kind: str, content: dict[str, Any]) -> bool:
    """True if an activity is about typing."""
    return is_signal(kind, content) and content["type"] != SEEN


def is_over(kind: str, content: dict[str, Any], event_id: int, now_ms: int) -> bool:
    """True if it is about typing, and too old to be true."""
    return is_typing(kind, content) and now_ms - event_id > TYPING_LASTS
