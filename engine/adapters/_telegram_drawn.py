"""Calls of Telegram's methods as what a chat shows. https://core.telegram.org/bots/api#sendmessage"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.adapters._bubbles import Bubble, Button, Kind, body_of, choices
from hubster.lib.http import Outgoing

_FILES: dict[str, Kind] = {
    "photo": "picture", "animation": "picture", "video": "video", "audio": "audio", "voice": "audio",
    "document": "file",
}  # fmt: skip
Params = Mapping[str, Any]


def drawn(requests: Sequence[Outgoing]) -> list[Bubble]:
    """The bubbles of all calls."""
    return [bubble for request in requests for bubble in _call(request.url.rpartition("/")[2], body_of(request))]


def _call(method: str, params: Params) -> Iterator[Bubble]:
    markup = params.get("reply_markup") or {}
    *before, last = _shown(method.removeprefix("send").lower(), params)
    yield from before
    yield replace(last, buttons=tuple(_buttons(markup.get("inline_keyboard") or ())))
    if keyboard := markup.get("keyboard"):
        yield choices(*_buttons(keyboard))


def _shown(kind: str, params: Params) -> list[Bubble]:
    if kind == "mediagroup":
        return [_file(item["type"], item["media"], item) for item in params["media"]]
    if kind in _FILES:
        return [_file(kind, params[kind], params)]
    if kind == "location":
        return [Bubble("location", f"{params['latitude']}, {params['longitude']}")]
    if kind == "venue":
        return [Bubble("location", params["address"], params["title"])]
    if kind == "contact":
        return [Bubble("contact", params["phone_number"], params["first_name"])]
    return [Bubble("text", params["text"])]


def _file(kind: str, url: str, params: Params) -> Bubble:
    return Bubble(_FILES[kind], params.get("caption", ""), url=url)


def _buttons(rows: Sequence[Sequence[Params]]) -> Iterator[Button]:
    return (Button(button["text"], button.get("url", "")) for row in rows for button in row)
