"""Activities of bots, with their cards and suggested actions, as messages and events of the common format."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.activity.signals import TYPING_ON
from engine.adapters._bots import HANDOVER, Saying, event, message, text

CARD = "application/vnd.microsoft.card."
_HANDOFF = "handoff.initiate"
_OPENING = {"openUrl", "downloadFile", "showImage", "playAudio", "playVideo", "signin"}
_SILENT = {"trace", "delay", "conversationUpdate", "endOfConversation", "invokeResponse"}
Node = Mapping[str, Any]


def sayings(activity: Any, root: str, notes: list[str]) -> Iterator[Saying]:
    """Everything that one activity says, in its order; what the common format has no word for is told in `notes`."""
    given = _node(activity)
    kind = str(given.get("type") or "message")
    if kind == "message":
        yield from _message(given, root, notes)
    elif kind == "typing":
        yield Saying("event", {"type": TYPING_ON})
    elif kind in ("event", "handoff"):
        yield _event(given, root)
    elif kind not in _SILENT:
        notes.append(f"The bot sent an activity of the type '{kind[:40]}', which is not shown.")


def _event(given: Node, root: str) -> Saying:
    name, value = str(given.get("name") or given.get("type")), given.get("value")
    payload = value if isinstance(value, Mapping) else {} if value is None else {"value": value}
    return event(HANDOVER if name in (_HANDOFF, "handoff") else name, payload, root)


def _message(given: Node, root: str, notes: list[str]) -> Iterator[Saying]:
    """The text and what it suggests; then the attachments. Cards side by side are one carousel."""
    suggested = _actions(_node(given.get("suggestedActions")).get("actions"))
    attachments = [_node(one) for one in given.get("attachments") or []]
    words = str(given.get("text") or "")
    cards = [found for one in attachments if (found := _card(one)) is not None]
    together = len(cards) > 1
    if words.strip() or (suggested and not attachments):
        yield text(words, () if attachments else suggested)
    for place, one in enumerate(attachments):
        where = f"{root}.attachments[{place}]"
        found = _card(one)
        if found is None:
            yield from _other(one, where, notes)
        elif not together:
            yield message({"type": "card", **found}, where)
    if together:
        kind = "carousel" if given.get("attachmentLayout") == "carousel" else "list"
        yield message({"type": kind, "items": cards}, f"{root}.attachments")
    if suggested and attachments:
        yield text("…", suggested)


def _card(attachment: Node) -> dict[str, Any] | None:
    """A hero or thumbnail card, or one whose parts are like theirs; None for everything else."""
    kind, content = str(attachment.get("contentType") or ""), _node(attachment.get("content"))
    short = kind.removeprefix(CARD)
    if not kind.startswith(CARD) or short not in ("hero", "thumbnail", "signin", "receipt", "oauth"):
        return None
    images = content.get("images") or []
    picture = str(_node(images[0]).get("url") or "") if images else ""
    found = {
        "title": content.get("title"), "subtitle": content.get("subtitle"), "content": _words(content, short),
        "imageUrl": picture, "actions": _actions(content.get("buttons")),
    }  # fmt: skip
    shown = {key: value for key, value in found.items() if value}
    return shown or {"title": "…"}


def _words(content: Node, kind: str) -> str:
    if kind != "receipt":
        return str(content.get("text") or "")
    rows = [f"{_node(one).get('key')}: {_node(one).get('value')}" for one in content.get("facts") or []]
    rows += [f"{_node(one).get('title')} {_node(one).get('price') or ''}".strip() for one in content.get("items") or []]
    rows += [f"{name}: {content[key]}" for name, key in (("Tax", "tax"), ("Total", "total")) if content.get(key)]
    return "\n".join(rows)


def _other(attachment: Node, where: str, notes: list[str]) -> Iterator[Saying]:
    kind, content = str(attachment.get("contentType") or ""), _node(attachment.get("content"))
    if kind == f"{CARD}adaptive" or kind.startswith("application/vnd.microsoft.card.adaptive"):
        yield text("\n".join(_read(content)) or str(content.get("fallbackText") or "…"), _of_adaptive(content))
        return
    media = content.get("media") or []
    url = attachment.get("contentUrl") or (_node(media[0]).get("url") if media else None)
    if not url:
        notes.append(f"The bot sent an attachment of the type '{kind[:60]}', which is not shown.")
        return
    name = str(attachment.get("name") or content.get("title") or "")
    shown = kind.removeprefix(CARD).partition("/")[0]
    if shown in ("image", "animation"):
        yield message({"type": "image", "url": url, **({"title": name} if name else {})}, where)
    elif shown in ("video", "audio"):
        yield message({"type": shown, "url": url, **({"label": name} if name else {})}, where)
    else:
        label = name or str(url).rstrip("/").rpartition("/")[2] or "file"
        found = {"type": "attachment", "label": label, "mimeType": kind or "application/octet-stream", "url": url}
        yield message(found, where)


def _read(node: Any) -> Iterator[str]:
    """The texts of an adaptive card, from top to bottom."""
    if isinstance(node, list):
        for one in node:
            yield from _read(one)
    elif isinstance(node, Mapping):
        if node.get("type") in ("TextBlock", "TextRun") and node.get("text"):
            yield str(node["text"])
        for fact in node.get("facts") or []:
            yield f"{_node(fact).get('title')}: {_node(fact).get('value')}"
        for part in ("body", "items", "columns", "inlines"):
            yield from _read(node.get(part))


def _of_adaptive(content: Node) -> list[dict[str, Any]]:
    found = []
    for one in map(_node, content.get("actions") or []):
        title, data = str(one.get("title") or "…"), one.get("data")
        if one.get("type") == "Action.OpenUrl" and one.get("url"):
            found.append({"type": "link", "title": title, "url": one["url"]})
        elif one.get("type") in ("Action.Submit", "Action.Execute"):
            found.append({"type": "postback", "title": title, "payload": data if isinstance(data, str) else title})
    return found


def _actions(given: Any) -> list[dict[str, Any]]:
    return [_action(_node(one)) for one in given or []]


def _action(given: Node) -> dict[str, Any]:
    """A button. Of one that says something else than its label, the value is what the bot hears."""
    value, kind = given.get("value"), str(given.get("type") or "imBack")
    said = value if isinstance(value, str) and value else str(given.get("text") or given.get("title") or "…")
    title = str(given.get("title") or said)
    if kind in _OPENING:
        return {"type": "link", "title": title, "url": said}
    if kind == "call":
        return {"type": "link", "title": title, "url": said if said.startswith("tel:") else f"tel:{said}"}
    if kind == "imBack" and said == title:
        return {"type": "reply", "title": title, "payload": said}
    return {"type": "postback", "title": title, "payload": said}


def _node(value: Any) -> Node:
    return value if isinstance(value, Mapping) else {}
