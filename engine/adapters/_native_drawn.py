"""Messages on channels of ours, which get them in the common format, as what they show."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.adapters import _blocks
from engine.adapters._bubbles import Bubble, Button, choices


def drawn(message: Mapping[str, Any], channel: str) -> list[Bubble]:
    """A message on a channel of ours, which gets it in the common format."""
    found: list[Bubble] = []
    for block in _blocks.blocks_of(message, channel):
        if not isinstance(block, _blocks.Buttons):
            found.append(_of_block(block))
        elif all(action.kind == "reply" for action in block.actions):
            found.append(choices(*_buttons(block.actions)))
        elif found and found[-1].kind == "text":
            found[-1] = replace(found[-1], buttons=_buttons(block.actions))
        else:
            found.append(Bubble("text", buttons=_buttons(block.actions)))
    cards = tuple(bubble for bubble in found if bubble.kind == "card")
    if message["type"] != "carousel" or not cards:
        return found
    return [Bubble("cards", cards=cards)]


def _of_block(block: _blocks.Block) -> Bubble:
    if isinstance(block, _blocks.Card):
        played = (Button(block.url, block.url),) if block.url else ()
        words = "\n".join(filter(None, (block.subtitle, block.text)))
        return Bubble("card", words, block.title, block.picture, (*played, *_buttons(block.actions)))
    if isinstance(block, _blocks.Picture):
        return Bubble("picture", "\n".join(filter(None, (block.title or block.alt, block.link))), url=block.url)
    if isinstance(block, _blocks.Video | _blocks.Audio):
        return Bubble("video" if isinstance(block, _blocks.Video) else "audio", block.label, url=block.url)
    if isinstance(block, _blocks.File):
        return Bubble("file", title=block.label, url=block.url)
    if isinstance(block, _blocks.Place):
        return Bubble("location", block.address or f"{block.latitude}, {block.longitude}")
    if isinstance(block, _blocks.Person):
        lines = [block.subtitle, *(f"{key}: {value}" for key, value, _ in block.properties)]
        return Bubble("contact", "\n".join(filter(None, lines)), block.title, block.image_url)
    if isinstance(block, _blocks.Page):
        return Bubble("video", title=block.title, url=block.url)
    return Bubble("text", _blocks.as_text(block))


def _buttons(actions: tuple[_blocks.Action, ...]) -> tuple[Button, ...]:
    return tuple(Button(action.title, action.value if action.kind == "link" else "") for action in actions)
