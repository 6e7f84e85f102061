"""The Cloud API as Meta's pages and its OpenAPI document describe it: bodies of webhooks, and a judge of requests."""

import json
import re
from collections.abc import Iterator
from typing import Any

NUMBER, WABA = "106540352242922", "102290129340398"
CONFIG = {"accessToken": "EAAG-1", "phoneNumberId": NUMBER, "businessAccountId": WABA}
PHONE, USER = "16505551234", "US.13491208655302741918"
AT = 1_796_000_000  # seconds
WAMID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA="


def value(number: str = NUMBER, **more: Any) -> dict[str, Any]:
    """The value of a change; the sender's contact is told both ways unless it is given."""
    contact = {"profile": {"name": "Sheena", "username": "@sheena"}, "wa_id": PHONE, "user_id": USER}
    metadata = {"display_phone_number": "15550783881", "phone_number_id": number}
    return {"messaging_product": "whatsapp", "metadata": metadata, "contacts": [contact], **more}


def message(kind: str, node: Any = None, **more: Any) -> dict[str, Any]:
    """A message of the contact."""
    own = {kind: node} if node is not None else {}
    return {"from": PHONE, "from_user_id": USER, "id": WAMID, "timestamp": str(AT), "type": kind, **own, **more}


def body(*values: dict[str, Any], field: str = "messages") -> bytes:
    """A webhook."""
    changes = [{"field": field, "value": each} for each in values]
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": changes}]}).encode()


def judge(sent: dict[str, Any]) -> None:
    """Fails where Meta would refuse the body of a request to send."""
    assert sent["messaging_product"] == "whatsapp"
    if "status" in sent:
        assert sent.keys() <= {"messaging_product", "status", "message_id", "typing_indicator"}
        assert sent["status"] == "read" and sent["message_id"].startswith("wamid.")
        return
    kind = sent["type"]
    assert sent.keys() in (
        {"messaging_product", "recipient_type", "type", kind, "to"},
        {"messaging_product", "recipient_type", "type", kind, "recipient"},
    )
    assert sent["recipient_type"] == "individual"
    assert re.fullmatch(r"[0-9]{6,15}", sent["to"]) if "to" in sent else "." in sent["recipient"]
    _KINDS[kind](sent[kind])


def _text(node: dict[str, Any]) -> None:
    _within(node["body"], 4096)
    assert node.keys() <= {"body", "preview_url"}


def _file(*keys: str) -> Any:
    def judged(node: dict[str, Any]) -> None:
        assert {"link"} <= node.keys() <= {"link", *keys}
        _url(node["link"])
        if "caption" in node:
            _within(node["caption"], 1024)
        if "filename" in node:
            _within(node["filename"], 240)

    return judged


def _location(node: dict[str, Any]) -> None:
    assert {"latitude", "longitude"} <= node.keys() <= {"latitude", "longitude", "name", "address"}
    assert -90 <= float(node["latitude"]) <= 90 and -180 <= float(node["longitude"]) <= 180


def _contacts(cards: list[dict[str, Any]]) -> None:
    assert 1 <= len(cards) <= 5
    for card in cards:
        assert card.keys() <= {"name", "org", "phones", "emails", "addresses"}
        assert card["name"]["formatted_name"] and card["name"]["first_name"]
        for owner in (*card.get("phones", ()), *card.get("emails", ()), *card.get("addresses", ())):
            assert owner.get("type", "HOME") in ("HOME", "WORK")


def _interactive(node: dict[str, Any]) -> None:
    kind, action = node["type"], node["action"]
    assert node.keys() <= {"type", "header", "body", "action"}
    _within(node["body"]["text"], 1024)
    assert "header" not in node or kind in ("button", "cta_url")
    if "header" in node:
        _header(node["header"])
    if kind == "button":
        _differ([button["reply"] for button in action["buttons"]], 3, 20, 256)
        assert all(button["type"] == "reply" for button in action["buttons"])
    elif kind == "list":
        _within(action["button"], 20)
        (section,) = action["sections"]
        _differ(section["rows"], 10, 24, 200)
        for row in section["rows"]:
            _within(row.get("description", "-"), 72)
    elif kind == "cta_url":
        _cta(action)
    else:
        _carousel(action["cards"])


def _cta(action: dict[str, Any]) -> None:
    assert action.keys() == {"name", "parameters"} and action["name"] == "cta_url"
    assert action["parameters"].keys() == {"display_text", "url"}
    _within(action["parameters"]["display_text"], 20)
    _url(action["parameters"]["url"])


def _carousel(cards: list[dict[str, Any]]) -> None:
    assert 2 <= len(cards) <= 10
    assert [card["card_index"] for card in cards] == list(range(len(cards)))
    assert len({card["header"]["type"] for card in cards}) == 1
    assert len({len(card["action"].get("buttons", ())) for card in cards}) == 1
    for card in cards:
        assert card["type"] == "cta_url" and card.keys() <= {"card_index", "type", "header", "body", "action"}
        _header(card["header"])
        text = card.get("body", {"text": "-"})["text"]
        _within(text, 160)
        assert text.count("\n") <= 2
        if "buttons" in card["action"]:
            assert all(button["type"] == "quick_reply" for button in card["action"]["buttons"])
            for button in card["action"]["buttons"]:
                _within(button["quick_reply"]["title"], 20)
                _within(button["quick_reply"]["id"], 256)
        else:
            _cta(card["action"])


def _header(node: dict[str, Any]) -> None:
    assert node.keys() == {"type", node["type"]} and node["type"] in ("image", "video")
    assert node[node["type"]].keys() == {"link"}
    _url(node[node["type"]]["link"])


def _differ(replies: list[dict[str, Any]], most: int, title: int, key: int) -> None:
    assert 1 <= len(replies) <= most
    for reply in replies:
        _within(reply["title"], title)
        _within(reply["id"], key)
        assert reply["id"] == reply["id"].strip()
    assert len({reply["id"] for reply in replies}) == len(replies)
    assert len({reply["title"] for reply in replies}) == len(replies)


def _url(url: str) -> None:
    assert re.match(r"https?://[^\s/]+", url), url


def _within(text: str, most: int) -> None:
    assert text.strip() and len(text) <= most, text


_KINDS: dict[str, Any] = {
    "text": _text,
    "image": _file("caption"),
    "video": _file("caption"),
    "audio": _file(),
    "document": _file("caption", "filename"),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
}


def said_in(node: Any) -> Iterator[str]:
    """Everything in a body that a person can see or press, in its order."""
    if isinstance(node, list):
        for each in node:
            yield from said_in(each)
    elif isinstance(node, dict):
        for key, each in node.items():
            if isinstance(each, str) and key not in ("type", "to", "recipient", "messaging_product", "recipient_type"):
                yield each
            elif not isinstance(each, str):
                yield from said_in(each)


def pressed_in(node: Any) -> list[tuple[str, str]]:
    """(id, title) of all that can be pressed, in its order."""
    if isinstance(node, list):
        return [found for each in node for found in pressed_in(each)]
    if not isinstance(node, dict):
        return []
    own = [(node["id"], node["title"])] if {"id", "title"} <= node.keys() else []
    return [*own, *(found for each in node.values() for found in pressed_in(each))]
