"""Buttons and quick replies of Messenger and Instagram: which actions of a message become what, within the limits."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.adapters._blocks import Action, Block, Buttons, Card, Person
from engine.adapters._text import Unit, characters, clip, numbered

MOST_REPLIES, MOST_BUTTONS = 13, 3
TITLE, CARD_TEXT, PAYLOAD = 20, 80, 1000  # characters

_NUMBER = re.compile(r"\+[0-9]{6,15}")

Body = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """The limits in which the two channels differ; a text has at most `text` of `unit`."""

    channel: str
    text: int = 2000
    unit: Unit = characters
    files: bool = True
    calls: bool = True  # buttons that call a number
    replies_below_all: bool = True  # quick replies may stand below attachments, not texts alone


class Buttonry:
    """The actions of one message.

    `numbered`: some choices are no whole button, so a text has all of them with their numbers. Then a button whose own
    payload would be taken for another's number or label says its number, or its label.
    """

    def __init__(self, blocks: Sequence[Block], limits: Limits) -> None:
        self.limits = limits
        acting = [block for block in blocks if isinstance(block, Card | Buttons)]
        self.choices = [action for block in acting for action in block.choices]
        self.numbered = not all(map(self.is_whole, self.choices)) or any(
            isinstance(block, Buttons) and len(block.choices) > MOST_REPLIES for block in acting
        )

    def is_whole(self, action: Action) -> bool:
        """True if a button can show and hold everything of an action."""
        return len(_label(action)) <= TITLE and self.fits_button(action) and len(action.value) <= _most(action)

    def fits_button(self, action: Action) -> bool:
        """True if an action can be a button at all. Links to mail addresses cannot, numbers only where calls are."""
        if action.kind != "link":
            return True
        scheme = action.value.partition(":")[0].lower()
        return scheme in ("http", "https") or (self.limits.calls and bool(_dialled(action.value)))

    def layout(self, block: Buttons) -> tuple[tuple[Action, ...], tuple[Action, ...], str]:
        """The actions for a template of buttons, those for quick replies, and the rest as lines of text."""
        fitting = tuple(filter(self.fits_button, block.actions))
        links = tuple(action for action in fitting if action.kind == "link")
        replies = block.choices if len(block.choices) <= MOST_REPLIES else ()
        template: tuple[Action, ...] = ()
        if len(fitting) <= MOST_BUTTONS and any(action.kind != "reply" for action in fitting):
            template, replies = fitting, ()
        elif len(links) <= MOST_BUTTONS and self.limits.replies_below_all:
            template = links
        return template, replies, self._lines(block, template, replies)

    def _lines(self, block: Buttons, template: Sequence[Action], replies: Sequence[Action]) -> str:
        """The actions that no button shows as a whole. Choices are all listed if one has to be."""
        whole = [action for action in (*template, *replies) if self.is_whole(action)]
        lines = [f"{action.title}: {action.value}" for action in block.links if action not in whole]
        if any(action not in whole for action in block.choices):
            lines.append(numbered((action.title for action in block.choices), (block.choices[0].place or 0) + 1))
        return "\n".join(lines)

    def buttons(self, actions: Iterable[Action]) -> list[Body]:
        """The actions that can be buttons, as such."""
        return [self._button(action) for action in actions if self.fits_button(action)]

    def _button(self, action: Action) -> Body:
        title = self._title(action)
        if action.kind != "link":
            return {"type": "postback", "title": title, "payload": self._payload(action)}
        if number := _dialled(action.value):
            return {"type": "phone_number", "title": title, "payload": number}
        return {"type": "web_url", "title": title, "url": action.value}

    def replies(self, actions: Iterable[Action]) -> list[Body]:
        """Quick replies."""
        return [
            {"content_type": "text", "title": self._title(action), "payload": self._payload(action)}
            for action in actions
        ]

    def calls(self, person: Person) -> list[Body]:
        """Buttons that call a contact's numbers; only those with a country code can be called."""
        if not self.limits.calls:
            return []
        found = [
            {"type": "phone_number", "title": clip(" ".join(key.split()) or value, TITLE), "payload": number}
            for key, value, kind in person.properties
            if kind.lower().startswith("phone") and (number := _dialled(f"tel:{value}"))
        ]
        return found[:MOST_BUTTONS]

    def _title(self, action: Action) -> str:
        label = _label(action)
        if len(label) > TITLE and action.place is not None:
            label = f"{action.place + 1}. {label}"
        return clip(label, TITLE)

    def _payload(self, action: Action) -> str:
        number = str((action.place or 0) + 1)
        payload = action.value if action.value.strip() else action.title
        if len(payload) <= PAYLOAD and not (self.numbered and self._meant_by(payload) not in (None, action.place)):
            return payload
        others = (text for text in (number, action.title) if len(text) <= PAYLOAD)
        return next((text for text in others if self._meant_by(text) == action.place), number)

    def _meant_by(self, text: str) -> int | None:
        """The place of the choice that an answer names by its label, which goes first, or by its number."""
        said = text.strip().casefold()
        labels = [action.title.casefold() for action in self.choices]
        numbers = [str(place) for place in range(1, len(labels) + 1)]
        for names, name in ((labels, said), (numbers, said.rstrip(".)"))):
            if name in names:
                return names.index(name)
        return None


def _label(action: Action) -> str:
    """The title on one line; instead of a blank one the number of a choice, or where a link leads."""
    other = action.value if action.kind == "link" else str((action.place or 0) + 1)
    return " ".join(action.title.split()) or other


def _dialled(url: str) -> str:
    """The number of a `tel:` link in international form; empty for all else."""
    if not url.lower().startswith("tel:"):
        return ""
    number = re.sub(r"[\s().\-/]", "", url[4:].partition(";")[0])
    return number if _NUMBER.fullmatch(number) else ""


def _most(action: Action) -> int:
    """The longest value that a button holds; a URL has a limit of its own in messages."""
    return PAYLOAD if action.kind != "link" else len(action.value)
