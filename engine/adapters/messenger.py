"""Facebook Messenger: one page, one integration, by Meta's Send API.

The surprise: who wrote a message decides whether it may go. Bots have 24 hours after the customer's last message.
People have 7 days, but then their messages must say so; a bot's that said so would put the page at risk.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from engine.adapters import _meta_drawn
from engine.adapters._base import Envelope, Rendered
from engine.adapters._blocks import choices_of
from engine.adapters._bubbles import Bubble
from engine.adapters._connecting import Ask, Connected, Refused
from engine.adapters._errors import body_of
from engine.adapters._inbound import Person, Thing
from engine.adapters._meta import Meta, PageConfig, setting
from engine.adapters._meta_buttons import Limits
from engine.adapters._meta_errors import error_of, send_error
from engine.adapters._meta_events import things_of
from engine.adapters._meta_media import next_request
from engine.adapters._meta_render import Composer
from engine.adapters._shapes import Opaque
from engine.adapters._windows import Window, open_window
from hubster.lib.http import Answer, Outgoing

FIELDS = (
    "messages", "messaging_postbacks", "message_deliveries", "message_reads", "message_echoes", "messaging_optins",
    "messaging_referrals", "message_reactions", "message_edits", "standby",
    "messaging_handovers",
)  # fmt: skip
_ACTIONS = {"typing_on": "typing_on", "typing_off": "typing_off", "seen": "mark_seen"}


class Config(PageConfig):
    """The app's dashboard at developers.facebook.com: Messenger, API settings, "Generate access tokens"."""

    page_access_token: Opaque = Field(
        title="Page access token",
        description='Found at developers.facebook.com: your app, Messenger, API settings, "Generate access tokens".',
    )


@dataclass(frozen=True)
class Account:
    """The account of a token.

    The app is subscribed to the `fields` of `node`; `known` goes into the configuration.
    """

    id: str
    name: str
    node: str
    known: Mapping[str, str]
    fields: str = ",".join(FIELDS)


class Messenger(Meta):
    """Facts and translations of the Messenger channel."""

    name = "Messenger"
    title: ClassVar[Any] = "Facebook Messenger"
    sentence: ClassVar[Any] = gettext_lazy("Customers write to your Facebook page.")
    icon = "forum"
    number = 101
    colour = "#0b5fd0"
    types = ("Customer",)
    config: ClassVar[type[PageConfig]] = Config
    secret_keys = ("pageAccessToken", "appSecret")
    configurable = False
    token_key = "pageAccessToken"
    account_key: ClassVar[str] = "pageId"
    limits: ClassVar[Limits] = Limits("Messenger")
    has_profiles = True
    person_fields: ClassVar[str] = "first_name,last_name"
    windows = (Window(86_400, tag="RESPONSE"), Window(7 * 86_400, frozenset({"human"}), "HUMAN_AGENT"))

    def chat_link(self, config: dict[str, Any]) -> str:
        """https://developers.facebook.com/docs/messenger-platform/discovery/m-me-links"""
        return f"https://m.me/{config['pageId']}" if config.get("pageId") else ""

    def connect(self, config: dict[str, Any], hook: str, ask: Ask, check: Callable[[str], None]) -> Connected:
        """Look up the account and the app of the token, and subscribe the app to the account."""
        found = self.account_of(config, ask)
        check(found.id)
        known = {**config, **found.known, "appId": self.app_id(config, ask)}
        self.asked(ask, config, "POST", f"{found.node}/subscribed_apps", subscribed_fields=found.fields)
        return Connected(found.id, known, self.news(config, found.name, hook))

    def account_of(self, config: dict[str, Any], ask: Ask) -> Account:
        """The page of the token."""
        page = self.asked(ask, config, "GET", "me", fields="id,name")
        page_id = self.found_id(page)
        return Account(page_id, str(page.get("name") or page_id), page_id, {"pageId": page_id})

    def found_id(self, found: Mapping[str, Any], key: str = "id", why: str = "") -> str:
        """An id that Meta gave; raises `Refused` without one."""
        if not found.get(key):
            other = _(
                "Meta names no account for this token. Create a new one in the app's dashboard, and give it here."
            )
            raise Refused(self.token_key, why or other)
        return str(found[key])

    def app_id(self, config: dict[str, Any], ask: Ask) -> str:
        """The id of the token's app; that of ours where the token may not ask. Empty when nobody says."""
        try:
            found = self.asked(ask, config, "GET", "app").get("id")
        except Refused:
            found = None
        return str(found or setting("HUBSTER_META_APP_ID"))

    def sharers(self, config: dict[str, Any], ask: Ask) -> list[tuple[str, str]]:
        """The Instagram account that is linked to the page."""
        page = self.asked(ask, config, "GET", str(config.get("pageId", "me")), fields="instagram_business_account")
        linked = page.get("instagram_business_account") or {}
        return [("Instagram", str(linked["id"]))] if linked else []

    def disconnect(self, config: dict[str, Any], ask: Ask) -> None:
        """End the page's subscription."""
        self.asked(ask, config, "DELETE", f"{config.get('pageId', 'me')}/subscribed_apps")

    def parse(self, config: dict[str, Any], body: bytes) -> list[Thing]:
        """Everything that is said of this account."""
        return things_of(body, str(config.get(self.account_key) or ""), str(config.get("appId") or ""))

    def fetch(self, config: dict[str, Any], ref: Mapping[str, Any], answers: Sequence[Answer]) -> Outgoing | None:
        """Files have public addresses, for a while."""
        return next_request(ref, answers)

    def profile(self, config: dict[str, Any], who: Person, answers: Sequence[Answer]) -> Outgoing | Mapping[str, str]:
        """…/messenger-platform/identity/user-profile. Its picture is left out, as the address ends after some days."""
        if not answers:
            return self.graph(config, "GET", quote(who.value, safe=""), fields=self.person_fields)
        if error := error_of(answers[-1], self.errors):
            raise send_error(error, answers[-1], self.name)
        found = body_of(answers[-1])
        name = " ".join(filter(None, (found.get("first_name"), found.get("last_name")))) or found.get("name")
        return {"full name": name or found.get("username") or "", "username": found.get("username") or ""}

    def render(self, config: dict[str, Any], envelope: Envelope) -> Rendered:
        """A message for each part, or the action that shows a signal."""
        if envelope.activity["type"] == "event":
            return self._signal(config, envelope, str(envelope.activity["event"]["type"]))
        composed = Composer(envelope.activity["message"], self.limits).compose()
        kind = self._messaging_type(envelope)
        requests = (self._send(config, envelope, {**kind, "message": body}) for body in composed.bodies)
        return Rendered(
            tuple(replace(request, repeatable=False) for request in requests),
            tuple(composed.notes), choices_of(composed.blocks), composed.buttonry.numbered,
        )  # fmt: skip

    def drawn(self, requests: Sequence[Outgoing]) -> list[Bubble]:
        return _meta_drawn.drawn(requests)

    def _signal(self, config: dict[str, Any], envelope: Envelope, kind: str) -> Rendered:
        if kind in _ACTIONS and "tag" in self._messaging_type(envelope):
            return Rendered()  # a tag is for what a person writes
        if kind in _ACTIONS:
            return Rendered((self._send(config, envelope, {"sender_action": _ACTIONS[kind]}),))
        return Rendered(degraded=(_("%(channel)s shows no events of this kind.") % {"channel": self.name},))

    def _messaging_type(self, envelope: Envelope) -> dict[str, str]:
        """By the window that is open now. None is open in a preview only, as the sender calls nobody then."""
        window = open_window(self.windows, envelope.last_said, envelope.timestamp, envelope.author)
        if window and window.tag == "HUMAN_AGENT":
            return {"messaging_type": "MESSAGE_TAG", "tag": window.tag}
        return {"messaging_type": "RESPONSE"}

    def _send(self, config: dict[str, Any], envelope: Envelope, body: dict[str, Any]) -> Outgoing:
        sender = "me" if config.get("pageId") else config.get("accountId", "me")  # pages are known by their tokens
        return self.graph(config, "POST", f"{sender}/messages", {"recipient": {"id": envelope.address}, **body})


ADAPTER = Messenger()
