"""Choices and links of messages as WhatsApp's reply buttons, lists and link buttons, within their limits.

See developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages, and
its neighbours for lists, link buttons and carousels.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from engine.adapters._blocks import Action, Block, Buttons, Card
from engine.adapters._text import clip
from engine.adapters._whatsapp_in import PLACE

MOST_BUTTONS, MOST_ROWS = 3, 10
BUTTON, ROW, DESCRIPTION = 20, 24, 72  # characters of titles, and of what stands below the title of a row
_ID = 200  # characters; a button could hold 256

Body = dict[str, Any]


class Choices:
    """The choices of one message. Pressed, each says its value; or its place, where the value is long, blank, of
    another choice too, or reads like a place.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        acting = [block for block in blocks if isinstance(block, Card | Buttons)]
        self.all = [action for block in acting for action in block.choices]
        self.values = Counter(action.value for action in self.all)

    def id_of(self, action: Action) -> str:
        """The text that a press sends."""
        value = action.value
        fits = value == value.strip() and 0 < len(value) <= _ID and not PLACE.fullmatch(value)
        return value if fits and self.values[value] == 1 else f"#{action.place}"

    def replies(self, actions: Sequence[Action]) -> Body:
        """Up to three buttons."""
        titles = shown(actions)
        return {"buttons": [
            {"type": "reply", "reply": {"id": self.id_of(action), "title": title}}
            for action, title in zip(actions, titles, strict=True)
        ]}  # fmt: skip

    def rows(self, actions: Sequence[Action]) -> Body:
        """Up to ten rows of a list, which opens by a button. A longer label stands below its own beginning."""
        rows = []
        for action, title in zip(actions, shown(actions), strict=True):
            below = {"description": clip(label_of(action), DESCRIPTION)} if len(title) > ROW else {}
            rows.append({"id": self.id_of(action), "title": clip(title, ROW), **below})
        return {"button": clip(_("Choose"), BUTTON), "sections": [{"rows": rows}]}

    def quick(self, action: Action) -> Body:
        """A button of a card in a carousel."""
        return {"type": "quick_reply", "quick_reply": {"id": self.id_of(action), "title": label_of(action)}}


def link_button(action: Action) -> Body:
    """The only button of a message, which opens a page."""
    return {"name": "cta_url", "parameters": {"display_text": label_of(action), "url": action.value}}


def label_of(action: Action) -> str:
    """The title on one line."""
    return " ".join(action.title.split()) or str((action.place or 0) + 1)


def shown(actions: Sequence[Action]) -> list[str]:
    """The labels, which must differ: of those that do not, each has its number."""
    labels = [label_of(action) for action in actions]
    count = Counter(label.casefold() for label in labels)
    return [
        label if count[label.casefold()] == 1 else f"{(action.place or 0) + 1}. {label}"
        for action, label in zip(actions, labels, strict=True)
    ]


def fit_buttons(actions: Sequence[Action]) -> bool:
    """True if the choices can be reply buttons that show their whole labels."""
    return 0 < len(actions) <= MOST_BUTTONS and all(len(title) <= BUTTON for title in shown(actions))


def is_whole_row(action: Action) -> bool:
    """True if a row of a list shows the whole label."""
    return len(label_of(action)) <= DESCRIPTION


def is_link_button(action: Action) -> bool:
    """True for a link to a page, with a label that a button shows whole."""
    is_page = action.value.partition(":")[0].lower() in ("http", "https")
    return action.kind == "link" and is_page and len(label_of(action)) <= BUTTON
