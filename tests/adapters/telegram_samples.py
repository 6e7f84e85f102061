"""Updates as Telegram posts them, and the chat they are from."""

from typing import Any

EVA = {"id": 42, "is_bot": False, "first_name": "Eva", "last_name": "Green", "username": "eva", "language_code": "de"}
OWNER = {"id": 7, "is_bot": False, "first_name": "Olga"}
BOT = {"id": 110201543, "is_bot": True, "first_name": "Tea", "username": "tea_bot"}
CHAT = {"id": 42, "type": "private", "first_name": "Eva", "last_name": "Green", "username": "eva"}
GROUP = {"id": -100500, "type": "supergroup", "title": "Tea club"}
DATE = 1_790_000_000
FILE = {"file_id": "f1", "file_unique_id": "u1"}
SMALL, LARGE = ({**FILE, "file_id": name, "width": side, "height": side} for name, side in (("s", 90), ("l", 900)))
STICKER = {
    **FILE,
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
    "emoji": "🍵",
}


def message(**parts: Any) -> dict[str, Any]:
    """A message of Eva to the bot."""
    return {"message_id": 11, "date": DATE, "chat": CHAT, "from": EVA, **parts}


def update(kind: str, value: Any) -> dict[str, Any]:
    """An update of one kind."""
    return {"update_id": 900, kind: value}


KEYBOARD = {
    "inline_keyboard": [[{"text": "Green", "callback_data": "tea-1"}], [{"text": "Black", "callback_data": "#1"}]]
}
ASKED = {"message_id": 10, "date": DATE - 60, "chat": CHAT, "from": BOT, "text": "Which tea?", "reply_markup": KEYBOARD}
QUERY = {"id": "q1", "from": EVA, "chat_instance": "c", "message": ASKED}
MEMBER, LEFT = {"user": BOT, "status": "member"}, {"user": BOT, "status": "left"}
KICKED = {"user": BOT, "status": "kicked", "until_date": 0}
OPTIONS = [
    {"text": name, "voter_count": 0, "persistent_id": name, "added_by_user": EVA, "addition_date": DATE}
    for name in ("Green", "Black")
]
POLL = {
    "id": "p", "question": "Which?", "options": OPTIONS, "total_voter_count": 0, "is_closed": False,
    "is_anonymous": True, "type": "regular", "allows_multiple_answers": False, "allows_revoting": False,
    "members_only": False,
}  # fmt: skip


def changed(chat: dict[str, Any], old: Any, new: Any) -> dict[str, Any]:
    """A change of the bot's own membership."""
    return update(
        "my_chat_member", {"chat": chat, "from": EVA, "date": DATE, "old_chat_member": old, "new_chat_member": new}
    )


TEXTS = {
    "text": message(text="Hello"),
    "command": message(text="/start promo", entities=[{"type": "bot_command", "offset": 0, "length": 6}]),
    "hidden link": message(
        text="see here", entities=[{"type": "text_link", "offset": 4, "length": 4, "url": "https://x.io/"}]
    ),
    "reply": message(text="This one", reply_to_message=ASKED),
    "dice": message(dice={"emoji": "🎲", "value": 4}),
    "poll": message(poll=POLL),
    "moving sticker": message(sticker={**STICKER, "is_animated": True}),
}
FILES = {
    "photo": message(photo=[SMALL, LARGE]),
    "album": message(photo=[SMALL, LARGE], media_group_id="g1", caption="My tea"),
    "video": message(video={**FILE, "width": 9, "height": 9, "duration": 3, "mime_type": "video/mp4", "file_size": 9}),
    "note": message(video_note={**FILE, "length": 9, "duration": 3}),
    "animation": message(
        animation={**FILE, "width": 9, "height": 9, "duration": 1, "mime_type": "video/mp4", "file_name": "a.mp4"},
        document={**FILE, "file_name": "a.mp4"},
    ),
    "audio": message(audio={**FILE, "duration": 3, "performer": "Eva", "title": "Tea song", "mime_type": "audio/mpeg"}),
    "voice": message(voice={**FILE, "duration": 3, "mime_type": "audio/ogg"}, caption="listen"),
    "document": message(
        document={**FILE, "file_name": "bill.pdf", "mime_type": "application/pdf", "file_size": 48_213}
    ),
    "sticker": message(sticker=STICKER),
    "video sticker": message(sticker={**STICKER, "is_video": True, "thumbnail": SMALL}),
}
PLACES = {
    "location": message(location={"latitude": 43.84, "longitude": -79.52}),
    "venue": message(
        location={"latitude": 43.84, "longitude": -79.52},
        venue={"location": {"latitude": 43.84, "longitude": -79.52}, "title": "Tea House", "address": "1 Main St"},
    ),
    "contact": message(contact={"phone_number": "+4930123", "first_name": "Ada", "last_name": "L", "user_id": 8}),
    "own contact": message(contact={"phone_number": "+4930999", "first_name": "Eva", "user_id": 42}),
}
OTHERS = {
    "group": update("message", message(chat=GROUP, text="Hello")),
    "edited": update("edited_message", message(text="Hello!", edit_date=DATE + 9)),
    "edited group": update("edited_message", message(chat=GROUP, text="Hello!", edit_date=DATE + 9)),
    "live location": update(
        "edited_message", message(location={"latitude": 1.0, "longitude": 1.0}, edit_date=DATE + 9)
    ),
    "pressed": update("callback_query", {**QUERY, "data": "tea-1"}),
    "pressed place": update("callback_query", {**QUERY, "data": "#1"}),
    "pressed long ago": update(
        "callback_query", {**QUERY, "message": {"message_id": 10, "date": 0, "chat": CHAT}, "data": "#4"}
    ),
    "pressed in group": update("callback_query", {**QUERY, "message": {**ASKED, "chat": GROUP}, "data": "tea-1"}),
    "pressed elsewhere": update(
        "callback_query", {"id": "q", "from": EVA, "chat_instance": "c", "inline_message_id": "i", "data": "x"}
    ),
    "blocked": changed(CHAT, MEMBER, KICKED),
    "unblocked": changed(CHAT, KICKED, MEMBER),
    "removed": changed(GROUP, MEMBER, LEFT),
    "still a member": changed(GROUP, MEMBER, MEMBER),
    "connection": update(
        "business_connection", {"id": "bc1", "user": OWNER, "user_chat_id": 7, "date": DATE, "is_enabled": True}
    ),
    "business": update("business_message", message(business_connection_id="bc1", text="Hello")),
    "business owner": update("business_message", message(business_connection_id="bc1", text="Hi", **{"from": OWNER})),
    "business edited": update(
        "edited_business_message", message(business_connection_id="bc1", text="Hello!", edit_date=DATE + 9)
    ),
    "business deleted": update(
        "deleted_business_messages", {"business_connection_id": "bc1", "chat": CHAT, "message_ids": [11, 12]}
    ),
    "joined": update("message", message(chat=GROUP, new_chat_members=[EVA])),
    "moved": update("message", message(chat={**GROUP, "id": -5, "type": "group"}, migrate_to_chat_id=-100500)),
    "moved here": update("message", message(chat=GROUP, migrate_from_chat_id=-5)),
    "checklist": update(
        "business_message",
        message(
            business_connection_id="bc1",
            checklist={"title": "Shopping", "tasks": [{"id": 1, "text": "tea"}, {"id": 2, "text": "milk"}]},
        ),
    ),
    "channel post": update("channel_post", {"message_id": 1, "date": DATE, "chat": {"id": -9, "type": "channel"}}),
}
STOPPED = update("stopped_message_generation", {"chat": CHAT, "draft_id": 5})  # of Bot API 10.3
MESSAGES = {**TEXTS, **FILES, **PLACES}
UPDATES = {**{name: update("message", value) for name, value in MESSAGES.items()}, **OTHERS}
