"""Viber: a bot of the business, by Viber's REST API.

Two surprises: HTTP says 200 whatever happens, the body has the status; and Viber tests an address while it is being
registered, so the address has to answer before the integration is there.
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from engine.adapters import _viber_drawn
from engine.adapters._base import Envelope, Provider, Rendered
from engine.adapters._blocks import blocks_of, choices_of
from engine.adapters._bubbles import Bubble
from engine.adapters._connecting import Ask, Connected, Refused
from engine.adapters._errors import body_of
from engine.adapters._files import next_request
from engine.adapters._inbound import Incoming, Thing, Unverified
from engine.adapters._outcomes import Sent
from engine.adapters._shapes import OF_SERVER, Opaque
from engine.adapters._start import StartMessages
from engine.adapters._text import clip
from engine.adapters._viber_errors import BAD_URL, BUSY, OK, error_of, file_error, reason_of, status_of
from engine.adapters._viber_in import is_test, things_of
from engine.adapters._viber_out import Writer
from hubster.lib.http import Answer, Outgoing, ProtocolFailure

SENDER = 28  # characters of the name that customers see
EVENTS = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started")


class Config(StartMessages):
    """The token on the bot's page: in Viber, or at partners.viber.com."""

    auth_token: Opaque = Field(
        title="Authentication token",
        description="In Viber: More, Settings, Bots, your bot, “Edit info”, “Your app key”.",
    )
    sender_name: str | None = Field(
        default=None,
        max_length=SENDER,
        title="Sender name",
        description="The name that customers see above messages. Leave it empty for the bot's own name.",
    )
    bot_name: str | None = Field(**OF_SERVER)
    uri: str | None = Field(**OF_SERVER)


class Viber(Provider):
    """One bot, one integration."""

    name = "Viber"
    sentence = gettext_lazy("Customers write to your Viber bot.")
    icon = "chat"
    number = 109
    colour = "#5b4fa3"
    types = ("Customer",)
    config = Config
    secret_keys = ("authToken",)
    api_setting = "HUBSTER_VIBER_API"
    guide = "viber"
    tests_hook = True
    shows = frozenset()

    # --- set-up ----------------------------------------------------------------------------------------------
    def connect(self, config: dict[str, Any], hook: str, ask: Ask, check: Callable[[str], None]) -> Connected:
        """Look the bot up, and have its events sent here; Viber calls `hook` before it answers."""
        found = self._ask(ask, config, "get_account_info", {})
        account, name = str(found["id"]), str(found.get("name") or "")
        check(account)
        wanted = {"url": hook, "event_types": EVENTS, "send_name": True, "send_photo": True}
        self._ask(ask, config, "set_webhook", wanted)
        known = {"botName": name or None, "uri": found.get("uri") or None}
        return Connected(account, {**config, **known}, _("Connected to “%(name)s”.") % {"name": name or account})

    def disconnect(self, config: dict[str, Any], ask: Ask) -> None:
        """An empty address takes the webhook away."""
        ask(self._call(config, "set_webhook", {"url": ""}))

    def chat_link(self, config: dict[str, Any]) -> str:
        """https://developers.viber.com/docs/tools/deep-links/"""
        return f"viber://pa?chatURI={quote(config['uri'], safe='')}" if config.get("uri") else ""

    def _ask(self, ask: Ask, config: dict[str, Any], method: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """The object in an answer; raises `Refused` with what to correct, NetworkError when Viber can't say now."""
        answer = ask(self._call(config, method, content))
        status = status_of(answer)
        if status is None or status == BUSY:
            raise ProtocolFailure(_("Viber answered: %(reason)s.") % {"reason": reason_of(answer)})
        if status == BAD_URL:
            text = _("is right, but Viber does not take our address (%(reason)s). Ask the operator to check the "
                     "installation's public address, which must begin with https://.")  # fmt: skip
            raise Refused("authToken", text % {"reason": reason_of(answer)})
        if status != OK:
            text = _("is not accepted by Viber (%(reason)s). Copy it again from the bot's page.")
            raise Refused("authToken", text % {"reason": reason_of(answer)})
        return body_of(answer)

    # --- in --------------------------------------------------------------------------------------------------
    def verify(self, config: dict[str, Any], request: Incoming) -> None:
        """The body is signed with the token."""
        wanted = hmac.new(str(config["authToken"]).encode(), request.body, "sha256").hexdigest()
        given = request.headers.get("x-viber-content-signature", "")
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            raise Unverified("wrong signature")

    def is_test(self, request: Incoming) -> bool:
        """The event `webhook`, which comes once, while the address is registered."""
        return is_test(request.body)

    def parse(self, config: dict[str, Any], body: bytes) -> list[Thing]:
        """One event."""
        return things_of(body)

    def fetch(self, config: dict[str, Any], ref: Mapping[str, Any], answers: Sequence[Answer]) -> Outgoing | None:
        """The file is at an address that holds for an hour."""
        return next_request(str(ref["url"]), answers, file_error)

    # --- out -------------------------------------------------------------------------------------------------
    def render(self, config: dict[str, Any], envelope: Envelope) -> Rendered:
        """A request for each message; buttons for all of them are below the last."""
        message = envelope.activity.get("message")
        if message is None:
            return self._signal(str(envelope.activity["event"]["type"]))
        blocks = blocks_of(message, self.name)
        writer = Writer(envelope.delivery_id).write(blocks)
        sender = {"name": config.get("senderName") or clip(config.get("botName") or _("Bot"), SENDER)}
        common = {"receiver": envelope.address, "min_api_version": 1, "sender": sender}
        # Viber does not know a message again, so one that may have arrived is not sent twice.
        requests = [
            self._call(config, "send_message", {**common, **each}, repeatable=False) for each in writer.messages
        ]
        return Rendered(tuple(requests), tuple(writer.notes), choices_of(blocks), writer.numbered)

    def _signal(self, kind: str) -> Rendered:
        """Viber has no signs of typing, and none that a bot has read something."""
        return Rendered(degraded=(_("Viber shows no events of this kind."),)) if kind == "payload" else Rendered()

    def drawn(self, requests: Sequence[Outgoing]) -> list[Bubble]:
        return _viber_drawn.drawn(requests)

    def outcome(self, answer: Answer) -> Sent:
        """The token of the message, by which receipts name it."""
        if status_of(answer) != OK:
            raise error_of(answer)
        token = body_of(answer).get("message_token")
        return Sent((str(token),) if token else ())

    def _call(
        self, config: dict[str, Any], method: str, content: Mapping[str, Any], repeatable: bool = True
    ) -> Outgoing:
        """A call of the API, which is POST always."""
        headers = {"X-Viber-Auth-Token": config["authToken"], "Content-Type": "application/json"}
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        return Outgoing("POST", f"{self.api}/pa/{method}", headers, body, repeatable)


ADAPTER = Viber()
