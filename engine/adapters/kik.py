"""Kik: a bot of the business, by Kik's API.

Kik closed its bot platform in 2022. The adapter is whole, for whoever reaches an API that speaks the same protocol;
its surprises: a postback's payload travels in the metadata of a suggested response, and an answer names no messages, so
that nothing can tell later whether one arrived.
"""

import base64
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from engine.adapters import _kik_drawn
from engine.adapters._base import Envelope, Provider, Rendered
from engine.adapters._blocks import blocks_of, choices_of
from engine.adapters._bubbles import Bubble
from engine.adapters._connecting import Ask, Connected, Refused
from engine.adapters._errors import body_of
from engine.adapters._files import next_request
from engine.adapters._inbound import Incoming, Thing, Unverified
from engine.adapters._kik_errors import error_of, file_error, reason_of
from engine.adapters._kik_in import things_of
from engine.adapters._kik_out import MOST_MESSAGES, Message, Writer
from engine.adapters._outcomes import Sent
from engine.adapters._shapes import Given, Opaque, shape
from engine.adapters._start import StartMessages
from hubster.lib.http import Answer, Outgoing, ProtocolFailure

Username = Annotated[Given, shape(r"[A-Za-z0-9_.]{2,32}", "a Kik user name: 2 to 32 letters, digits, dots and _")]
FEATURES = {
    "manuallySendReadReceipts": True,
    "receiveReadReceipts": False,
    "receiveDeliveryReceipts": False,
    "receiveIsTyping": False,
}


class Config(StartMessages):
    """dev.kik.com, "Configuration": the bot's user name and its API key."""

    username: Username = Field(title="User name", description="The bot's user name on dev.kik.com, without @.")
    api_key: Opaque = Field(title="API key", description="On dev.kik.com: your bot, “Configuration”.")


class Kik(Provider):
    """One bot, one integration."""

    name = "Kik"
    sentence = gettext_lazy("Customers write to your Kik bot.")
    closed = gettext_lazy(
        "Kik closed its bot platform in 2022. A bot can only be connected where its API still answers."
    )
    icon = "chat"
    number = 105
    colour = "#4d7c0f"
    types = ("Customer",)
    config = Config
    secret_keys = ("apiKey",)
    api_setting = "HUBSTER_KIK_API"
    guide = "kik"

    # --- set-up ----------------------------------------------------------------------------------------------
    def connect(self, config: dict[str, Any], hook: str, ask: Ask, check: Callable[[str], None]) -> Connected:
        """Read how the bot is set up, and have its messages sent here; a keyboard of its own stays."""
        found = self._answer(ask(self._call(config, "GET", "config")))
        account = str(config["username"]).lower()
        check(account)
        kept = {"staticKeyboard": found["staticKeyboard"]} if found.get("staticKeyboard") else {}
        wanted = {"webhook": hook, "features": FEATURES, **kept}
        self._answer(ask(self._call(config, "POST", "config", wanted)))
        return Connected(account, config, _("Connected to “%(name)s”.") % {"name": config["username"]})

    def chat_link(self, config: dict[str, Any]) -> str:
        """The bot's page, which opens the chat on phones."""
        return f"https://kik.me/{quote(str(config['username']), safe='')}"

    def _answer(self, answer: Answer) -> dict[str, Any]:
        """The object in an answer; raises `Refused` with what to correct, NetworkError when Kik can't say now."""
        if answer.status == 429 or answer.status >= 500:
            raise ProtocolFailure(_("Kik answered: %(reason)s.") % {"reason": reason_of(answer)})
        if answer.status in (401, 403):
            text = _("is not accepted by Kik for this user name (%(reason)s). Copy both again.")
            raise Refused("apiKey", text % {"reason": reason_of(answer)})
        if answer.status != 200:
            text = _("is right, but Kik does not take our address (%(reason)s). It must be public.")
            raise Refused("apiKey", text % {"reason": reason_of(answer)})
        return body_of(answer)

    # --- in --------------------------------------------------------------------------------------------------
    def verify(self, config: dict[str, Any], request: Incoming) -> None:
        """The body is signed with the API key, in capital letters."""
        wanted = hmac.new(str(config["apiKey"]).encode(), request.body, "sha1").hexdigest().upper()
        given = request.headers.get("x-kik-signature", "")
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            raise Unverified("wrong signature")

    def parse(self, config: dict[str, Any], body: bytes) -> list[Thing]:
        """All messages of a request."""
        return things_of(body)

    def fetch(self, config: dict[str, Any], ref: Mapping[str, Any], answers: Sequence[Answer]) -> Outgoing | None:
        """The file is at a public address."""
        return next_request(str(ref["url"]), answers, file_error)

    # --- out -------------------------------------------------------------------------------------------------
    def render(self, config: dict[str, Any], envelope: Envelope) -> Rendered:
        """Requests of up to five messages, which count as one against Kik's limit for a customer."""
        message = envelope.activity.get("message")
        if message is None:
            return self._signal(config, envelope, str(envelope.activity["event"]["type"]))
        blocks = blocks_of(message, self.name)
        writer = Writer().write(blocks)
        chunks = [writer.messages[at : at + MOST_MESSAGES] for at in range(0, len(writer.messages), MOST_MESSAGES)]
        # Kik does not know a message again, so one that may have arrived is not sent twice.
        requests = tuple(self._send(config, envelope, chunk, repeatable=False) for chunk in chunks)
        return Rendered(requests, tuple(writer.notes), choices_of(blocks), writer.numbered)

    def _signal(self, config: dict[str, Any], envelope: Envelope, kind: str) -> Rendered:
        if kind == "payload":
            return Rendered(degraded=(_("Kik shows no events of this kind."),))
        if kind in ("typing_on", "typing_off"):
            return Rendered((self._send(config, envelope, [{"type": "is-typing", "isTyping": kind == "typing_on"}]),))
        if envelope.read_token:
            receipt = {"type": "read-receipt", "messageIds": [envelope.read_token]}
            return Rendered((self._send(config, envelope, [receipt]),))
        return Rendered()

    def _send(
        self, config: dict[str, Any], envelope: Envelope, messages: Sequence[Message], repeatable: bool = True
    ) -> Outgoing:
        """Without a chat Kik takes the one between the bot and the customer."""
        to = {"to": envelope.address, **({"chatId": envelope.scope} if envelope.scope else {})}
        return self._call(config, "POST", "message", {"messages": [{**each, **to} for each in messages]}, repeatable)

    def drawn(self, requests: Sequence[Outgoing]) -> list[Bubble]:
        return _kik_drawn.drawn(requests)

    def outcome(self, answer: Answer) -> Sent:
        """An empty object: Kik names no messages."""
        if answer.status != 200:
            raise error_of(answer)
        return Sent()

    def _call(
        self, config: dict[str, Any], method: str, path: str, content: Any = None, repeatable: bool = True
    ) -> Outgoing:
        """A call of the API."""
        pair = base64.b64encode(f"{config['username']}:{config['apiKey']}".encode()).decode()
        body = b"" if content is None else json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        kind = {"Content-Type": "application/json"} if body else {}
        return Outgoing(method, f"{self.api}/v1/{path}", {"Authorization": f"Basic {pair}", **kind}, body, repeatable)


ADAPTER = Kik()
