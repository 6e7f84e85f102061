"""Updates of Telegram as things that happened. https://core.telegram.org/bots/api#update"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.adapters._inbound import Blocked, Moved, Person, Said, Thing, Unknown
from engine.adapters._telegram_in import by_whom, content_of, key_of, message_key, person_of

Raw = Mapping[str, Any]
_AWAY = ("left", "kicked")


def _message(message: Raw, update: int) -> list[Thing]:
    if "business_connection_id" in message and (message.get("from") or {}).get("id") != message["chat"]["id"]:
        return [Unknown("message of the owner")]  # or ours, on their behalf
    for name in ("migrate_to_chat_id", "migrate_from_chat_id"):
        if name in message:
            here, other = Person(str(message["chat"]["id"])), Person(str(message[name]))
            old, new = (here, other) if name == "migrate_to_chat_id" else (other, here)
            return [Moved(old, new, message["date"] * 1000)]
    found = content_of(message)
    if found is None:
        return [Unknown("message without content")]
    content, media = found
    channels = by_whom(message)
    quoted = message.get("reply_to_message")
    return [
        Said(
            person_of(message), message_key(message), message["date"] * 1000, "message",
            {**content, **({"channels": channels} if channels else {})}, media,
            reply_to=key_of(message.get("business_connection_id", ""), message["chat"]["id"],
                                     quoted["message_id"]) if quoted else None,
        )
    ]  # fmt: skip


def _edited(message: Raw, update: int) -> list[Thing]:
    if "location" in message:
        return [Unknown("move of a live location")]
    of_customer = _message(message, update)
    if not isinstance(of_customer[0], Said):
        return of_customer
    words = message.get("text") or message.get("caption") or ""
    payload = {"externalId": message_key(message), **({"text": words} if words else {})}
    at = message.get("edit_date", message["date"]) * 1000
    return [_event(person_of(message), f"update:{update}", at, "hubster.edited", payload)]


def _event(person: Person, key: str, at: int, kind: str, payload: dict[str, Any]) -> Said:
    content = {"type": "payload", "payloadType": kind, "payload": payload}
    return Said(person, key, at, "event", content, counts=False)


def _deleted(deleted: Raw, update: int) -> list[Thing]:
    connection, chat = deleted["business_connection_id"], deleted["chat"]["id"]
    keys = [key_of(connection, chat, number) for number in deleted["message_ids"]]
    person = person_of(deleted)
    return [_event(person, f"deleted:{key}", 0, "hubster.deleted", {"externalId": key}) for key in keys]


def _stopped(stopped: Raw, update: int) -> list[Thing]:
    payload = {"draftId": stopped["draft_id"]}
    return [_event(person_of(stopped), f"update:{update}", 0, "hubster.stopped", payload)]


def _pressed(query: Raw, update: int) -> list[Thing]:
    """A button below a message. Data that begins with `#` is the place of a choice, see `data_of`."""
    message, data = query.get("message"), query.get("data", "")
    if message is None or not data:
        return [Unknown("callback_query without message")]
    keys = [key for row in (message.get("reply_markup") or {}).get("inline_keyboard", []) for key in row]
    label = next((key["text"] for key in keys if key.get("callback_data") == data), data)
    is_place = data[0] == "#" and data[1:].isdigit()
    channels = by_whom(message, query["from"])
    content = {"type": "text", "text": label if is_place else data, **({"channels": channels} if channels else {})}
    pressed = (message_key(message), int(data[1:])) if is_place else None
    person = person_of({**message, "from": query["from"]})
    return [Said(person, f"callback:{query['id']}", message["date"] * 1000, "message", content, pressed=pressed)]


def _member(change: Raw, update: int) -> list[Thing]:
    """The bot was blocked, removed, unblocked or added."""
    old, new = change["old_chat_member"]["status"] in _AWAY, change["new_chat_member"]["status"] in _AWAY
    if old == new:
        return [Unknown("my_chat_member")]
    return [Blocked(person_of(change), change["date"] * 1000, new)]


def _connection(connection: Raw, update: int) -> list[Thing]:
    return [Unknown(f"business_connection {'begun' if connection['is_enabled'] else 'ended'}")]


PARSERS: Mapping[str, Callable[[Raw, int], list[Thing]]] = {
    "message": _message, "business_message": _message, "edited_message": _edited, "edited_business_message": _edited,
    "callback_query": _pressed, "my_chat_member": _member, "business_connection": _connection,
    "deleted_business_messages": _deleted, "stopped_message_generation": _stopped,
}  # fmt: skip
