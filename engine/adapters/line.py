"""Line: LINE official accounts, by the Messaging API.

The surprise: an answer within a minute of the customer's message is free, by a token that works once. Whatever comes
later is a push message, which counts against the month's allowance.
"""

import base64
import hmac
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from engine.adapters import _line_drawn
from engine.adapters._base import Envelope, Provider, Rendered
from engine.adapters._blocks import blocks_of, choices_of
from engine.adapters._bubbles import Bubble
from engine.adapters._connecting import Allowance, Ask, Connected, Refused
from engine.adapters._errors import body_of
from engine.adapters._inbound import Incoming, Person, Thing, Unverified
from engine.adapters._line_errors import error_of
from engine.adapters._line_inbound import profile_of, profile_path, things_of
from engine.adapters._line_render import Composer
from engine.adapters._outcomes import SendError, Sent
from engine.adapters._shapes import OF_SERVER, Opaque
from engine.adapters._start import StartMessages
from hubster.lib.http import Answer, Outgoing, ProtocolFailure

MOST_MESSAGES = 5  # of one request
_DATA_API = "HUBSTER_LINE_DATA_API"
_QUOTA = ("message/quota", "message/quota/consumption")
TYPING = 10  # seconds that the sign of somebody who types stays, unless a message comes


class Config(StartMessages):
    """developers.line.biz: the secret is on the channel's tab "Basic settings", the token on "Messaging API"."""

    channel_secret: Opaque = Field(
        title="Channel secret", description="At developers.line.biz: your channel, tab “Basic settings”."
    )
    channel_access_token: Opaque = Field(
        title="Channel access token",
        description="At developers.line.biz: your channel, tab “Messaging API”, “Channel access token (long-lived)”.",
    )
    basic_id: str | None = Field(**OF_SERVER)


class Line(Provider):
    """Facts and translations of the Line channel."""

    name = "Line"
    title = "LINE"
    sentence = gettext_lazy("Customers write to your LINE official account.")
    icon = "chat"
    colour = "#067a3c"
    number = 103
    types = ("Customer",)
    config = Config
    secret_keys = ("channelSecret", "channelAccessToken")
    api_setting = "HUBSTER_LINE_API"
    guide = "line"
    api_version = "v2"
    metered = True
    has_profiles = True
    shows = frozenset({"typing_on", "seen"})

    # --- set-up ----------------------------------------------------------------------------------------------
    def connect(self, config: dict[str, Any], hook: str, ask: Ask, check: Callable[[str], None]) -> Connected:
        """Look the account up, and have its events sent here."""
        found = self._answer(ask(self._call(config, "GET", "info")))
        check(str(found["userId"]))
        self._answer(ask(self._call(config, "PUT", "channel/webhook/endpoint", {"endpoint": hook})))
        name = str(found.get("displayName") or found["userId"])
        said = _("Connected to “%(name)s”. At developers.line.biz, tab “Messaging API”, switch “Use webhook” on, and "
                 "“Auto-reply messages” off.") % {"name": name}  # fmt: skip
        return Connected(str(found["userId"]), {**config, "basicId": found.get("basicId")}, said)

    def chat_link(self, config: dict[str, Any]) -> str:
        """https://developers.line.biz/en/docs/messaging-api/using-line-url-scheme/"""
        return f"https://line.me/R/ti/p/{quote(config['basicId'], safe='')}" if config.get("basicId") else ""

    def allowance(self, config: dict[str, Any], answers: Sequence[Answer]) -> Outgoing | Allowance:
        """…/reference/messaging-api/#get-quota and #get-consumption. Answers to what a customer wrote do not count."""
        if answers and answers[-1].status != 200:
            raise error_of(answers[-1])
        if len(answers) < len(_QUOTA):
            return self._call(config, "GET", _QUOTA[len(answers)])
        quota, consumption = map(body_of, answers)
        most = None if quota["type"] == "none" else int(quota["value"])
        return Allowance(most, int(consumption["totalUsage"]))

    def profile(self, config: dict[str, Any], who: Person, answers: Sequence[Answer]) -> Outgoing | Mapping[str, str]:
        """…/reference/messaging-api/#get-profile, #get-group-member-profile, #get-room-member-profile."""
        if not answers:
            path = profile_path(who)
            return self._call(config, "GET", path) if path else {}
        if answers[-1].status != 200:
            raise error_of(answers[-1])
        return profile_of(body_of(answers[-1]))

    def _answer(self, answer: Answer) -> dict[str, Any]:
        """The object in an answer; raises `Refused` with what to correct, NetworkError when LINE can't say now."""
        if answer.status == 429 or answer.status >= 500:
            raise ProtocolFailure(f"LINE answered with HTTP {answer.status}.")
        if answer.status in (401, 403):
            raise Refused("channelAccessToken", _("is not accepted by LINE. Issue a new one, and copy it whole."))
        if answer.status >= 400:
            reason = str(body_of(answer).get("message") or f"HTTP {answer.status}")[:200]
            raise Refused("channelAccessToken", _("is right, but LINE does not take our address: %(reason)s. It must "
                                                  "begin with https://.") % {"reason": reason})  # fmt: skip
        return body_of(answer)

    # --- in --------------------------------------------------------------------------------------------------
    def verify(self, config: dict[str, Any], request: Incoming) -> None:
        """The body is signed with the channel secret."""
        mac = hmac.new(str(config["channelSecret"]).encode(), request.body, "sha256").digest()
        given = request.headers.get("x-line-signature", "").encode()
        if not hmac.compare_digest(given, base64.b64encode(mac)):
            raise Unverified("wrong signature")

    def parse(self, config: dict[str, Any], body: bytes) -> list[Thing]:
        """All events; a test of the address has none."""
        return things_of(body)

    def fetch(self, config: dict[str, Any], ref: Mapping[str, Any], answers: Sequence[Answer]) -> Outgoing | None:
        """A file comes from a host of its own; a long video only when LINE has prepared it (202)."""
        if not answers:
            origin = str(getattr(settings, _DATA_API)).rstrip("/")
            url = f"{origin}/{self.api_version}/bot/message/{quote(str(ref['id']), safe='')}/content"
            return Outgoing("GET", url, self._login(config))
        last = answers[-1]
        if last.status == 200:
            return None
        if last.status == 202:
            text = _("LINE is still preparing the file. It is asked for again; there is nothing to do.")
            raise SendError("ENG007511", text, retryable=True)
        raise error_of(last)

    # --- out -------------------------------------------------------------------------------------------------
    def render(self, config: dict[str, Any], envelope: Envelope) -> Rendered:
        """Requests of up to five messages: the first as an answer while that is free, all others as push messages."""
        if envelope.activity["type"] == "event":
            return self._signal(config, envelope, str(envelope.activity["event"]["type"]))
        blocks = blocks_of(envelope.activity["message"], self.name)
        composed = Composer(envelope.delivery_id).compose(blocks)
        chunks = [composed.messages[at : at + MOST_MESSAGES] for at in range(0, len(composed.messages), MOST_MESSAGES)]
        requests = tuple(self._send(config, envelope, part, chunk) for part, chunk in enumerate(chunks))
        return Rendered(requests, tuple(composed.notes), choices_of(blocks))

    def _send(self, config: dict[str, Any], envelope: Envelope, part: int, messages: list[dict[str, Any]]) -> Outgoing:
        """LINE knows a push message again by its key, an answer not at all."""
        if envelope.reply_token and part == 0:
            content = {"replyToken": envelope.reply_token, "messages": messages}
            return self._call(config, "POST", "message/reply", content, repeatable=False)
        key = uuid.uuid5(uuid.UUID(envelope.delivery_id), f"{envelope.replays}:{part}")
        content = {"to": envelope.scope or envelope.address, "messages": messages}
        return self._call(config, "POST", "message/push", content, str(key))

    def _signal(self, config: dict[str, Any], envelope: Envelope, kind: str) -> Rendered:
        if kind == "payload":
            return Rendered(degraded=(_("LINE shows no events of this kind."),))
        if kind == "typing_on" and not envelope.scope:
            content = {"chatId": envelope.address, "loadingSeconds": TYPING}
            return Rendered((self._call(config, "POST", "chat/loading/start", content),))
        if kind == "seen" and envelope.read_token:
            content = {"markAsReadToken": envelope.read_token}
            return Rendered((self._call(config, "POST", "chat/markAsRead", content),))
        return Rendered()

    def drawn(self, requests: Sequence[Outgoing]) -> list[Bubble]:
        return _line_drawn.drawn(requests)

    def outcome(self, answer: Answer) -> Sent:
        """The ids of the messages; 409 says that LINE has taken this very request before."""
        if not (200 <= answer.status < 300 or answer.status == 409):
            raise error_of(answer)
        taken = body_of(answer).get("sentMessages") or []
        return Sent(tuple(str(message["id"]) for message in taken))

    def _call(
        self,
        config: dict[str, Any],
        method: str,
        path: str,
        content: Any = None,
        key: str = "",
        repeatable: bool = True,
    ) -> Outgoing:
        """A call of the bot's part of the API; with a key LINE knows it again."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        kind = {"Content-Type": "application/json"} if body else {}
        known = {"X-Line-Retry-Key": key} if key else {}
        url = f"{self.api}/{self.api_version}/bot/{path}"
        return Outgoing(method, url, {**self._login(config), **kind, **known}, body, repeatable)

    def _login(self, config: dict[str, Any]) -> dict[str, str]:
        return {"Authorization": f"Bearer {config['channelAccessToken']}"}


ADAPTER = Line()
