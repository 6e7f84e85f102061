"""Webhooks of WhatsApp about threads that another app holds, such as Meta Business Agent on the same number.

See developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/standby, and
…/messaging-handovers.
"""

from collections.abc import Mapping
from typing import Any

from engine.adapters._inbound import Control, Said, Standby, Thing, Unknown
from engine.adapters._whatsapp_content import content_of
from engine.adapters._whatsapp_people import addressed, text_of

_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError)
Node = Mapping[str, Any]


def control_of(value: Node) -> Thing:
    """A thread that was passed is told to its new owner, one that was taken to the one before."""
    try:
        sender = value["sender"]
        number = text_of(sender.get("phone_number") or sender.get("wa_id")).removeprefix("+")
        person = addressed(number, text_of(sender.get("user_id")))
        if "control_passed" in value or "control_taken" in value:
            return Control(person, int(value["timestamp"]) * 1_000, ours="control_passed" in value)
        return Unknown("messaging_handovers")
    except _MALFORMED:
        return Unknown("messaging_handovers of an unknown form")


def echo_of(message: Node) -> Thing:
    """A message of another app to the customer on our number; its words alone, where it has buttons."""
    try:
        person = addressed(text_of(message.get("to")), text_of(message.get("to_user_id")))
        found = content_of(message)
        if message["type"] == "interactive":
            found = {"type": "text", "text": str(message["interactive"]["body"]["text"])}, ()
        if found is None:
            return Unknown(f"message_echo {message['type']}")
        content, media = found
        key, sent = str(message["id"]), int(message["timestamp"]) * 1_000
        return Standby(Said(person, key, sent, "message", content, media), by_holder=True)
    except _MALFORMED:
        return Unknown("message_echo of an unknown form")
