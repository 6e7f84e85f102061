"""Parts of Viber messages: buttons, keyboards, and the panes of carousels, each within Viber's limits.

Source: creators.viber.com/docs/bots-api/resources/messaging/keyboards and …/data-models/message (rich media).
"""

import html
import json
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from engine.adapters._blocks import Action, Card
from engine.adapters._text import clip, size
from engine.adapters._viber_in import PRESSED

Body = dict[str, Any]
TITLE, DATA, URL, ALT = 250, 250, 2000, 500  # characters
COLUMNS, ROWS, KEYBOARD_ROWS = 6, 7, 12
_PICTURE_ROWS, _MOST_ACTIONS = 3, 2  # of a pane with words


def size_of(body: Any) -> int:
    """Bytes of JSON."""
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def in_html(char: str) -> int:
    """Characters of a character on a button, whose text is HTML."""
    return len(_html(char))


def _html(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


def is_web(url: str) -> bool:
    """True for an address that Viber opens or loads."""
    return url.lower().startswith(("http://", "https://")) and len(url) <= URL


def fits(action: Action) -> bool:
    """True if an action can be a button: choices and web addresses."""
    return action.kind != "link" or is_web(action.value)


def is_long(text: str) -> bool:
    """True if a text has to be shortened on a button, so that it has to stand somewhere in full."""
    return size(text, in_html) > TITLE


def label(action: Action) -> str:
    """The title on one line; instead of a blank one the number of a choice, or where a link leads."""
    other = action.value if action.kind == "link" else str((action.place or 0) + 1)
    return " ".join(action.title.split()) or other


def _shown(text: str) -> str:
    return _html(clip(text, TITLE, in_html))


def button_of(action: Action, delivery_id: str) -> Body:
    """A button. The customer's chat shows what a reply says, but no payload; a long one is named by its place."""
    title = _shown(label(action))
    if action.kind == "link":
        return {"ActionType": "open-url", "ActionBody": action.value, "Text": title}
    data = action.value if action.value.strip() else label(action)
    if len(data) > DATA:
        data = PRESSED.format(delivery=delivery_id, place=action.place)
    silent = {} if data == label(action) else {"Silent": True}
    return {"ActionType": "reply", "ActionBody": data, "Text": title, **silent}


def keyboard(buttons: Sequence[Body]) -> Body:
    """Buttons across the whole width, side by side when they are more than rows."""
    beside = -(-len(buttons) // KEYBOARD_ROWS) or 1
    width = {"Columns": COLUMNS // min(beside, COLUMNS), "Rows": 1}
    return {"Type": "keyboard", "DefaultHeight": False, "Buttons": [{**width, **button} for button in buttons]}


def rich_media(shown: Sequence[Sequence[Body]], alt: str) -> Body:
    """A message of panes side by side; `alt` is for devices that can't show it."""
    buttons = [button for pane in shown for button in pane]
    media = {"Type": "rich_media", "ButtonsGroupColumns": COLUMNS, "ButtonsGroupRows": ROWS, "Buttons": buttons}
    return {"type": "rich_media", "min_api_version": 2, "rich_media": media, "alt_text": alt}


def panes(card: Card, delivery_id: str, is_picture: Callable[[str], bool]) -> list[list[Body]]:
    """The card, and more panes for more buttons than one holds. All buttons of a pane fill its rows exactly."""
    play = (Action("link", _("Play"), card.url),) if is_web(card.url) else ()
    buttons = [button_of(action, delivery_id) for action in (*play, *card.actions) if fits(action)]
    picture = card.picture if card.picture and is_picture(card.picture) else ""
    if not (picture or card.words.strip() or buttons):
        return []
    first, rest = buttons[:_MOST_ACTIONS], buttons[_MOST_ACTIONS:]
    chunks = [rest[at : at + ROWS - 1] for at in range(0, len(rest), ROWS - 1)]
    return [_pane(card.words, picture, first), *(_pane(card.title, "", chunk) for chunk in chunks)]


def _pane(words: str, picture: str, buttons: Sequence[Body]) -> list[Body]:
    left = ROWS - len(buttons)
    made: list[Body] = []
    if picture:
        rows = _PICTURE_ROWS if words.strip() else left
        made.append({"Rows": rows, "ActionType": "none", "ActionBody": "none", "Image": picture})
        left -= rows
    if left:
        text = {"Text": _shown(words), "TextSize": "small", "TextVAlign": "top", "TextHAlign": "left"}
        still = text if words.strip() else {}
        made.append({"Rows": left, "ActionType": "none", "ActionBody": "none", **still})
    return [{"Columns": COLUMNS, "Rows": 1, **button} for button in [*made, *buttons]]
