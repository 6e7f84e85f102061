"""Telegram and WhatsApp on 127.0.0.1: they let an integration be connected, and sign what is posted to it."""

import hashlib
import hmac
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.system.account import Shop

_METHOD = re.compile(r"/bot([0-9]+):[^/]+/(\w+)")
_APP_SECRET = "an-app-secret-of-a-test"  # noqa: S105
_numbers = itertools.count(int(time.time() * 1000))  # no account is connected twice


@dataclass(frozen=True)
class Account:
    """An account of a business at a provider, connected to an integration whose webhooks go to `path`."""

    integration: str
    path: str
    form: Callable[[int, int, str], dict[str, Any]]
    sign: Callable[[bytes], dict[str, str]]

    def webhook(self, person: int, number: int, text: str) -> tuple[dict[str, Any], dict[str, str]]:
        """A message of a customer, as a body and the headers that prove it. A number is one message."""
        body = self.form(person, number, text)
        return body, self.sign(json.dumps(body).encode())


def telegram_update(person: int, number: int, text: str) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#update"""
    customer = {"id": person, "is_bot": False, "first_name": f"Customer {person}", "language_code": "en"}
    chat = {"id": person, "first_name": customer["first_name"], "type": "private"}
    message = {"message_id": number, "from": customer, "chat": chat, "date": int(time.time()), "text": text}
    return {"update_id": number, "message": message}


def whatsapp_change(phone_id: str, person: int, number: int, text: str) -> dict[str, Any]:
    """https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples"""
    phone = f"4930{person:08}"
    said = {"type": "text", "text": {"body": text}}
    message = {"from": phone, "id": f"wamid.{number}", "timestamp": str(int(time.time())), **said}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "4930", "phone_number_id": phone_id},
        "contacts": [{"profile": {"name": f"Customer {person}"}, "wa_id": phone}],
        "messages": [message],
    }
    entry = {"id": "1", "changes": [{"value": value, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


class Providers:
    """The APIs of both; `settings` sends a product to them."""

    def __init__(self) -> None:
        self.hooks: dict[str, dict[str, Any]] = {}  # what setWebhook was told, by the number of the bot
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            """Answers in JSON."""

            def do_POST(self) -> None:
                """One call."""
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                content = json.dumps(answer(self.path, body)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def settings(self) -> dict[str, str]:
        """Of the product's environment."""
        base = f"http://127.0.0.1:{self.server.server_address[1]}"
        return {"HUBSTER_TELEGRAM_API": base, "HUBSTER_WHATSAPP_API": base}

    def answer(self, path: str, body: bytes) -> dict[str, Any]:
        """Yes to everything."""
        called = _METHOD.match(path)
        if called is None:
            return {"success": True, "id": "1", "data": []}
        if called[2] == "setWebhook":
            self.hooks[called[1]] = json.loads(body)
        bot = {"id": int(called[1]), "is_bot": True, "first_name": "Bot", "username": "bot"}
        return {"ok": True, "result": bot}

    def telegram(self, shop: Shop) -> Account:
        """A bot; Telegram proves itself by the secret that it was given."""
        bot = str(next(_numbers))
        made = shop.add("Telegram", botToken=f"{bot}:{'t' * 35}")["integrationId"]
        secret = self.hooks[bot]["secret_token"]
        path = f"/inbound/customer/v1/telegram/{made}"
        return Account(made, path, telegram_update, lambda _: {"X-Telegram-Bot-Api-Secret-Token": secret})

    def whatsapp(self, shop: Shop) -> Account:
        """A number with an app of its own, whose secret signs each body."""
        number = str(next(_numbers))
        made = shop.add("WhatsApp", accessToken="token", phoneNumberId=number, appSecret=_APP_SECRET)["integrationId"]
        form = partial(whatsapp_change, number)
        return Account(made, f"/inbound/customer/v1/whats-app/{made}", form, signed_by_meta)


def signed_by_meta(body: bytes) -> dict[str, str]:
    """Headers of a webhook of Meta's."""
    return {"X-Hub-Signature-256": f"sha256={hmac.new(_APP_SECRET.encode(), body, hashlib.sha256).hexdigest()}"}


@contextmanager
def providers() -> Iterator[Providers]:
    """Both, until the end of the block."""
    made = Providers()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
