"""Messages of LINE as what a chat shows. developers.line.biz/en/reference/messaging-api/#message-objects"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.adapters._bubbles import Bubble, Button, Kind, body_of, choices
from hubster.lib.http import Outgoing

_FILES: dict[str, Kind] = {"image": "picture", "video": "video", "audio": "audio"}
Node = Mapping[str, Any]


def drawn(requests: Sequence[Outgoing]) -> list[Bubble]:
    """The bubbles of all messages; quick replies below the last."""
    messages = [message for request in requests for message in body_of(request)["messages"]]
    return [bubble for message in messages for bubble in _message(message)]


def _message(message: Node) -> Iterator[Bubble]:
    yield _shown(message)
    if replies := message.get("quickReply"):
        yield choices(*(_button(item["action"]) for item in replies["items"]))


def _shown(message: Node) -> Bubble:
    kind = message["type"]
    if kind in _FILES:
        return Bubble(_FILES[kind], url=message["originalContentUrl"])
    if kind == "location":
        return Bubble("location", message["address"], message["title"])
    if kind == "template":
        template = message["template"]
        return Bubble("text", template["text"], buttons=tuple(map(_button, template["actions"])))
    if kind == "flex":
        contents = message["contents"]
        if contents["type"] == "carousel":
            return Bubble("cards", cards=tuple(map(_card, contents["contents"])))
        return _card(contents)
    return Bubble("text", message["text"])


def _card(bubble: Node) -> Bubble:
    texts = list((bubble.get("body") or {}).get("contents") or ())
    title = texts.pop(0)["text"] if texts and texts[0].get("weight") == "bold" else ""
    words = "\n".join(text["text"] for text in texts)
    footer = (bubble.get("footer") or {}).get("contents") or ()
    buttons = tuple(_button(each["action"]) for each in footer)
    return Bubble("card", words, title, (bubble.get("hero") or {}).get("url", ""), buttons)


def _button(action: Node) -> Button:
    return Button(action["label"], action.get("uri", ""))
