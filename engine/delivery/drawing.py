"""Draws what a customer sees: bubbles on a phone in the channel's manner, as part of a page or as a picture."""

import base64
import re
from collections.abc import Sequence
from functools import cache
from unicodedata import east_asian_width

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from engine.adapters import Adapter
from engine.adapters._bubbles import Bubble

WIDTH, LEAST_HEIGHT = 320, 360  # pixels of a picture
_HEAD, _GAP, _LINE, _PICTURE, _BUTTON = 60, 26, 21, 170, 44
_COLUMNS = 27  # narrow letters of a line; lines are broken between words, so fewer fit than could
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def phone(adapter: Adapter, name: str, bubbles: Sequence[Bubble], still: bool = False) -> SafeString:
    """The screen as HTML, which is XML too, for a page with phone.css; `still`: without loading the pictures."""
    words = {"adapter": adapter, "name": name, "bubbles": bubbles, "still": still}
    return render_to_string("engine/preview/phone.html", words)


def picture(adapter: Adapter, name: str, bubbles: Sequence[Bubble]) -> str:
    """The screen as the address of an SVG picture, which needs nothing else and shows names instead of pictures."""
    height = max(LEAST_HEIGHT, _HEAD + sum(map(_height, bubbles)))
    drawn = _NOT_IN_XML.sub("", phone(adapter, name, bubbles, still=True))
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">'
        f"<style>{_style()}</style>"
        f'<foreignObject width="{WIDTH}" height="{height}"><div xmlns="http://www.w3.org/1999/xhtml">'
        f"{drawn}</div></foreignObject></svg>"
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(whole.encode()).decode()}"


@cache
def _style() -> str:
    return (settings.BASE_DIR / "static" / "channels" / "phone.css").read_text()


def _height(bubble: Bubble) -> int:
    """Pixels that a bubble takes, rather too many than too few."""
    if bubble.kind == "cards":
        return max(map(_height, bubble.cards), default=0) + _GAP
    lines = sum(_lines(text) for text in (bubble.title, bubble.text, bubble.file_name))
    has_picture = bubble.kind in ("picture", "video") or (bubble.kind == "card" and bubble.url)
    buttons = sum(_BUTTON + (_lines(button.label + button.more) - 1) * _LINE for button in bubble.buttons)
    return _GAP + lines * _LINE + (_PICTURE if has_picture else 0) + buttons + (_BUTTON if bubble.menu else 0)


def _lines(text: str) -> int:
    return sum(1 + sum(map(_columns, line)) // _COLUMNS for line in text.split("\n")) if text else 0


def _columns(char: str) -> int:
    return 2 if east_asian_width(char) in "WF" else 1
