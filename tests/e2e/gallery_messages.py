"""What is said in the pictures of the gallery: one message of each type."""

import io
import wave
from typing import Any

_LINES = "Two lines or three about the thing, so that you see how they run in the card."


def _hint(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"type": "Webchat", "metadata": [{"key": key, "value": value} for key, value in pairs]}]


CAPTION = _hint(("caption-show", "true"))
CHOICES = [
    {"type": "postback", "title": "Yes", "payload": "yes"},
    {"type": "postback", "title": "Maybe", "payload": "maybe", "channels": _hint(("type", "danger"))},
    {"type": "reply", "title": "No", "payload": "no", "channels": _hint(("type", "success"))},
    {"type": "link", "title": "hubster", "url": "https://hubster.io/", "channels": _hint(("type", "info"))},
]
REPLIES = [
    {"type": "reply", "title": title, "payload": title, "channels": _hint(("type", tone))}
    for title, tone in (
        ("Green tea", "success"),
        ("Black tea", "secondary"),
        ("Oolong", "info"),
        ("Surprise me", "primary"),
    )
]
_ITEM_ACTIONS = [
    {"type": "postback", "title": "Select", "payload": "select"},
    {"type": "link", "title": "More info", "url": "https://hubster.io/"},
]


def picture(base: str, name: str) -> str:
    """One of the sample shop's."""
    return f"{base}/static/site/{name}.svg"


def card(base: str, title: str, name: str, **more: Any) -> dict[str, Any]:
    """A card with a picture."""
    return {"type": "card", "urlType": "image", "url": picture(base, name), "title": title, "content": _LINES, **more}


def every_type(base: str) -> list[dict[str, Any]]:
    """One of each, in the order of the documentation."""
    shelf = [
        card(base, title, name, actions=_ITEM_ACTIONS)
        for title, name in (("Teapot", "teapot"), ("Whisk", "whisk"), ("Cup", "cup"))
    ]
    properties = [
        {"key": "Title", "value": "Tea adviser"},
        {"key": "Cell", "value": "(416) 555-0001", "type": "phone;cell"},
        {"key": "Email", "value": "eva@example.com", "type": "email"},
    ]
    contact = {
        "type": "contact", "imageUrl": picture(base, "fern"), "title": "Eva Green", "subtitle": "Kettle & Fern",
        "properties": properties, "channels": CAPTION,
    }  # fmt: skip
    return [
        {"type": "text", "text": "Select one of the following options", "actions": CHOICES},
        {"type": "text", "text": "Here's my contact info", "items": [contact]},
        {"type": "image", "url": picture(base, "hero"), "title": "Our kettle", "channels": CAPTION},
        {"type": "video", "url": f"{base}/static/site/brewing.mp4", "label": "How to brew"},
        {"type": "audio", "url": f"{base}/static/site/kettle.wav", "label": "A kettle sings"},
        {"type": "youtube", "url": "https://www.youtube.com/watch?v=x1245b"},
        {"type": "vimeo", "url": "https://vimeo.com/12345678"},
        {"type": "attachment", "label": "Year end report", "mimeType": "application/pdf", "url": f"{base}/docs/"},
        {"type": "location", "address": "2640 Matheson Blvd E, Mississauga, ON"},
        contact,
        card(base, "Teapot", "teapot", subtitle="For two"),
        {"type": "carousel", "items": shelf, "channels": CAPTION},
        {
            "type": "list", "items": shelf[:2], "channels": CAPTION,
            "actions": [{"type": "postback", "title": "See more options", "payload": "more"},
                        {"type": "link", "title": "Check our catalog", "url": "https://hubster.io/"}],
        },
        {"type": "text", "text": "👋"},
    ]  # fmt: skip


def silence(seconds: int) -> bytes:
    """A sound file, for a player that shows how long it is."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 1, 8000, 0, "NONE", ""))
        sound.writeframes(b"\x80" * 8000 * seconds)
    return out.getvalue()
