"""Viber's messages as what a chat shows. creators.viber.com/docs/bots-api/data-models/message"""

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.adapters._bubbles import Bubble, Button, body_of, choices
from engine.adapters._viber_parts import ROWS
from hubster.lib.http import Outgoing

Node = Mapping[str, Any]


def drawn(requests: Sequence[Outgoing]) -> list[Bubble]:
    """The bubbles of all messages; the keyboard below the last."""
    return [bubble for request in requests for bubble in _message(body_of(request))]


def _message(body: Node) -> Iterator[Bubble]:
    yield _shown(body)
    if keyboard := body.get("keyboard"):
        yield choices(*map(_button, keyboard["Buttons"]))


def _shown(body: Node) -> Bubble:
    kind = body["type"]
    if kind == "picture":
        return Bubble("picture", body["text"], url=body["media"])
    if kind == "video":
        return Bubble("video", url=body["media"])
    if kind == "file":
        return Bubble("file", title=body["file_name"], url=body["media"])
    if kind == "location":
        return Bubble("location", f"{body['location']['lat']}, {body['location']['lon']}")
    if kind == "contact":
        return Bubble("contact", body["contact"]["phone_number"], body["contact"]["name"])
    if kind == "rich_media":
        cards = tuple(map(_card, _panes(body["rich_media"]["Buttons"])))
        return cards[0] if len(cards) == 1 else Bubble("cards", cards=cards)
    return Bubble("text", body["text"])


def _panes(buttons: Sequence[Node]) -> Iterator[list[Node]]:
    """The buttons of each pane, which fill its rows exactly."""
    pane: list[Node] = []
    for button in buttons:
        pane.append(button)
        if sum(each["Rows"] for each in pane) >= ROWS:
            yield pane
            pane = []


def _card(pane: Sequence[Node]) -> Bubble:
    still = [part for part in pane if part["ActionType"] == "none"]
    picture = next((part["Image"] for part in still if "Image" in part), "")
    words = "\n".join(_text(part) for part in still if "Text" in part)
    return Bubble("card", words, url=picture, buttons=tuple(_button(part) for part in pane if part not in still))


def _button(button: Node) -> Button:
    return Button(_text(button), button["ActionBody"] if button["ActionType"] == "open-url" else "")


def _text(button: Node) -> str:
    return html.unescape(button["Text"].replace("<br>", "\n"))
