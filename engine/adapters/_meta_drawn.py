"""Messages of the Send API as what Messenger and Instagram show.

See developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.adapters._bubbles import Bubble, Button, Kind, body_of, choices
from hubster.lib.http import Outgoing

_FILES: dict[str, Kind] = {"image": "picture", "video": "video", "audio": "audio", "file": "file"}
Node = Mapping[str, Any]


def drawn(requests: Sequence[Outgoing]) -> list[Bubble]:
    """The bubbles of all messages; quick replies below the last."""
    return [bubble for request in requests for bubble in _message(body_of(request)["message"])]


def _message(message: Node) -> Iterator[Bubble]:
    attached = message.get("attachment")
    yield _attachment(attached["type"], attached["payload"]) if attached else Bubble("text", message["text"])
    if replies := message.get("quick_replies"):
        yield choices(*(Button(reply["title"]) for reply in replies))


def _attachment(kind: str, payload: Node) -> Bubble:
    if kind in _FILES:
        return Bubble(_FILES[kind], url=payload["url"])
    if payload["template_type"] == "button":
        return Bubble("text", payload["text"], buttons=_buttons(payload["buttons"]))
    cards = tuple(map(_card, payload["elements"]))
    return cards[0] if len(cards) == 1 else Bubble("cards", cards=cards)


def _card(element: Node) -> Bubble:
    opened = element.get("default_action")
    opens = (Button(opened["url"], opened["url"]),) if opened else ()  # by a press on the card itself
    buttons = (*opens, *_buttons(element.get("buttons") or ()))
    return Bubble("card", element.get("subtitle", ""), element["title"], element.get("image_url", ""), buttons)


def _buttons(buttons: Sequence[Node]) -> tuple[Button, ...]:
    return tuple(Button(button["title"], _leads_to(button)) for button in buttons)


def _leads_to(button: Node) -> str:
    return f"tel:{button['payload']}" if button["type"] == "phone_number" else str(button.get("url", ""))
