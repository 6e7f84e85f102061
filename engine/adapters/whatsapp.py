"""WhatsApp: one phone number, one integration, by Meta's Cloud API.

The surprise: an answer of 200 promises little. A message that cannot be delivered or paid for is taken all the same;
that it failed, and why, comes later as a status.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from engine.activity import SEEN, TYPING_ON
from engine.adapters import _whatsapp_drawn
from engine.adapters._base import Envelope, Rendered
from engine.adapters._blocks import choices_of
from engine.adapters._bubbles import Bubble
from engine.adapters._connecting import Ask, Connected, Refused
from engine.adapters._errors import body_of
from engine.adapters._inbound import Incoming, Thing
from engine.adapters._meta import Meta, MetaConfig, setting
from engine.adapters._meta_errors import MESSAGE, GraphError, error_of, send_error
from engine.adapters._meta_media import next_request
from engine.adapters._outcomes import Sent, Table
from engine.adapters._shapes import OF_SERVER, ObjectId, Opaque
from engine.adapters._whatsapp_errors import TABLE
from engine.adapters._whatsapp_in import CHANNEL, number_of_change, things_of
from engine.adapters._whatsapp_out import Composer
from engine.adapters._windows import Window
from hubster.lib.http import Answer, Outgoing

_MANAGED = "whatsapp_business_management"
_MOST_ACCOUNTS = 20  # of a token, among which the number's is looked up
_UNKNOWN = (100, 33)  # code and subcode: no such object, or none for this token


class Config(MetaConfig):
    """WhatsApp Manager has the ids; a token of a system user, from Meta's Business Settings, does not end."""

    access_token: Opaque = Field(
        title="Access token",
        description="The token of a system user with the permissions whatsapp_business_messaging and "
        "whatsapp_business_management. Create it in Meta's Business Settings: Users, System users.",
    )
    phone_number_id: ObjectId = Field(
        title="Phone number ID", description="Found at developers.facebook.com: your app, WhatsApp, API Setup."
    )
    business_account_id: ObjectId | None = Field(
        default=None,
        title="WhatsApp Business Account ID",
        description="Shown next to the phone number ID. Leave it empty to have it looked up.",
    )
    phone_number: str | None = Field(**OF_SERVER)


class WhatsApp(Meta):
    """Facts and translations of the WhatsApp channel."""

    name = CHANNEL
    sentence = gettext_lazy("Customers write to your WhatsApp number.")
    icon = "call"
    by_phone = True
    number = 108
    colour = "#075e54"
    types = ("Customer",)
    config = Config
    secret_keys = ("accessToken", "appSecret")
    token_key = "accessToken"
    errors: ClassVar[Table] = TABLE
    windows = (Window(86_400),)
    shows = frozenset({SEEN, TYPING_ON})

    def origin(self, config: dict[str, Any]) -> str:
        """The setting for WhatsApp goes before the one for all of Meta."""
        return setting("HUBSTER_WHATSAPP_API").rstrip("/") or self.api

    def chat_link(self, config: dict[str, Any]) -> str:
        """https://faq.whatsapp.com/5913398998672934"""
        digits = re.sub("[^0-9]", "", str(config.get("phoneNumber") or ""))
        return f"https://wa.me/{digits}" if digits else ""

    def connect(self, config: dict[str, Any], hook: str, ask: Ask, check: Callable[[str], None]) -> Connected:
        """Look up the number and its business account, and subscribe the app to that."""
        number = str(config["phoneNumberId"])
        found = self.asked(ask, config, "GET", number, fields="id,display_phone_number,verified_name")
        check(number)
        phone = str(found.get("display_phone_number") or "")
        named = " ".join(filter(None, (str(found.get("verified_name") or ""), phone)))
        news = self.news(config, named or number, hook)
        known = {**config, "phoneNumber": phone}
        if account := self._account(config, ask):
            self.asked(ask, config, "POST", f"{account}/subscribed_apps")
            return Connected(number, {**known, "businessAccountId": account}, news)
        left = _("The token does not tell the number's WhatsApp Business Account, so nothing arrives until you give it "
                 "as businessAccountId.")  # fmt: skip
        return Connected(number, known, f"{news} {left}")

    def _account(self, config: dict[str, Any], ask: Ask) -> str:
        """The business account that has the number; empty when the token does not tell."""
        number = str(config["phoneNumberId"])
        if given := str(config.get("businessAccountId") or ""):
            try:
                mine = number in self._numbers(config, ask, given)
            except Refused as fault:
                raise Refused(fault.field.replace("phoneNumberId", "businessAccountId"), fault.text) from None
            if not mine:
                text = _("has no phone number with this ID. Copy both from the app's page API Setup.")
                raise Refused("businessAccountId", text)
            return given
        try:
            told = self.asked(ask, config, "GET", "debug_token", input_token=str(config["accessToken"]))
            scopes = (told.get("data") or {}).get("granular_scopes") or []
            ids = [str(key) for each in scopes if each.get("scope") == _MANAGED for key in each.get("target_ids") or ()]
            return next((each for each in ids[:_MOST_ACCOUNTS] if number in self._numbers(config, ask, each)), "")
        except Refused:
            return ""

    def _numbers(self, config: dict[str, Any], ask: Ask, account: str) -> set[str]:
        """The ids of a business account's phone numbers."""
        found = self.asked(ask, config, "GET", f"{account}/phone_numbers", fields="id", limit="100")
        return {str(each.get("id")) for each in found.get("data") or ()}

    def refusal(self, config: dict[str, Any], error: GraphError) -> Refused:
        """Meta answers for a number that is not the token's as for one that does not exist."""
        if (error.code, error.subcode) == _UNKNOWN:
            text = _("is not known to Meta (%(code)s), or the token has no access to it. Copy it from the app's page "
                     "API Setup, and assign the business account to the token's system user.")  # fmt: skip
            return Refused("phoneNumberId", text % {"code": error})
        return super().refusal(config, error)

    def disconnect(self, config: dict[str, Any], ask: Ask) -> None:
        """End the subscription, unless the business account has other numbers, which need it too."""
        account = str(config.get("businessAccountId") or "")
        if account and self._numbers(config, ask, account) <= {str(config["phoneNumberId"])}:
            self.asked(ask, config, "DELETE", f"{account}/subscribed_apps")

    def route(self, request: Incoming) -> Mapping[str, bytes]:
        """The changes of each phone number; those of a business account as a whole stand under its id."""
        whole = json.loads(request.body)
        entries: dict[str, list[Any]] = {}
        for entry in whole["entry"]:
            for change in entry.get("changes") or []:
                number = number_of_change(change) or str(entry["id"])
                entries.setdefault(number, []).append({**entry, "changes": [change]})
        return {number: json.dumps({**whole, "entry": mine}).encode() for number, mine in entries.items()}

    def parse(self, config: dict[str, Any], body: bytes) -> list[Thing]:
        """Everything that is said of this number."""
        return things_of(body, str(config.get("phoneNumberId") or ""))

    def fetch(self, config: dict[str, Any], ref: Mapping[str, Any], answers: Sequence[Answer]) -> Outgoing | None:
        """Two calls: the file's address, which holds for five minutes, then the file, which the token opens."""
        if not answers:
            return self.graph(
                config, "GET", quote(str(ref["id"]), safe=""), phone_number_id=str(config["phoneNumberId"])
            )
        told, *files = answers
        if (error := error_of(told, TABLE)) and error.rule is not MESSAGE:
            raise send_error(error, told, self.name)
        url = str(body_of(told).get("url") or "")
        if not url:
            told = replace(told, status=404)
        request = next_request({"url": url}, files if url else [told])
        if request is None or urlsplit(request.url).netloc != urlsplit(url).netloc:
            return request
        return Outgoing(request.method, request.url, {"Authorization": f"Bearer {config['accessToken']}"})

    def render(self, config: dict[str, Any], envelope: Envelope) -> Rendered:
        """A message for each part, or the signal that the customer's last message was read."""
        if envelope.activity["type"] == "event":
            return self._signal(config, envelope, str(envelope.activity["event"]["type"]))
        composed = Composer(envelope.activity["message"], self.name).compose()
        who = {"recipient_type": "individual", "recipient" if "." in envelope.address else "to": envelope.address}
        requests = (self._send(config, {**who, **body}) for body in composed.bodies)
        return Rendered(
            tuple(replace(request, repeatable=False) for request in requests),
            tuple(composed.notes), choices_of(composed.blocks), composed.numbered,
        )  # fmt: skip

    def _signal(self, config: dict[str, Any], envelope: Envelope, kind: str) -> Rendered:
        if kind in self.shows and envelope.read_token:
            typing = {"typing_indicator": {"type": "text"}} if kind == TYPING_ON else {}
            return Rendered((self._send(config, {"status": "read", "message_id": envelope.read_token, **typing}),))
        return Rendered(degraded=(_("%(channel)s shows no events of this kind.") % {"channel": self.name},))

    def _send(self, config: dict[str, Any], body: dict[str, Any]) -> Outgoing:
        path = f"{config['phoneNumberId']}/messages"
        return self.graph(config, "POST", path, {"messaging_product": "whatsapp", **body})

    def drawn(self, requests: Sequence[Outgoing]) -> list[Bubble]:
        return _whatsapp_drawn.drawn(requests)

    def outcome(self, answer: Answer) -> Sent:
        """The message's id, and the customer's user id where we wrote to a number."""
        if error := error_of(answer, TABLE):
            raise send_error(error, answer, self.name)
        body = body_of(answer)
        ids = tuple(str(each["id"]) for each in body.get("messages") or () if each.get("id"))
        person = (body.get("contacts") or [{}])[0]
        user = str(person.get("user_id") or "")
        return Sent(ids, ("", user) if user and user != person.get("input") else None)


ADAPTER = WhatsApp()
