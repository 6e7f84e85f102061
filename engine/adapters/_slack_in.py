"""Events and pressed buttons of Slack as things that agents said. https://docs.slack.dev/reference/events/message"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext as _

from engine.adapters._inbound import Answered, Author, Ended, Media, Opened, Thing, Unknown
from engine.adapters._slack_out import MARK, PICK, SAY
from engine.adapters._slack_text import plain

Raw = Mapping[str, Any]
_SPOKEN = ("", "file_share", "thread_broadcast", "me_message")  # subtypes of what a person typed
_KINDS = {"image": "image", "video": "video", "audio": "audio"}  # by the first half of a MIME type
_EXTERNAL = ("external", "post", "list", "canvas")  # files that have no bytes to fetch


def payload_of(body: bytes) -> Raw:
    """The JSON of a request: of an event the body, of a pressed button a field of a form. Raises ValueError."""
    if body.startswith(b"payload="):
        body = parse_qs(body.decode(), strict_parsing=True)["payload"][0].encode()
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def team_of(payload: Raw) -> str:
    """The workspace that a request is of; empty for one that is of none."""
    team = payload.get("team")
    return str(payload.get("team_id") or (team.get("id") if isinstance(team, dict) else "") or "")


def message_key(channel: str, ts: str) -> str:
    """The name of a message in its workspace."""
    return f"{channel}:{ts}"


def things_of(config: Raw, payload: Raw) -> Iterator[Thing]:
    """Everything that a request says."""
    kind = payload.get("type")
    if kind == "event_callback":
        event = payload["event"]
        if event["type"] == "message":
            yield from _message(config, event)
        elif text := _end(event):
            yield Ended(text, int(payload.get("event_time") or 0) * 1_000)
        else:
            yield Unknown(str(event["type"]))
    elif kind == "block_actions":
        yield from _pressed(payload)
    elif kind != "url_verification":
        yield Unknown(str(kind))


def _end(event: Raw) -> str:
    """The words for the end of our access; empty for other events. A person's own token may end without it."""
    if event["type"] == "app_uninstalled":
        return _("Hubster's app was removed from the Slack workspace.")
    if event["type"] == "tokens_revoked" and (event.get("tokens") or {}).get("bot"):
        return _("Hubster's access to the Slack workspace was revoked.")
    return ""


def _message(config: Raw, event: Raw) -> Iterator[Thing]:
    subtype = event.get("subtype") or ""
    if event.get("bot_id") or subtype == "bot_message":
        yield from _own(config, event)
    elif subtype in _SPOKEN and event.get("user"):
        if thread := _thread(event["channel"], event):
            yield from _said(event, thread)
    elif subtype == "message_changed":
        yield from _edited(event)
    elif subtype == "message_deleted":
        yield from _deleted(event)
    else:
        yield Unknown(f"message {subtype}")


def _own(config: Raw, event: Raw) -> Iterator[Thing]:
    """A thread that we began. Everything else that apps say is nobody's answer."""
    first: Raw = next(iter(event.get("blocks") or []), {})
    name = str(first.get("block_id") or "")
    ours = config.get("appId") and event.get("app_id") == config["appId"]
    if ours and name.startswith(MARK) and event.get("thread_ts", event["ts"]) == event["ts"]:
        yield Opened((event["channel"], event["ts"]), name.removeprefix(MARK))


def _thread(channel: str, message: Raw) -> tuple[str, str] | None:
    """The thread in which a message stands; None for one that begins its own."""
    root = message.get("thread_ts")
    return (channel, str(root)) if root and root != message.get("ts") else None


def _said(event: Raw, thread: tuple[str, str]) -> Iterator[Thing]:
    """The text, then each file as a message of its own."""
    author, key = Author(str(event["user"])), message_key(event["channel"], event["ts"])
    if text := plain(str(event.get("text") or "")).strip():
        yield Answered(thread, author, key, "message", {"type": "text", "text": text})
    for place, file in enumerate(event.get("files") or []):
        content, media = _file(file)
        name = key if not text and not place else f"{key}:{place}"
        yield Answered(thread, author, name, "message", content, media)


def _file(file: Raw) -> tuple[dict[str, Any], tuple[Media, ...]]:
    name, mime = str(file.get("name") or file.get("title") or _("file")), str(file.get("mimetype") or "")
    url = str(file.get("url_private_download") or file.get("url_private") or "")
    if file.get("mode") in _EXTERNAL or not url:
        return {"type": "text", "text": "\n".join(filter(None, (name, file.get("permalink"))))}, ()
    kind = _KINDS.get(mime.partition("/")[0], "attachment")
    content = {"type": kind, "url": ""}
    if kind == "attachment":
        content |= {"label": name, **({"mimeType": mime} if mime else {})}
    elif kind == "image":
        content["alt"] = name
    else:
        content["label"] = name
    return content, (Media("url", {"url": url}, name, mime, file.get("size")),)


def _edited(event: Raw) -> Iterator[Thing]:
    """Slack tells of previews and replies as changes too: an edit has an author of its own, and another text."""
    now, before = event["message"], event.get("previous_message") or {}
    thread = _thread(event["channel"], now)
    edited = now.get("edited")
    if (
        not edited
        or now.get("bot_id")
        or not now.get("user")
        or thread is None
        or now.get("text") == before.get("text")
    ):
        return
    key = message_key(event["channel"], now["ts"])
    payload = {"externalId": key, "text": plain(str(now.get("text") or ""))}
    yield _event(thread, str(now["user"]), f"edit:{edited['ts']}:{key}", "hubster.edited", payload)


def _deleted(event: Raw) -> Iterator[Thing]:
    before = event.get("previous_message") or {}
    thread = _thread(event["channel"], before)
    if before.get("bot_id") or thread is None or not before.get("user"):
        return
    key = message_key(event["channel"], event["deleted_ts"])
    payload = {"externalId": key}
    yield _event(thread, str(before["user"]), f"delete:{key}", "hubster.deleted", payload)


def _event(thread: tuple[str, str], user: str, key: str, kind: str, payload: Raw) -> Answered:
    content = {"type": "payload", "payloadType": kind, "payload": payload}
    return Answered(thread, Author(user), key, "event", content, about=str(payload["externalId"]))


def _pressed(payload: Raw) -> Iterator[Thing]:
    """A button says its value, or the choice of a message at its place. One that opens a link says nothing."""
    message, user = payload["message"], payload["user"]
    thread = (str(payload["channel"]["id"]), str(message.get("thread_ts") or message["ts"]))
    author = Author(str(user["id"]), str(user.get("name") or user.get("username") or ""))
    for action in payload["actions"]:
        kind, value = str(action["action_id"]).partition(":")[0], str(action.get("value") or "")
        pressed = None
        if kind == PICK:
            name, _sign, place = value.partition("#")
            pressed = (name, int(place))
        elif kind != SAY or not value:
            continue
        key = f"action:{action['action_ts']}:{message['ts']}:{action['action_id']}"
        content = {"type": "text", "text": value}
        yield Answered(thread, author, key, "message", content, pressed=pressed)
