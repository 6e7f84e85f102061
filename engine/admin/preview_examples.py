"""A message of each documented type, to begin a preview with; the gallery of messages in the docs draws them too."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

Message = dict[str, Any]
_WORDS = "Two lines or three about the thing, so that you see how they run in the card."


def _url(name: str) -> str:
    return f"{settings.PUBLIC_URL}/static/channels/{name}"


def _choice(kind: str, title: str) -> dict[str, str]:
    return {"type": kind, "title": title, "payload": title.lower()}


def _link(title: str, path: str = "") -> dict[str, str]:
    return {"type": "link", "title": title, "url": f"https://shop.example.com/{path}"}


def _item(title: str, name: str) -> Message:
    actions = [_choice("postback", "Select"), _link("More info", name)]
    return {"urlType": "image", "url": _url(f"{name}.png"), "title": title, "content": _WORDS, "actions": actions}


def _shelf() -> list[Message]:
    return [_item("Teapot", "teapot"), _item("Whisk", "whisk"), _item("Cup", "cup")]


def _contact() -> Message:
    properties = [
        {"key": "Title", "value": "Tea adviser"},
        {"key": "Cell", "value": "+1 416 555 0001", "type": "phone;cell"},
        {"key": "Email", "value": "eva@example.com", "type": "email"},
    ]
    return {"type": "contact", "title": "Eva Green", "subtitle": "Kettle & Fern", "properties": properties}


# By name in the page's address: (title, what makes the message).
EXAMPLES: dict[str, tuple[Any, Callable[[], Message]]] = {
    "text": (_("Text"), lambda: {"type": "text", "text": "Hello! Your order is on its way. 🚚"}),
    "buttons": (_("Text with buttons"), lambda: {
        "type": "text", "text": "Shall we gift-wrap it?",
        "actions": [_choice("postback", "Yes, please"), _choice("postback", "No, thanks"), _link("See the papers")],
    }),
    "replies": (_("Quick replies"), lambda: {
        "type": "text", "text": "Which tea is it for?",
        "actions": [_choice("reply", each) for each in ("Green tea", "Black tea", "Oolong", "Surprise me")],
    }),
    "items": (_("Text with items"), lambda: {
        "type": "text", "text": "This is it, and this is who looks after it.",
        "items": [{"type": "image", "url": _url("teapot.png"), "title": "Teapot"}, _contact()],
    }),
    "image": (_("Image"), lambda: {"type": "image", "url": _url("teapot.png"), "title": "Our teapot"}),
    "video": (_("Video"), lambda: {
        "type": "video", "url": "https://shop.example.com/brewing.mp4", "label": "How to brew",
    }),
    "audio": (_("Audio"), lambda: {
        "type": "audio", "url": "https://shop.example.com/kettle.mp3", "label": "A kettle sings",
    }),
    "youtube": (_("YouTube"), lambda: {"type": "youtube", "url": "https://www.youtube.com/watch?v=x1245b"}),
    "vimeo": (_("Vimeo"), lambda: {"type": "vimeo", "url": "https://vimeo.com/12345678"}),
    "attachment": (_("Attachment"), lambda: {
        "type": "attachment", "label": "Year end report", "mimeType": "application/pdf", "size": 120_000,
        "url": "https://shop.example.com/report.pdf",
    }),
    "location": (_("Location"), lambda: {
        "type": "location", "address": "2640 Matheson Blvd E, Mississauga, ON", "latitude": 43.65, "longitude": -79.6,
    }),
    "address": (_("Address"), lambda: {"type": "location", "address": "2640 Matheson Blvd E, Mississauga, ON"}),
    "contact": (_("Contact"), _contact),
    "card": (_("Card"), lambda: {"type": "card", "subtitle": "For two", **_item("Teapot", "teapot")}),
    "list": (_("List"), lambda: {
        "type": "list", "items": _shelf()[:2],
        "actions": [_choice("postback", "See more options"), _link("Check our catalog")],
    }),
    "carousel": (_("Carousel"), lambda: {"type": "carousel", "items": _shelf()}),
}  # fmt: skip
