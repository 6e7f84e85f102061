"""The content of WhatsApp's messages in the common format. Files have ids, by which the engine fetches them."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.adapters._inbound import Media

Node = Mapping[str, Any]
Item = dict[str, Any]
Content = tuple[Item, tuple[Media, ...]]

_ANY = "application/octet-stream"
_LONGEST_NAME = 200


def content_of(message: Node) -> Content | None:
    """The message and its files; None for one without anything that can be shown, or of a kind that is not known."""
    kind = str(message["type"])
    read = _READERS.get(kind)
    return read(message[kind]) if read else None


def _text(node: Node) -> Content | None:
    return _words(str(node["body"]))


def _words(text: str) -> Content | None:
    return ({"type": "text", "text": text}, ()) if text.strip() else None


def _file(kind: str) -> Callable[[Node], Content]:
    """A reader for files that arrive as a type of the format. A caption makes them the item of a text."""

    def read(node: Node) -> Content:
        mime, name = str(node.get("mime_type") or ""), str(node.get("filename") or "")[:_LONGEST_NAME]
        item: Item = {"type": kind}
        if kind == "attachment":
            item |= {"label": name or "File", "mimeType": mime.partition(";")[0].strip() or _ANY}
        caption = str(node.get("caption") or "")
        at = "items.0.url" if caption.strip() else "url"
        media = Media(at, {"id": str(node["id"])}, name=name, mime_type=mime)
        return ({"type": "text", "text": caption, "items": [item]} if caption.strip() else item), (media,)

    return read


def _location(node: Node) -> Content:
    address = ", ".join(str(node[key]) for key in ("name", "address") if node.get(key))
    where: Item = {
        "type": "location",
        "latitude": float(node["latitude"]),
        "longitude": float(node["longitude"]),
    }
    return {**where, **({"address": address} if address else {})}, ()


def _contacts(cards: list[Node]) -> Content | None:
    items = [_contact(card) for card in cards]
    if not items:
        return None
    return (items[0] if len(items) == 1 else {"type": "text", "items": items}), ()


def _contact(card: Node) -> Item:
    properties = list(_properties(card))
    name, org = card.get("name") or {}, card.get("org") or {}
    title = str(name.get("formatted_name") or "").strip() or next((one["value"] for one in properties), "")
    subtitle = ", ".join(str(org[key]) for key in ("title", "department", "company") if org.get(key))
    item = {"type": "contact", "title": title or "Contact", **({"subtitle": subtitle} if subtitle else {})}
    return {**item, **({"properties": properties} if properties else {})}


def _properties(card: Node) -> Iterator[Item]:
    for found in card.get("phones") or []:
        yield from _property("Phone", found.get("phone") or found.get("wa_id"), "phone", found.get("type"))
    for found in card.get("emails") or []:
        yield from _property("Email", found.get("email"), "email", found.get("type"))
    for found in card.get("addresses") or []:
        parts = (found.get(key) for key in ("street", "city", "state", "zip", "country"))
        yield from _property("Address", ", ".join(str(part) for part in parts if part), "address", found.get("type"))
    for found in card.get("urls") or []:
        yield from _property("URL", found.get("url"), "url", None)
    yield from _property("Birthday", card.get("birthday"), "birthday", None)


def _property(key: str, value: Any, kind: str, place: Any) -> Iterator[Item]:
    if value:
        yield {"key": key, "value": str(value), "type": f"{kind};{str(place).lower()}" if place else kind}


def _order(node: Node) -> Content | None:
    lines = [str(node.get("text") or "").strip()]
    for one in node["product_items"]:
        price = " ".join(str(one[key]) for key in ("item_price", "currency") if one.get(key) is not None)
        name = f"{one.get('quantity', 1)} × {one['product_retailer_id']}"
        lines.append(f"{name}: {price}" if price else name)
    return _words("\n".join(filter(None, lines)))


def form_of(node: Node) -> dict[str, Any]:
    """The answers that a customer gave in a form of WhatsApp's (a flow); empty when they are no object."""
    try:
        found = json.loads(node.get("response_json") or "{}")
    except ValueError:
        return {}
    return {key: value for key, value in found.items() if key != "flow_token"} if isinstance(found, dict) else {}


def form_as_text(node: Node) -> str:
    """The answers, a line for each; else the form's own words."""
    lines = [
        f"{key}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for key, value in form_of(node).items()
    ]
    return "\n".join(lines) or str(node.get("body") or node.get("name") or "")


_READERS: Mapping[str, Callable[[Any], Content | None]] = {
    "text": _text,
    "image": _file("image"),
    "sticker": _file("image"),
    "video": _file("video"),
    "audio": _file("audio"),
    "document": _file("attachment"),
    "location": _location,
    "contacts": _contacts,
    "order": _order,
}
