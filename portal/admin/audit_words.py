"""The audit log in plain words: actions, properties and values as a shop manager would say them."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.shown import known_title

NOUNS: dict[str, Any] = {
    "hub": _("hub"),
    "integration": _("integration"),
    "transfer": _("page link"),
    "response": _("saved reply"),
    "dynamic": _("dynamic command"),
    "member": _("member"),
    "client": _("API client"),
    "secret": _("secret"),
    "tenant": _("tenant"),
    "job": _("job"),
    "contact": _("contact"),
}
VERBS: dict[str, Any] = {
    "created": _("Added %(noun)s"),
    "added": _("Added %(noun)s"),
    "updated": _("Changed %(noun)s"),
    "deleted": _("Deleted %(noun)s"),
    "keys_rotated": _("Rotated the signing keys of %(noun)s"),
    "password_set": _("Set the password of %(noun)s"),
    "enabled": _("Enabled %(noun)s"),
    "disabled": _("Disabled %(noun)s"),
    "endpoint_paused": _("Paused the webhook of %(noun)s"),
    "endpoint_resumed": _("Resumed the webhook of %(noun)s"),
    "endpoint_ordered": _("Changed the delivery order of %(noun)s"),
    "deliveries_replayed": _("Resent deliveries of %(noun)s"),
    "deliveries_sent_now": _("Sent waiting deliveries of %(noun)s"),
    "started": _("Ran %(noun)s"),
    "merged": _("Merged another contact into %(noun)s"),
    "unmerged": _("Undid a merge into %(noun)s"),
}
TONES = {"created": "good", "added": "good", "enabled": "good", "deleted": "bad", "disabled": "bad"}

_PROPERTIES: dict[str, Any] = {
    "account": _("account"),
    "bindingPublicKey": _("public key for binding tokens"),
    "botFailures": _("failed bot calls before agents take over"),
    "botPatience": _("bot time-out (seconds)"),
    "category": _("category"),
    "channel": _("channel"),
    "client": _("client"),
    "clientId": _("client ID"),
    "closeDormantConversation": _("close after (days without a message)"),
    "configuration.allowedOrigins": _("websites"),
    "configuration.echo": _("echo"),
    "configuration.events": _("messages to send"),
    "configuration.integrationType": _("used by"),
    "configuration.start": _("welcome message"),
    "configuration.webhookUrl": _("webhook URL"),
    "contact": _("merged contact"),
    "deliveries": _("deliveries"),
    "description": _("description"),
    "disclosesBots": _("bots say that they are bots"),
    "disclosureLanguage": _("default language of the bot disclosure"),
    "disclosureSilence": _("bot disclosure again after (hours)"),
    "disclosureTexts": _("texts of the bot disclosure"),
    "email": _("email"),
    "enabled": _("enabled"),
    "endpoint": _("webhook"),
    "evaluationEnds": _("trial ends"),
    "expiration": _("expires"),
    "firstName": _("first name"),
    "handbackAfter": _("return to bot after (minutes idle)"),
    "handoverPhrases": _("phrases that ask for a person"),
    "hub": _("hub"),
    "in_order": _("strict order"),
    "integrationTypeId": _("for"),
    "keepDays": _("keep messages for (days)"),
    "lastName": _("last name"),
    "linkDescription": _("link text"),
    "maySignIn": _("active"),
    "mountDelay": _("delay (milliseconds)"),
    "name": _("name"),
    "nextRun": _("next run"),
    "operator": _("operator"),
    "password": _("password"),
    "privateSigningKey": _("private key"),
    "publicSigningKey": _("public key"),
    "reason": _("reason"),
    "responses": _("messages"),
    "role": _("role"),
    "status": _("status"),
    "tenant": _("tenant"),
    "trustRandomBindings": _("trust random binding keys"),
    "type": _("type"),
    "url": _("URL"),
    "username": _("username"),
    "value": _("value"),
    "wentWithIt": _("deleted with it"),
}
_COUNTS: dict[str, Any] = {
    "hubs": ngettext_lazy("%(count)d hub", "%(count)d hubs", "count"),
    "integrations": ngettext_lazy("%(count)d integration", "%(count)d integrations", "count"),
    "commands": ngettext_lazy("%(count)d command", "%(count)d commands", "count"),
    "members": ngettext_lazy("%(count)d member", "%(count)d members", "count"),
    "secrets": ngettext_lazy("%(count)d secret", "%(count)d secrets", "count"),
    "conversations": ngettext_lazy("%(count)d conversation", "%(count)d conversations", "count"),
    "messages": ngettext_lazy("%(count)d message", "%(count)d messages", "count"),
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def action_words(action: str) -> str:
    """`hub.updated` as “Changed hub”."""
    noun, _, verb = action.partition(".")
    known = VERBS.get(verb, f"{verb.replace('_', ' ').capitalize()} %(noun)s")
    return str(known % {"noun": NOUNS.get(noun, noun)})


def property_words(name: str) -> str:
    """`configuration.webhookUrl` as “webhook URL”; of other properties the title that their channel gives them."""
    if name in _PROPERTIES:
        return str(_PROPERTIES[name])
    title = known_title(name.removeprefix("configuration."))
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def count_words(counts: dict[str, int]) -> str:
    """`{"integrations": 3}` as “3 integrations”."""
    words = {name: _COUNTS.get(name, f"%(count)d {name}") for name in counts}
    return ", ".join(str(words[name] % {"count": count}) for name, count in counts.items())


def summary(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """The change in short: names of properties for a change, what went with it for a deletion."""
    if before is not None and after is not None:
        return ", ".join(property_words(name) for name in {**before, **after})
    gone = (before or {}).get("wentWithIt")
    return gettext("with %(others)s") % {"others": count_words(gone)} if gone else ""


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
        return Shown("text", gettext("yes") if value else gettext("no"))
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
    """Property by property; what went with a deletion is shown elsewhere."""
    old, new = before or {}, after or {}
    names = [name for name in {**old, **new} if name != "wentWithIt"]
    return [Line(_capital(property_words(name)), shown(old.get(name)), shown(new.get(name))) for name in names]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
