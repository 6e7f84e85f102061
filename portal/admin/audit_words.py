"""The audit log in plain words: actions, properties and values as a shop manager would say them."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NOUNS = {
    "hub": "hub",
    "integration": "integration",
    "transfer": "transfer command",
    "response": "response command",
    "dynamic": "dynamic command",
    "member": "member",
    "client": "API client",
    "secret": "secret",
    "tenant": "tenant",
    "job": "job",
}
VERBS = {
    "created": "Added",
    "added": "Added",
    "updated": "Changed",
    "deleted": "Deleted",
    "keys_rotated": "Made new signing keys for",
    "password_set": "Set the password of",
    "enabled": "Switched on",
    "disabled": "Switched off",
    "endpoint_paused": "Paused the webhook of",
    "endpoint_resumed": "Resumed the webhook of",
    "endpoint_ordered": "Changed the order of deliveries to",
    "deliveries_replayed": "Sent deliveries again for",
    "deliveries_sent_now": "Sent waiting deliveries now for",
    "started": "Asked for a run of",
}
TONES = {"created": "good", "added": "good", "enabled": "good", "deleted": "bad", "disabled": "bad"}

_PROPERTIES = {
    "bindingPublicKey": "public key for binding tokens",
    "botFailures": "failed calls of the bot until agents take over",
    "botPatience": "seconds until agents take over from a silent bot",
    "closeDormantConversation": "close after days of silence",
    "configuration.allowedOrigins": "websites",
    "configuration.integrationType": "who is at this end",
    "configuration.start": "welcome messages",
    "handbackAfter": "minutes of silence until the bot answers again",
    "handoverPhrases": "phrases that ask for an agent",
    "integrationTypeId": "for whom",
    "linkDescription": "link text",
    "mountDelay": "delay in milliseconds",
    "maySignIn": "may sign in",
    "trustRandomBindings": "trust random bindings",
    "type": "kind",
    "clientId": "client id",
    "wentWithIt": "deleted with it",
}
_SHOUTED = {"url": "URL", "id": "id", "api": "API"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def action_words(action: str) -> str:
    """`hub.updated` as “Changed hub”."""
    noun, _, verb = action.partition(".")
    return f"{VERBS.get(verb, verb.replace('_', ' ').capitalize())} {NOUNS.get(noun, noun)}"


def property_words(name: str) -> str:
    """`configuration.webhookUrl` as “webhook URL”."""
    if name in _PROPERTIES:
        return _PROPERTIES[name]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removeprefix("configuration.")).lower().split()
    return " ".join(_SHOUTED.get(word, word) for word in words)


def count_words(counts: dict[str, int]) -> str:
    """`{"integrations": 3}` as “3 integrations”."""
    return ", ".join(f"{count} {name.removesuffix('s') if count == 1 else name}" for name, count in counts.items())


def summary(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """What changed, in short: names of properties for a change, what went with it for a deletion."""
    if before is not None and after is not None:
        return ", ".join(property_words(name) for name in {**before, **after})
    gone = (before or {}).get("wentWithIt")
    return f"with {count_words(gone)}" if gone else ""


@dataclass(frozen=True)
class Shown:
    """A value as the page shows it. `kind` is one of none, text, lines, moment and nested."""

    kind: str
    value: Any = None


def shown(value: Any) -> Shown:
    """A stored value."""
    if value is None:
        return Shown("none")
    if isinstance(value, bool):
        return Shown("text", "yes" if value else "no")
    if isinstance(value, str):
        return Shown("moment", datetime.fromisoformat(value)) if _MOMENT.fullmatch(value) else Shown("text", value)
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return Shown("lines", value)
    if isinstance(value, list | dict):
        return Shown("nested", json.dumps(value, indent=2, ensure_ascii=False))
    return Shown("text", str(value))


@dataclass(frozen=True)
class Line:
    """A property before and after."""

    label: str
    before: Shown
    after: Shown


def lines(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Line]:
    """Property by property; what went with a deletion is told elsewhere."""
    old, new = before or {}, after or {}
    names = [name for name in {**old, **new} if name != "wentWithIt"]
    return [Line(_capital(property_words(name)), shown(old.get(name)), shown(new.get(name))) for name in names]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
