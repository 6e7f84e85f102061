"""A message of each documented type, to begin a preview with; the gallery of messages in the docs draws them too."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Message = dict[str, Any]
_ADDRESS = "2640 Matheson Blvd E, Mississauga, ON"


def _url(name: str) -> str:
    return f"{settings.PUBLIC_URL}/static/channels/{name}"


def _choice(kind: str, title: str) -> dict[str, str]:
    return {"type": kind, "title": title, "payload": title.lower()}


def _link(title: str, path: str = "") -> dict[str, str]:
    return {"type": "link", "title": title, "url": f"https://shop.example.com/{path}"}


def _item(title: str, name: str) -> Message:
    actions = [_choice("postback", _("Select")), _link(_("More info"), name)]
    return {
        "urlType": "image",
        "url": _url(f"{name}.png"),
        "title": title,
        "content": _("Two lines about the thing, so that you see how they run."),
        "actions": actions,
    }


def _shelf() -> list[Message]:
    return [_item(_("Teapot"), "teapot"), _item(_("Whisk"), "whisk"), _item(_("Cup"), "cup")]


def _contact() -> Message:
    properties = [
        {"key": "Title", "value": "Tea adviser"},
        {"key": "Cell", "value": "+1 416 555 0001", "type": "phone;cell"},
        {"key": "Email", "value": "eva@example.com", "type": "email"},
    ]
    return {"type": "contact", "title": "Eva Green", "subtitle": "Kettle & Fern", "properties": properties}


# By name in the page's address: (title, what makes the message).
EXAMPLES: dict[str, tuple[Any, Callable[[], Message]]] = {
    "text": (gettext_lazy("Text"), lambda: {"type": "text", "text": _("Hello! Your order is on its way. 🚚")}),
    "buttons": (gettext_lazy("Text with buttons"), lambda: {
        "type": "text", "text": _("Shall we gift-wrap it?"),
        "actions": [
            _choice("postback", _("Yes, please")), _choice("postback", _("No, thanks")), _link(_("See the papers")),
        ],
    }),
    "replies": (gettext_lazy("Quick replies"), lambda: {
        "type": "text", "text": _("Which tea is it for?"),
        "actions": [_choice("reply", each) for each in (_("Green tea"), _("Black tea"), _("Oolong"), _("Surprise me"))],
    }),
    "items": (gettext_lazy("Text with items"), lambda: {
        "type": "text", "text": _("This is it, and this is who looks after it."),
        "items": [{"type": "image", "url": _url("teapot.png"), "title": _("Teapot")}, _contact()],
    }),
    "image": (gettext_lazy("Image"), lambda: {"type": "image", "url": _url("teapot.png"), "title": _("Our teapot")}),
    "video": (gettext_lazy("Video"), lambda: {
        "type": "video", "url": "https://shop.example.com/brewing.mp4", "label": _("How to brew"),
    }),
    "audio": (gettext_lazy("Audio"), lambda: {
        "type": "audio", "url": "https://shop.example.com/kettle.mp3", "label": _("A kettle sings"),
    }),
    "youtube": (gettext_lazy("YouTube"), lambda: {"type": "youtube", "url": "https://www.youtube.com/watch?v=x1245b"}),
    "vimeo": (gettext_lazy("Vimeo"), lambda: {"type": "vimeo", "url": "https://vimeo.com/12345678"}),
    "attachment": (gettext_lazy("Attachment"), lambda: {
        "type": "attachment", "label": _("Year end report"), "mimeType": "application/pdf", "size": 120_000,
        "url": "https://shop.example.com/report.pdf",
    }),
    "location": (gettext_lazy("Location"), lambda: {
        "type": "location", "address": _ADDRESS, "latitude": 43.65, "longitude": -79.6,
    }),
    "address": (gettext_lazy("Address"), lambda: {"type": "location", "address": _ADDRESS}),
    "contact": (gettext_lazy("Contact"), _contact),
    "card": (gettext_lazy("Card"), lambda: {"type": "card", "subtitle": _("For two"), **_item(_("Teapot"), "teapot")}),
    "list": (gettext_lazy("List"), lambda: {
        "type": "list", "items": _shelf()[:2],
        "actions": [_choice("postback", _("See more options")), _link(_("Check our catalog"))],
    }),
    "carousel": (gettext_lazy("Carousel"), lambda: {"type": "carousel", "items": _shelf()}),
}  # fmt: skip
