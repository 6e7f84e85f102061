"""Messages of WhatsApp's Cloud API as what a chat shows.

See developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.adapters._bubbles import Bubble, Button, Kind, body_of
from hubster.lib.http import Outgoing

_FILES: dict[str, Kind] = {"image": "picture", "video": "video", "audio": "audio", "document": "file"}
Node = Mapping[str, Any]


def drawn(requests: Sequence[Outgoing]) -> list[Bubble]:
    """The bubbles of all messages."""
    return [bubble for request in requests for bubble in _message(body_of(request))]


def _message(body: Node) -> list[Bubble]:
    kind = body["type"]
    found = body[kind]
    if kind in _FILES:
        return [Bubble(_FILES[kind], found.get("caption", ""), found.get("filename", ""), found["link"])]
    if kind == "location":
        return [Bubble("location", found.get("address") or f"{found['latitude']}, {found['longitude']}")]
    if kind == "contacts":
        return [_contact(card) for card in found]
    if kind == "interactive":
        return _interactive(found)
    return [Bubble("text", found["body"])]


def _contact(card: Node) -> Bubble:
    lines = [(card.get("org") or {}).get("company", "")]
    for group, key in (("phones", "phone"), ("emails", "email"), ("addresses", "street")):
        lines += [each[key] for each in card.get(group) or ()]
    return Bubble("contact", "\n".join(filter(None, lines)), card["name"]["formatted_name"])


def _interactive(node: Node) -> list[Bubble]:
    kind, text, action = node["type"], node["body"]["text"], node["action"]
    if kind == "carousel":
        return [Bubble("text", text), Bubble("cards", cards=tuple(map(_card, action["cards"])))]
    if kind == "list":
        rows = [row for section in action["sections"] for row in section["rows"]]
        buttons = tuple(Button(row["title"], more=row.get("description", "")) for row in rows)
        return [Bubble("text", text, buttons=buttons, menu=action["button"])]
    if "header" in node:
        return [_card(node)]
    return [Bubble("text", text, buttons=_buttons(action))]


def _card(node: Node) -> Bubble:
    """A card below its header: of a carousel, or alone."""
    head = node["header"]
    url = head[head["type"]]["link"]
    return Bubble("card", (node.get("body") or {}).get("text", ""), url=url, buttons=_buttons(node["action"]))


def _buttons(action: Node) -> tuple[Button, ...]:
    if link := action.get("parameters"):
        return (Button(link["display_text"], link["url"]),)
    return tuple(Button(button[button["type"]]["title"]) for button in action["buttons"])
