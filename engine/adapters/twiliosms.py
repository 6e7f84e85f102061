"""TwilioSMS: text messages by Twilio, one phone number, one integration; RCS where a messaging service has it.

The surprise: Twilio has no key by which it knows a request again, so a message whose answer does not come is never
sent a second time by itself.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from engine.adapters import _errors, _twilio_drawn
from engine.adapters._base import Envelope, Provider, Rendered
from engine.adapters._blocks import Block, blocks_of, choices_of
from engine.adapters._bubbles import Bubble
from engine.adapters._connecting import Ask, Connected, Refused
from engine.adapters._errors import body_of
from engine.adapters._inbound import Incoming, Reply, Thing
from engine.adapters._outcomes import Sent
from engine.adapters._shapes import OF_SERVER, AccountSid, AuthToken, NumberSid, Opaque, ServiceSid
from engine.adapters._start import StartMessages
from engine.adapters._twilio_errors import error_of_answer
from engine.adapters._twilio_inbound import check_signature, things_of
from engine.adapters._twilio_render import Composer
from hubster.lib.http import Answer, Outgoing, ProtocolFailure

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_CAN = ("mms", "sms", "voice")


class Config(StartMessages):
    """console.twilio.com: the account's SID and token are under "Account Info", a number's SID is in its properties."""

    auth_token: AuthToken = Field(
        title="Auth token", description="On the first page of Twilio's console, under “Account Info”."
    )
    account_sid: AccountSid = Field(
        title="Account SID", description="On the first page of Twilio's console, under “Account Info”; begins with AC."
    )
    number_sid: NumberSid = Field(
        title="Phone number SID",
        description="In Twilio's console: Phone Numbers, Active numbers, your number, Properties; begins with PN.",
    )
    messaging_service_sid: ServiceSid | None = Field(
        default=None,
        title="Messaging service SID",
        description="Only for RCS: the messaging service with your RCS sender and this number; begins with MG.",
    )
    webhook_shared_key: Opaque | None = Field(
        default=None,
        title="Webhook shared key",
        description="Only if Twilio signs your webhooks with a shared key instead of the auth token.",
    )
    phone_number: str | None = Field(**OF_SERVER)
    capabilities: dict[str, bool] | None = Field(**OF_SERVER)


class TwilioSMS(Provider):
    """Facts and translations of the TwilioSMS channel."""

    name = "TwilioSMS"
    title = gettext_lazy("SMS by Twilio")
    sentence = gettext_lazy("Customers text your phone number.")
    icon = "sms"
    by_phone = True
    number = 102
    colour = "#4b5563"
    types = ("Customer",)
    config = Config
    secret_keys = ("authToken", "webhookSharedKey")
    configurable = False
    api_setting = "HUBSTER_TWILIO_API"
    guide = "sms"
    api_version = "2010-04-01"
    shows = frozenset()

    # --- set-up ----------------------------------------------------------------------------------------------
    def connect(self, config: dict[str, Any], hook: str, ask: Ask, check: Callable[[str], None]) -> Connected:
        """Look the number up, and have its texts sent here."""
        found = self._answer(ask(self._call(config, "GET", _number(config))))
        phone, can = str(found["phone_number"]), found.get("capabilities") or {}
        if not can.get("sms"):
            raise Refused("numberSid", _("is of a number that can't send texts. Choose another number."))
        check(phone)
        form = {"SmsUrl": hook, "SmsMethod": "POST", "SmsApplicationSid": ""}
        if not found.get("status_callback") or self._is_ours(found["status_callback"]):
            form |= {"StatusCallback": f"{hook}/status", "StatusCallbackMethod": "POST"}
        self._answer(ask(self._call(config, "POST", _number(config), form)))
        known = {**config, "phoneNumber": phone, "capabilities": {name: bool(can.get(name)) for name in _CAN}}
        said = _("Connected to %(phone)s.") % {"phone": phone}
        return Connected(phone, known, said)

    def by_hand(self, config: dict[str, Any]) -> str:
        """The webhook of a messaging service, which goes before the number's own."""
        if not config.get("messagingServiceSid"):
            return ""
        return _("In Twilio's console, open the messaging service, then “Integration”. Choose “Send a webhook”, and "
                 "enter this address as the request URL.")  # fmt: skip

    def chat_link(self, config: dict[str, Any]) -> str:
        """Opens a text to the number, on phones."""
        return f"sms:{config['phoneNumber']}" if config.get("phoneNumber") else ""

    def disconnect(self, config: dict[str, Any], ask: Ask) -> None:
        """Take our addresses away from the number, and only ours."""
        found = self._answer(ask(self._call(config, "GET", _number(config))))
        names = {"sms_url": "SmsUrl", "status_callback": "StatusCallback"}
        form = {name: "" for key, name in names.items() if self._is_ours(found.get(key))}
        if form:
            self._answer(ask(self._call(config, "POST", _number(config), form)))

    def _is_ours(self, url: object) -> bool:
        return str(url or "").startswith(self.hook(""))

    def _answer(self, answer: Answer) -> dict[str, Any]:
        """The object in an answer; raises `Refused` with what to correct, NetworkError when Twilio can't say now."""
        if answer.status == 429 or answer.status >= 500:
            raise ProtocolFailure(f"Twilio answered with HTTP {answer.status}.")
        if answer.status in (401, 403):
            raise Refused("authToken", _("is not accepted by Twilio for this account. Copy the account SID and the "
                                         "auth token again."))  # fmt: skip
        if answer.status == 404:
            raise Refused("numberSid", _("is of no number of this account. Copy it again from the number's "
                                         "properties."))  # fmt: skip
        found = body_of(answer)
        if answer.status >= 400 or not found:
            reason = str(found.get("message") or f"HTTP {answer.status}")[:200]
            raise Refused("numberSid", _("is refused by Twilio: %(reason)s") % {"reason": reason})
        return found

    # --- in --------------------------------------------------------------------------------------------------
    def verify(self, config: dict[str, Any], request: Incoming) -> None:
        """Texts and receipts are signed alike."""
        check_signature(request, str(config["authToken"]), str(config.get("webhookSharedKey") or ""))

    def parse(self, config: dict[str, Any], body: bytes) -> list[Thing]:
        """A text of a customer, or news of one of ours."""
        return list(things_of(body))

    def answer(self, request: Incoming) -> Reply:
        """No orders: any other text would be sent to the customer."""
        return Reply("<Response/>", "text/xml")

    def fetch(self, config: dict[str, Any], ref: Mapping[str, Any], answers: Sequence[Answer]) -> Outgoing | None:
        """A file's address leads to another one, which is good for a while and must not get our credentials."""
        url = str(ref["url"])
        if not answers:
            return Outgoing("GET", url, self._login(config) if self._is_twilios(url) else {})
        last = answers[-1]
        if last.status == 200:
            return None
        if 300 <= last.status < 400 and (place := last.headers.get("location")):
            return Outgoing("GET", urljoin(url, place))
        error = error_of_answer(last)
        error.retryable = error.retryable or last.status == 404  # it may not be stored yet
        raise error

    def _is_twilios(self, url: str) -> bool:
        given, own = urlsplit(url), urlsplit(self.api)
        same = (given.scheme, given.netloc) == (own.scheme, own.netloc)
        return same or (given.scheme == "https" and str(given.hostname).endswith(".twilio.com"))

    # --- out -------------------------------------------------------------------------------------------------
    def render(self, config: dict[str, Any], envelope: Envelope) -> Rendered:
        """A request for each text. Nothing shows that somebody types or has read."""
        if envelope.activity["type"] == "event":
            signal = envelope.activity["event"]["type"] != "payload"
            return Rendered(degraded=() if signal else (_("Text messages show no events of this kind."),))
        blocks = blocks_of(envelope.activity["message"], self.name)
        choices = choices_of(blocks)
        if template := _template(blocks):
            line = envelope.activity["message"].get("disclosure")
            messages = [*([[("Body", line)]] if line else []), template]
            return Rendered(tuple(self._send(config, envelope, fields) for fields in messages), choices=choices)
        can = config.get("capabilities") or {}
        base = envelope.vcards
        composed = Composer(bool(can.get("mms")), (lambda place: f"{base}/{place}.vcf") if base else None)
        composed.compose(blocks)
        requests = tuple(
            self._send(config, envelope, [*([("Body", text)] if text else []), *(("MediaUrl", url) for url in files)])
            for text, files in composed.messages
        )
        return Rendered(requests, tuple(composed.notes), choices, numbered=bool(choices))

    def _send(self, config: dict[str, Any], envelope: Envelope, fields: Sequence[tuple[str, str]]) -> Outgoing:
        service = config.get("messagingServiceSid")
        sender = ("MessagingServiceSid", service) if service else ("From", config.get("phoneNumber", ""))
        status = ("StatusCallback", f"{self.hook(envelope.integration_id)}/status")
        form = [("To", envelope.address), sender, *fields, status]
        return self._call(config, "POST", "Messages.json", form, repeatable=False)

    def drawn(self, requests: Sequence[Outgoing]) -> list[Bubble]:
        return _twilio_drawn.drawn(requests)

    def outcome(self, answer: Answer) -> Sent:
        """201 with an id: Twilio has taken it, and tells later whether it arrived."""
        if not 200 <= answer.status < 300:
            raise error_of_answer(answer) if answer.status >= 400 else _errors.refused(answer)
        found = body_of(answer)
        sid, segments = found.get("sid"), str(found.get("num_segments") or "")
        return Sent((str(sid),) if sid else (), segments=int(segments) if segments.isdecimal() else 0)

    def _call(
        self, config: dict[str, Any], method: str, path: str, form: Any = None, repeatable: bool = True
    ) -> Outgoing:
        """A call of the account's part of the API."""
        url = f"{self.api}/{self.api_version}/Accounts/{quote(str(config['accountSid']), safe='')}/{path}"
        headers = {**self._login(config), **(_FORM if form is not None else {})}
        return Outgoing(method, url, headers, urlencode(form or {}).encode(), repeatable)

    def _login(self, config: dict[str, Any]) -> dict[str, str]:
        pair = f"{config['accountSid']}:{config['authToken']}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _number(config: dict[str, Any]) -> str:
    return f"IncomingPhoneNumbers/{quote(str(config['numberSid']), safe='')}.json"


def _template(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    """The template of Twilio's Content API that a hint names, with its variables; empty without one."""
    for block in blocks:
        if sid := block.hints.get("contentsid"):
            variables = block.hints.get("contentvariables")
            return [("ContentSid", sid), *([("ContentVariables", variables)] if variables else [])]
    return []


ADAPTER = TwilioSMS()
