"""The activity as clients see it, put together from stored parts."""

import uuid
from dataclasses import dataclass
from typing import Any, Literal, get_args

from django.utils.translation import ngettext

AuthorType = Literal["human", "bot", "rule", "plugin", "platform"]
AUTHOR_TYPES: tuple[str, ...] = get_args(AuthorType)


def summary(kind: str, content: dict[str, Any]) -> str:
    """A message in at most 200 characters, for lists and notifications; empty for events."""
    if kind != "message":
        return ""
    fields = ("text", "title", "label", "alt", "address", "url")
    words = next((content[field] for field in fields if content.get(field)), f"[{content['type']}]")
    return " ".join(str(words).split())[:200]


def emptied(kind: str, content: dict[str, Any], days: int) -> dict[str, Any]:
    """The rest of a content that is not kept any longer: a text that says so, or the bare event."""
    if kind == "message":
        text = ngettext("Content removed after %(count)d day", "Content removed after %(count)d days", days)
        return {"type": "text", "text": text % {"count": days}}
    bare: dict[str, Any] = {name: content[name] for name in ("type", "payloadType") if name in content}
    return {**bare, "payload": {}} if "payloadType" in bare else bare


@dataclass(frozen=True)
class Source:
    """Sender or recipient as an activity shows it."""

    integration_type: str
    integration_id: uuid.UUID | None = None
    channel_type: str | None = None
    token_id: str | None = None
    author_type: str | None = None  # of a sender, one of `AUTHOR_TYPES`

    def dump(self) -> dict[str, Any]:
        """In camelCase, without what is absent."""
        shown = {
            "integrationId": str(self.integration_id) if self.integration_id else None,
            "integrationType": self.integration_type,
            "channelType": self.channel_type,
            "tokenId": self.token_id,
            "authorType": self.author_type,
        }
        return {key: value for key, value in shown.items() if value is not None}


def compose(
    *, kind: str, event_id: int, external_id: str | None, echo: bool, interaction_id: uuid.UUID, flow: str,
    sender: Source, recipient: Source | None, content: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The activity as every client, webhook and socket sees it."""
    shown: dict[str, Any] = {
        "type": kind,
        "eventTrigger": f"{kind}:{sender.integration_type.lower()}",
        "eventId": event_id,
        "externalId": external_id,
        "isEcho": echo,
        "interactionId": str(interaction_id) if kind == "message" else None,
        "flowProcess": flow,
        "sender": sender.dump(),
        "recipient": recipient.dump() if recipient else None,
        kind: content,
    }
    return {key: value for key, value in shown.items() if value is not None}
