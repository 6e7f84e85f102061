"""Messages of Telegram in the common format. https://core.telegram.org/bots/api#message"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from engine.adapters._inbound import Media, Person

Raw = Mapping[str, Any]
Content = tuple[dict[str, Any], tuple[Media, ...]]
LARGEST = 20 * 1024 * 1024  # bytes of a file that Telegram hands out to bots


def message_key(message: Raw) -> str:
    """The id of a message within the bot: numbers of messages are unique in a chat only."""
    return key_of(message.get("business_connection_id", ""), message["chat"]["id"], message["message_id"])


def key_of(connection: str, chat: int, number: int) -> str:
    """An external id; an owner's chat with somebody, and the bot's, count their messages apart."""
    return f"{connection}:{chat}:{number}" if connection else f"{chat}:{number}"


def person_of(message: Raw) -> Person:
    """The customer: whoever a private chat is with, or a group as a whole."""
    chat, sender = message["chat"], message.get("from") or {}
    profile = {"full name": _full_name(chat) or chat.get("title", ""), "username": chat.get("username", "")}
    if chat["type"] == "private" and sender.get("id") == chat["id"]:
        contact = message.get("contact") or {}
        own = contact.get("user_id") == sender["id"]
        profile |= {"language": sender.get("language_code", ""), "phone": contact["phone_number"] if own else ""}
    known = {name: str(value) for name, value in profile.items() if value}
    return Person(str(chat["id"]), message.get("business_connection_id", ""), known)


def content_of(message: Raw) -> Content | None:
    """The content with its files; None for what nobody said, such as that somebody joined a group."""
    found = next((made for kind, make in _KINDS.items() if kind in message and (made := make(message[kind]))), None)
    if "text" in message:
        return {"type": "text", "text": _words(message, "text", "entities")}, ()
    if found is None:
        return None
    content, media = found
    caption = _words(message, "caption", "caption_entities")
    if not caption:
        return content, media
    if content["type"] == "text":
        return {"type": "text", "text": f"{caption}\n{content['text']}"}, media
    moved = tuple(Media(f"items.0.{file.at}", file.ref, file.name, file.mime_type, file.size) for file in media)
    return {"type": "text", "text": caption, "items": [content]}, moved


def by_whom(message: Raw, sender: Raw | None = None) -> list[dict[str, Any]]:
    """Hints that say who of a group speaks; none in private chats, where it is the customer."""
    sender = sender or message.get("from") or {}
    name = _full_name(sender) or (message.get("sender_chat") or {}).get("title", "")
    if message["chat"]["type"] == "private" or not name:
        return []
    return [{"type": "Telegram", "metadata": [{"key": "from", "value": name}]}]


def _full_name(who: Raw) -> str:
    return " ".join(filter(None, (who.get("first_name"), who.get("last_name"))))


def _words(message: Raw, name: str, marks: str) -> str:
    """The words, and behind them the addresses that were hidden under some of them."""
    links = [mark["url"] for mark in message.get(marks) or [] if mark["type"] == "text_link"]
    return "\n".join([message.get(name, ""), *links]).strip("\n")


def _file(content: dict[str, Any], file: Raw, mime_type: str = "", name: str = "") -> Content:
    """A content whose file Telegram keeps; of one that it does not hand out, a text that says so."""
    size, name = file.get("file_size"), str(file.get("file_name") or name)
    if size and size > LARGEST:
        text = _("%(name)s: larger than the 20 MB that Telegram hands out to bots. Ask for it on another way.")
        return {"type": "text", "text": text % {"name": name or content["type"]}}, ()
    media = Media("url", {"file_id": file["file_id"]}, name, str(file.get("mime_type") or mime_type), size)
    return content, (media,)


def _photo(sizes: list[Raw]) -> Content:
    largest = max(sizes, key=lambda each: each["width"] * each["height"])
    return _file({"type": "image"}, largest, "image/jpeg", "photo.jpg")


def _video(video: Raw) -> Content:
    content = {"type": "video", "mimeType": video.get("mime_type") or "video/mp4"}
    return _file(content, video, "video/mp4", "video.mp4")


def _audio(audio: Raw) -> Content:
    label = " - ".join(filter(None, (audio.get("performer"), audio.get("title")))) or audio.get("file_name", "")
    content = {
        "type": "audio",
        "mimeType": audio.get("mime_type") or "audio/mpeg",
        **({"label": label} if label else {}),
    }
    return _file(content, audio, "audio/mpeg", "audio.mp3")


def _voice(voice: Raw) -> Content:
    content = {"type": "audio", "mimeType": voice.get("mime_type") or "audio/ogg"}
    return _file(content, voice, "audio/ogg", "voice.ogg")


def _document(file: Raw) -> Content:
    name, mime_type = file.get("file_name") or _("file"), file.get("mime_type") or "application/octet-stream"
    size = {"size": file["file_size"]} if file.get("file_size") else {}
    return _file({"type": "attachment", "label": name, "mimeType": mime_type, **size}, file, mime_type, name)


def _sticker(sticker: Raw) -> Content:
    """Moving ones have a still picture, mostly."""
    words = sticker.get("emoji") or sticker.get("set_name") or _("Sticker")
    moves = sticker.get("is_animated") or sticker.get("is_video")
    picture = sticker.get("thumbnail") if moves else sticker
    if picture is None:
        return {"type": "text", "text": words}, ()
    return _file({"type": "image", "alt": words}, picture, "image/webp", "sticker.webp")


def _location(place: Raw) -> Content:
    return {"type": "location", "latitude": place["latitude"], "longitude": place["longitude"]}, ()


def _venue(venue: Raw) -> Content:
    address = ", ".join(filter(None, (venue["title"], venue["address"])))
    return {**_location(venue["location"])[0], "address": address}, ()


def _contact(contact: Raw) -> Content:
    phone = {"key": _("Phone"), "value": contact["phone_number"], "type": "phone;cell"}
    return {"type": "contact", "title": _full_name(contact) or contact["phone_number"], "properties": [phone]}, ()


def _dice(dice: Raw) -> Content:
    return {"type": "text", "text": f"{dice['emoji']} {dice['value']}"}, ()


def _poll(poll: Raw) -> Content:
    return _listed(poll["question"], poll["options"])


def _checklist(checklist: Raw) -> Content:
    return _listed(checklist["title"], checklist["tasks"])


def _listed(title: str, entries: list[Raw]) -> Content:
    return {"type": "text", "text": "\n- ".join([title, *(each["text"] for each in entries)])}, ()


# In this order: an animation is a document too, and a venue a location.
_KINDS: Mapping[str, Any] = {
    "animation": _video, "venue": _venue, "photo": _photo, "video": _video, "video_note": _video, "audio": _audio,
    "voice": _voice, "document": _document, "sticker": _sticker, "location": _location, "contact": _contact,
    "dice": _dice, "poll": _poll, "checklist": _checklist,
}  # fmt: skip
