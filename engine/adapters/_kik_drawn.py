"""Kik's messages as what a chat shows. Source: the models of the package kik 1.5.0."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.adapters._bubbles import Bubble, Button, body_of, choices
from hubster.lib.http import Outgoing

Node = Mapping[str, Any]


def drawn(requests: Sequence[Outgoing]) -> list[Bubble]:
    """The bubbles of all messages; suggested responses below the last."""
    messages = [message for request in requests for message in body_of(request)["messages"]]
    return [bubble for message in messages for bubble in _message(message)]


def _message(message: Node) -> Iterator[Bubble]:
    yield _shown(message)
    for keyboard in message.get("keyboards", ()):
        yield choices(*(Button(response["body"]) for response in keyboard["responses"]))


def _shown(message: Node) -> Bubble:
    kind = message["type"]
    if kind == "picture":
        return Bubble("picture", url=message["picUrl"])
    if kind == "video":
        return Bubble("video", url=message["videoUrl"])
    if kind == "link":
        link = Button(message.get("title", message["url"]), message["url"])
        return Bubble("card", url=message.get("picUrl", ""), buttons=(link,))
    return Bubble("text", message["body"])
