"""Webhooks of Twilio: forms that are signed with their whole address, and what they say.

Sources: www.twilio.com/docs/usage/webhooks/webhooks-security, …/usage/webhooks/webhook-shared-keys,
…/messaging/guides/webhook-request, …/messaging/guides/track-outbound-message-status.
"""

import base64
import hmac
import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext as _

from engine.adapters._inbound import Blocked, Incoming, Media, Person, Receipt, Said, Thing, Unknown, Unverified
from engine.adapters._twilio_errors import error_of_code

Form = Mapping[str, str]
Content = dict[str, Any]
_HASHES = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
_START = {"START", "UNSTOP"}
_STATUSES: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent", "delivered": "delivered", "partially_delivered": "delivered", "read": "read",
    "undelivered": "failed", "failed": "failed", "canceled": "failed",
}  # fmt: skip
_ON_THE_WAY = {"accepted", "scheduled", "queued", "sending"}
_VCARDS = {"text/vcard", "text/x-vcard", "text/directory"}


# --- signatures ----------------------------------------------------------------------------------------------
def check_signature(request: Incoming, token: str, shared_key: str) -> None:
    """Raises `Unverified` unless the request is signed with one of these, as its headers say."""
    if request.method != "POST":
        raise Unverified("no POST")
    settings = request.headers.get("x-twilio-webhooks-signature-settings", "")
    algorithm = _named(settings).get("algorithm", "HMAC_SHA1").upper()
    if algorithm not in _HASHES:
        raise Unverified(f"unknown algorithm {algorithm[:40]}")
    given = request.headers.get("x-twilio-signature", "").encode()
    fields = _signed_fields(request.body)
    keys = [key for key in (shared_key if settings else "", token) if key]
    wanted = [_signature(key, url + fields, _HASHES[algorithm]) for key in keys for url in _spellings(request.url)]
    if True not in [hmac.compare_digest(given, each) for each in wanted]:
        raise Unverified("wrong signature")


def _named(settings: str) -> dict[str, str]:
    """The header as names and values: `key=…,algorithm=HMAC_SHA256`."""
    pairs = (part.partition("=") for part in settings.split(","))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals and value.strip()}


def _signed_fields(body: bytes) -> str:
    """The fields as they are signed: by name, those of one name by value, and each pair once."""
    return "".join(name + value for name, value in sorted(set(_fields(body))))


def _signature(key: str, text: str, algorithm: str) -> bytes:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), algorithm).digest())


def _spellings(url: str) -> tuple[str, str]:
    """The address without its port, and with it: Twilio signs either."""
    parts = urlsplit(url)
    bare = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts._replace(netloc=bare).geturl(), parts._replace(netloc=f"{bare}:{port}").geturl()


def _fields(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


# --- parsing -------------------------------------------------------------------------------------------------
def things_of(body: bytes) -> Iterator[Thing]:
    """A message of a customer, or news of one of ours; raises KeyError or ValueError for what Twilio never says."""
    form = dict(_fields(body))
    if not form:
        raise ValueError("the form is empty")
    sid = form.get("MessageSid") or form.get("SmsSid")
    if not sid:
        yield Unknown("call" if "CallSid" in form else "no message")
    elif "MessageStatus" in form and form["MessageStatus"] not in ("received", "receiving"):
        yield from _news(sid, form)
    else:
        yield from _said(sid, form)


def _news(sid: str, form: Form) -> Iterator[Thing]:
    status = form["MessageStatus"].lower()
    if status in _ON_THE_WAY:
        return
    if status not in _STATUSES:
        yield Unknown(f"status {status[:40]}")
        return
    found = _STATUSES[status]
    error = error_of_code(form.get("ErrorCode")) if found == "failed" else None
    yield Receipt(found, at=0, keys=(sid,), error=error, price=_price(form))


def _price(form: Form) -> dict[str, Any] | None:
    if not form.get("Price"):
        return None
    names = {"amount": "Price", "currency": "PriceUnit", "segments": "NumSegments"}
    return {name: form[key] for name, key in names.items() if form.get(key)}


def _said(sid: str, form: Form) -> Iterator[Thing]:
    """Opting out goes before its own text, which does not count as writing again."""
    number = form["From"].removeprefix("rcs:")
    known = {"full name": form.get("ProfileName", ""), "phone": number if number.startswith("+") else ""}
    person = Person(number, profile={name: value for name, value in known.items() if value})
    wish = form.get("OptOutType") or form.get("Body", "").strip()
    stops = wish.upper() in _STOP
    if stops or wish.upper() in _START:
        yield Blocked(person, at=0, on=stops)
    content, media = _content(form)
    if not content:
        yield Unknown("empty message")
        return
    reply_to = form.get("OriginalRepliedMessageSid") or None
    yield Said(person, sid, 0, "message", content, tuple(media), reply_to=reply_to, counts=not stops)


def _content(form: Form) -> tuple[Content, list[Media]]:
    """The message; a tap on a button is its payload. Files alone are messages of their own kind."""
    if pressed := form.get("ButtonPayload") or form.get("ButtonText"):
        return {"type": "text", "text": pressed}, []
    text, parts = form.get("Body", ""), [*_files(form), *_places(form)]
    if not text.strip() and len(parts) == 1:
        content, media = parts[0]
        return content, [media] if media else []
    placed = [_moved(media, f"items.{place}") for place, (_content, media) in enumerate(parts) if media]
    items = {"items": [content for content, _media in parts]} if parts else {}
    words = {"text": text} if text.strip() else {}
    return ({"type": "text", **words, **items} if words or items else {}), placed


def _moved(media: Media, place: str) -> Media:
    return Media(f"{place}.{media.at}", media.ref, media.name, media.mime_type)


def _files(form: Form) -> Iterable[tuple[Content, Media]]:
    for place in range(int(form.get("NumMedia") or 0)):
        url, mime_type = form[f"MediaUrl{place}"], form.get(f"MediaContentType{place}", "").partition(";")[0].lower()
        yield _file(url, mime_type or "application/octet-stream")


def _file(url: str, mime_type: str) -> tuple[Content, Media]:
    main, _slash, sub = mime_type.partition("/")
    other = f".{sub}" if sub.isalnum() else ""
    ending = ".vcf" if mime_type in _VCARDS else mimetypes.guess_extension(mime_type) or other
    if mime_type in _VCARDS:
        content: Content = {"type": "contact", "title": _("Contact"), "properties": [{"key": "vCard", "value": ""}]}
        return content, Media("properties.0.value", {"url": url}, f"contact{ending}", mime_type)
    kind = main if main in ("image", "video", "audio") else "attachment"
    name = f"{'file' if kind == 'attachment' else kind}{ending}"
    content = {"type": kind, **({"label": name} if kind == "attachment" else {})}
    if kind != "image":
        content["mimeType"] = mime_type
    return content, Media("url", {"url": url}, name, mime_type)


def _places(form: Form) -> Iterable[tuple[Content, None]]:
    if form.get("Latitude") and form.get("Longitude"):
        address = ", ".join(filter(None, (form.get("Label"), form.get("Address"))))
        place = {"type": "location", "latitude": float(form["Latitude"]), "longitude": float(form["Longitude"])}
        yield {**place, **({"address": address} if address else {})}, None
