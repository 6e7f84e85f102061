"""Telegram: a bot of the business, in its own chats, in groups, and for owners of business accounts. Bot API 10.3."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from engine.activity import TYPING_ON
from engine.adapters import _telegram_drawn
from engine.adapters._base import Envelope, Provider, Rendered
from engine.adapters._blocks import blocks_of, choices_of
from engine.adapters._bubbles import Bubble
from engine.adapters._connecting import Ask, Connected, Refused
from engine.adapters._inbound import Incoming, Reply, Thing, Unknown, Unverified
from engine.adapters._outcomes import Sent
from engine.adapters._shapes import BotToken
from engine.adapters._start import StartMessages
from engine.adapters._telegram_buttons import may_be_quick
from engine.adapters._telegram_errors import read, refusal
from engine.adapters._telegram_in import message_key
from engine.adapters._telegram_out import Request, Writer
from engine.adapters._telegram_updates import PARSERS
from engine.adapters._windows import Window
from hubster.lib.http import Answer, Outgoing, ProtocolFailure

UPDATES = (
    "message", "edited_message", "callback_query", "my_chat_member", "business_connection", "business_message",
    "edited_business_message", "deleted_business_messages", "stopped_message_generation",
)  # fmt: skip
Raw = Mapping[str, Any]


class Config(StartMessages):
    """The token that Telegram's own bot @BotFather shows at the end of /newbot, and again on /token."""

    bot_token: BotToken = Field(
        title="Bot token",
        description="In Telegram, write to @BotFather: /newbot makes a bot and shows its token, /token shows it again.",
    )


class Telegram(Provider):
    """One bot, one integration. An address is a chat; its scope is the business connection, empty for the bot's own."""

    name = "Telegram"
    sentence = gettext_lazy("Customers write to your Telegram bot.")
    icon = "send"
    colour = "#1f6fb2"
    number = 104
    types = ("Customer",)
    config = Config
    secret_keys = ("botToken",)
    api_setting = "HUBSTER_TELEGRAM_API"
    guide = "telegram"
    api_version = "10.3"
    shows = frozenset({TYPING_ON})

    def windows_for(self, scope: str) -> tuple[Window, ...]:
        """Of a business account, only chats in which the customer wrote within a day. …/bots/api#businessbotrights"""
        return (Window(86_400),) if scope else ()

    def connect(self, config: dict[str, Any], hook: str, ask: Ask, check: Callable[[str], None]) -> Connected:
        """Asks who the bot is, then for its updates."""
        me = self._ask(ask, config, "getMe", {}, _("is not known to Telegram. Copy it again from @BotFather."))
        check(str(me["id"]))
        wanted = {"url": hook, "secret_token": _secret(config, hook), "allowed_updates": UPDATES}
        text = _("is right, but Telegram does not send to this installation (%(said)s). Ask its operator to check its "
                 "public address.")  # fmt: skip
        self._ask(ask, config, "setWebhook", wanted, text)
        return Connected(str(me["id"]), config, _("Connected to @%(name)s.") % {"name": me.get("username", "")})

    def disconnect(self, config: dict[str, Any], ask: Ask) -> None:
        """Updates are kept by Telegram for a day, and come when the bot is connected again."""
        ask(self._call(config, "deleteWebhook", {}))

    def verify(self, config: dict[str, Any], request: Incoming) -> None:
        """The secret that *connect* gave to Telegram."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode(), _secret(config, request.url).encode()):
            raise Unverified("the secret token is missing or wrong")

    def answer(self, request: Incoming) -> Reply:
        """A pressed button shows a clock until the press is answered; the answer to the webhook may do that."""
        try:
            query = json.loads(request.body).get("callback_query")
            done = {"method": "answerCallbackQuery", "callback_query_id": query["id"]} if query else None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            done = None
        return Reply(json.dumps(done), "application/json") if done else Reply()

    def parse(self, config: dict[str, Any], body: bytes) -> list[Thing]:
        """One update. https://core.telegram.org/bots/api#update"""
        update = json.loads(body)
        kind = next((name for name in update if name != "update_id"), "nothing")
        parse = PARSERS.get(kind)
        return parse(update[kind], update["update_id"]) if parse else [Unknown(kind)]

    def render(self, config: dict[str, Any], envelope: Envelope) -> Rendered:
        """Calls of methods, in the chat of the address."""
        event, message = envelope.activity.get("event"), envelope.activity.get("message")
        if event or not message:
            return self._render_event(config, envelope, event or {})
        blocks = blocks_of(message, self.name)
        own = not envelope.scope and not envelope.address.startswith("-")  # others have no keyboards of their own
        writer = Writer(quick=own and may_be_quick(blocks))
        writer.write(blocks)
        if own:
            _clear(writer.requests)
        calls = tuple(replace(self._in_chat(config, envelope, each), repeatable=False) for each in writer.requests)
        return Rendered(calls, tuple(writer.degraded), choices_of(blocks))

    def drawn(self, requests: Sequence[Outgoing]) -> list[Bubble]:
        return _telegram_drawn.drawn(requests)

    def outcome(self, answer: Answer) -> Sent | None:
        """The ids of the messages that were sent; an album is several."""
        found = read(answer)
        if not found.get("ok"):
            raise refusal(answer)
        result = found.get("result")
        sent = result if isinstance(result, list) else [result]
        return Sent(tuple(message_key(each) for each in sent if isinstance(each, dict)))

    def fetch(self, config: dict[str, Any], ref: Mapping[str, Any], answers: Sequence[Answer]) -> Outgoing | None:
        """First where the file is, which holds for an hour, then the file."""
        if not answers:
            return self._call(config, "getFile", {"file_id": ref["file_id"]})
        found = read(answers[0])
        if not found.get("ok"):
            raise refusal(answers[0])
        if len(answers) == 1:
            path = quote(str(found["result"]["file_path"]))
            return Outgoing("GET", f"{self.api}/file/bot{config['botToken']}/{path}")
        if answers[-1].status != 200:
            raise refusal(answers[-1])
        return None

    def _call(self, config: dict[str, Any], method: str, params: Raw) -> Outgoing:
        url = f"{self.api}/bot{config['botToken']}/{method}"
        body = json.dumps(params, ensure_ascii=False, separators=(",", ":")).encode()
        return Outgoing("POST", url, {"Content-Type": "application/json"}, body)

    def _ask(self, ask: Ask, config: dict[str, Any], method: str, params: Raw, text: str) -> Any:
        """The result; raises `Refused` with `text`, and `ProtocolFailure` when Telegram itself is at fault."""
        answer = ask(self._call(config, method, params))
        found = read(answer)
        if not found.get("ok"):
            if not found or answer.status in (429, *range(500, 600)):
                raise ProtocolFailure(_("Telegram answered with HTTP %(status)d.") % {"status": answer.status})
            raise Refused("botToken", text % {"said": found.get("description", "")})
        return found["result"]

    def _in_chat(self, config: dict[str, Any], envelope: Envelope, request: Request) -> Outgoing:
        address = envelope.address
        chat = {"chat_id": int(address) if address.lstrip("-").isdigit() else address}
        within = {"business_connection_id": envelope.scope} if envelope.scope else {}
        return self._call(config, request.method, {**within, **chat, **request.params})

    def _render_event(self, config: dict[str, Any], envelope: Envelope, event: Raw) -> Rendered:
        if event.get("type") == TYPING_ON:
            return Rendered((self._in_chat(config, envelope, Request("sendChatAction", {"action": "typing"})),))
        if event.get("type") == "payload":
            return Rendered(degraded=(_("Telegram shows no events, so this one was not sent."),))
        return Rendered()


def _secret(config: Raw, url: str) -> str:
    """The secret of an address, which only who has the bot's token can know."""
    return hmac.new(str(config["botToken"]).encode(), urlsplit(url).path.encode(), hashlib.sha256).hexdigest()


def _clear(requests: Sequence[Request]) -> None:
    """Quick replies that nobody pressed go away with the next message."""
    first = next((request for request in requests if request.takes_buttons), None)
    if first and not any("keyboard" in request.params.get("reply_markup", {}) for request in requests):
        first.params["reply_markup"] = {"remove_keyboard": True}


ADAPTER = Telegram()
