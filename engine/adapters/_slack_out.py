"""Messages for agents as Slack shows them: plain texts, and rows of buttons below. Nothing of a customer is markup."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from engine.activity import summary
from engine.adapters._base import Envelope
from engine.adapters._blocks import Action, Block, Buttons, Card, Text, as_text
from engine.adapters._slack_text import escaped, unit
from engine.adapters._text import clip, cut

MARK = "hubster:"  # how the id of a thread's first block begins
SAY, PICK = "say", "pick"  # a button says its value, or the choice at a place
TEXT, BUTTON, VALUE, LINK, NAME, TOLD = 3_900, 75, 2_000, 3_000, 80, 1_000  # characters
ROW, ROWS = 25, 40  # buttons of a block, blocks of a message
HANDOVER, TAKEOVER, HANDBACK = "hubster.handover", "hubster.takeover", "hubster.handback"
Body = dict[str, Any]


def opening(envelope: Envelope) -> Body:
    """The message that begins a conversation's thread: who the customer is, and what agents do most."""
    profile = envelope.conversation_properties.get("profile") or {}
    name = str(profile.get("full name") or _("A customer"))
    lines = [f"*{escaped(_bare(name))}*"]
    lines += [escaped(_bare(str(profile[key]))) for key in ("device", "email", "phone") if profile.get(key)]
    words = ((_("Take over"), "::takeover"), (_("Hand back to the bot"), "::handback"), (_("Commands"), "::help"))
    section = {"type": "section", "block_id": f"{MARK}{envelope.conversation_id}",
               "text": {"type": "mrkdwn", "text": clip("  ·  ".join(lines), 2_900)}}  # fmt: skip
    buttons = [_button(number, label, {"value": typed}, SAY) for number, (label, typed) in enumerate(words)]
    text = _("New conversation with %(name)s. Reply in this thread.") % {"name": name}
    return {"text": clip(escaped(text), TEXT), "blocks": [section, {"type": "actions", "elements": buttons}]}


def begins(activity: Mapping[str, Any]) -> bool:
    """True for what is worth a thread of its own: all but news of a conversation that others hold."""
    event = activity.get("event")
    return event is None or event.get("payloadType") == HANDOVER


def voice(envelope: Envelope) -> Body:
    """The name and the picture under which a message stands; empty for the platform, which has those of the app."""
    kind = (envelope.activity.get("sender") or {}).get("integrationType")
    if kind == "Bot":
        return {"username": _("Bot")}
    if kind != "Customer":
        return {}
    profile = envelope.conversation_properties.get("profile") or {}
    name, picture = str(profile.get("full name") or ""), str(profile.get("avatar") or "")
    shown = {"username": clip(_bare(name), NAME)} if name.strip() else {}
    return {**shown, "icon_url": picture} if picture.startswith("https://") and len(picture) <= LINK else shown


def event_bodies(event: Mapping[str, Any]) -> list[Body]:
    """News of who answers, with what was said meanwhile."""
    payload, kind = event.get("payload") or {}, event.get("payloadType")
    if kind == HANDOVER:
        lines = [_("The customer is waiting for an agent.")]
    elif kind == TAKEOVER:
        lines = [_("An agent took over.")]
    elif kind == HANDBACK:
        lines = [_("The bot replies again.")]
    else:
        return []
    lines += [_told(said) for said in payload.get("meanwhile") or []]
    return texts("\n".join(lines))


def _told(said: Mapping[str, Any]) -> str:
    names = {"Customer": _("Customer"), "Agent": _("Agent"), "Bot": _("Bot")}
    message = said.get("message") or {}
    text = str(message.get("text") or summary("message", message))
    return f"{names.get(str(said.get('sender')), 'Hubster')}: {clip(text, TOLD)}"


def texts(text: str) -> list[Body]:
    """A text in as many messages as it needs. Pictures that it links to are shown below it."""
    return [{"text": escaped(piece), "mrkdwn": False, "unfurl_links": False} for piece in cut(text, TEXT, unit)]


class Writer:
    """Turns blocks into messages of Slack. `notes` are sentences about what was changed."""

    def __init__(self, delivery_id: str) -> None:
        self.delivery_id = delivery_id
        self.notes: dict[str, None] = {}

    def write(self, blocks: Sequence[Block]) -> list[Body]:
        """All blocks in their order."""
        return [body for block in blocks for body in self._block(block)]

    def _block(self, block: Block) -> Iterator[Body]:
        if isinstance(block, Card | Buttons):
            words = "\n".join(filter(None, (block.words, block.picture, block.url))) if isinstance(block, Card) else ""
            yield from texts("\n".join(filter(None, (words, *self._beside(block.actions)))))
            yield from self._rows([action for action in block.actions if _fits(action)])
            return
        if not isinstance(block, Text):
            self.notes[_("Files, places and contacts are sent as texts and links.")] = None
        yield from texts(as_text(block))

    def _beside(self, actions: Iterable[Action]) -> list[str]:
        """Titles that are shortened, and links that make no button."""
        long = [action.title for action in actions if _fits(action) and len(action.title) > BUTTON]
        odd = [f"{action.title}: {action.value}" for action in actions if not _fits(action)]
        if long or odd:
            self.notes[_("What does not fit on a button stands in full above it.")] = None
        return [*long, *odd]

    def _rows(self, actions: Sequence[Action]) -> Iterator[Body]:
        elements = [self._element(number, action) for number, action in enumerate(actions)]
        rows = [elements[at : at + ROW] for at in range(0, len(elements), ROW)]
        for at in range(0, len(rows), ROWS):
            blocks = [{"type": "actions", "elements": row} for row in rows[at : at + ROWS]]
            yield {"text": " · ".join(escaped(action.title) for action in actions)[:TEXT], "blocks": blocks}

    def _element(self, number: int, action: Action) -> Body:
        if action.kind == "link":
            return _button(number, action.title, {"url": action.value}, "open")
        if action.value.strip() and len(action.value) <= VALUE:
            return _button(number, action.title, {"value": action.value}, SAY)
        return _button(number, action.title, {"value": f"{self.delivery_id}#{action.place}"}, PICK)


def _fits(action: Action) -> bool:
    return action.kind != "link" or len(action.value) <= LINK


def _button(number: int, title: str, more: Body, kind: str) -> Body:
    label = {"type": "plain_text", "text": clip(title.strip() or "…", BUTTON), "emoji": False}
    return {"type": "button", "action_id": f"{kind}:{number}", "text": label, **more}


def _bare(text: str) -> str:
    """On one line, without the signs that make text bold or slanted."""
    return " ".join(text.translate({ord(sign): None for sign in "*_~`"}).split())
