"""Actions of messages as Telegram's keyboards. https://core.telegram.org/bots/api#inlinekeyboardmarkup"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from engine.adapters._blocks import Action, Block, Buttons, Card
from engine.adapters._text import clip, size, utf8, utf16

MOST_DATA = 64  # bytes of what a button sends
MOST_LABEL = 64  # UTF-16 units; Telegram names no limit
MOST_BYTES, MOST_BUTTONS = 8_000, 100  # of one keyboard in JSON; beyond is "reply markup is too long"
_STYLES = ("danger", "success", "primary")

Keyboard = tuple[list[str], dict[str, Any]]  # the labels, and the keyboard as a reply_markup


def keyboards(actions: Sequence[Action], quick: bool) -> Iterator[Keyboard]:
    """The keyboards that the actions take, mostly one; `quick`: below the text field, else below the message."""
    rows: list[dict[str, str]] = []
    used = 0
    for action in actions:
        button = {"text": label_of(action)} if quick else _button(action)
        weight = len(json.dumps(button)) + 4
        if rows and (used + weight > MOST_BYTES or len(rows) == MOST_BUTTONS):
            yield _keyboard(rows, quick)
            rows, used = [], 0
        rows.append(button)
        used += weight
    if rows:
        yield _keyboard(rows, quick)


def is_button(action: Action) -> bool:
    """False for links to phone numbers and mail addresses, which Telegram refuses as buttons."""
    return action.kind != "link" or action.value.lower().startswith("http")


def is_cut(action: Action) -> bool:
    """True if the whole title does not fit."""
    return size(_line(action), utf16) > MOST_LABEL


def label_of(action: Action) -> str:
    """The title as a button shows it: on one line, and not too long."""
    return clip(_line(action), MOST_LABEL, utf16)


def data_of(action: Action) -> str:
    """The data that a press sends: what it means, or the choice's place if that is too long, blank, or like a place."""
    if action.value.strip() and size(action.value, utf8) <= MOST_DATA and not action.value.startswith("#"):
        return action.value
    return f"#{action.place}"


def may_be_quick(blocks: Sequence[Block]) -> bool:
    """True if the choices can be a keyboard, whose keys say their labels: quick replies alone, which fit."""
    owners = [block for block in blocks if isinstance(block, Card | Buttons) and block.actions]
    if len(owners) != 1 or not isinstance(owners[0], Buttons):
        return False
    actions = owners[0].actions
    as_it_is = all(action.kind == "reply" and action.title == label_of(action) for action in actions)
    return as_it_is and len(list(keyboards(actions, quick=True))) == 1


def _line(action: Action) -> str:
    return " ".join(action.title.split()) or "…"


def _keyboard(buttons: list[dict[str, str]], quick: bool) -> Keyboard:
    labels, rows = [button["text"] for button in buttons], [[button] for button in buttons]
    if quick:
        return labels, {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True}
    return labels, {"inline_keyboard": rows}


def _button(action: Action) -> dict[str, str]:
    """The hint `type` (or `style`) colours it: danger, success or primary."""
    style = action.hints.get("style") or action.hints.get("type", "")
    sent = {"url": action.value} if action.kind == "link" else {"callback_data": data_of(action)}
    return {"text": label_of(action), **sent, **({"style": style} if style in _STYLES else {})}
