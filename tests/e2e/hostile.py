"""A hub in which everything that can have a name has a hostile one, and a conversation full of hostile messages."""

import json
import re
import threading
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests import live
from tests.injections import CORPUS, GOOD, MARKUP, RUN, Message
from tests.services import wait_until
from tests.system.account import Account

SIGNALS = ("seen", "typing_on", "typing_off")

IMG = f"<img src=x onerror={RUN}>"
NAME = f"</b></td></title></textarea>{IMG}<script>{RUN}</script>"
TYPEABLE = [markup for markup in MARKUP if "\x00" not in markup]
DOCUMENTED = dict(re.findall(r"^- `(\w{9})` (\d{3})", Path("docs/errors.md").read_text(), re.M))
EVENTS: list[Message] = [
    {"type": "payload", "payloadType": name, "payload": payload}
    for name in (IMG, "constructor", "__proto__", "hubster.takeover", "hubster.transfer", "mine")
    for payload in (
        {"reason": "constructor", "label": IMG, "url": GOOD, IMG: IMG},
        {"reason": {"toString": 1}, "label": {"toString": 1, "valueOf": 1}, "mount": {"valueOf": 1}, "url": GOOD},
    )
]
_SHOWN = {"urlType", "url", "imageUrl", "fallbackImageUrl", "title", "subtitle", "content", "actions", "type"}
_MEDIA = {"url", "label", "mimeType"}
FIELDS = {
    "text": {"text", "items", "actions"}, "youtube": {"url"}, "vimeo": {"url"}, "video": _MEDIA, "audio": _MEDIA,
    "image": {"url", "urlAnchor", "alt", "title"}, "attachment": _MEDIA, "card": _SHOWN, "entry": _SHOWN,
    "location": {"address", "latitude", "longitude"}, "list": {"items", "actions"}, "carousel": {"items"},
    "contact": {"title", "subtitle", "imageUrl", "properties"}, "postback": {"title", "payload"},
    "reply": {"title", "payload"}, "link": {"title", "url"}, "property": {"key", "value"}, "hint": {"metadata"},
}  # fmt: skip


def expected(node: Message, kind: str) -> Message:
    """What of a message comes back: every field of its type that was given, and no other."""
    found = {}
    for name in FIELDS[kind] | {"type", "channels"}:
        value = node.get(name)
        if value is not None:
            found[name] = [_child(kind, name, item) for item in value] if isinstance(value, list) else value
    return found


def _child(kind: str, name: str, item: Message) -> Message:
    kinds = {"channels": "hint", "metadata": "property", "properties": "property", "actions": item.get("type", "")}
    usual = "entry" if kind in ("list", "carousel") else item.get("type", "")
    return expected(item, kinds.get(name, usual))


def dressed(markup: str) -> Message:
    """A message that the service takes, with markup wherever people read something."""
    press = [{"type": kind, "title": markup, "payload": markup} for kind in ("postback", "reply")]
    link = {"type": "link", "title": markup, "url": GOOD}
    pairs = [{"key": markup, "value": markup, "type": kind} for kind in ("email", "phone;cell", markup)]
    card = {"title": markup, "subtitle": markup, "content": markup, "imageUrl": GOOD}
    items = [
        {**card, "type": "card", "actions": [*press, link]},
        {"type": "image", "url": GOOD, "alt": markup, "title": markup},
        {"type": "attachment", "url": GOOD, "label": markup, "mimeType": markup},
        {"type": "video", "url": GOOD, "label": markup},
        {"type": "location", "address": markup},
        {"type": "contact", "title": markup, "subtitle": markup, "properties": pairs},
    ]
    return {"type": "text", "text": markup, "items": items, "actions": [*press, link]}


def entries(kind: str, markup: str) -> Message:
    """A list or a carousel of it."""
    item = {"title": markup, "subtitle": markup, "content": markup, "imageUrl": GOOD}
    return {"type": kind, "items": [item, item]}


class Rude(ThreadingHTTPServer):
    """An endpoint that refuses everything with a hostile page."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Rude)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is, with a hostile query."""
        return f"http://127.0.0.1:{self.server_address[1]}/hook?a='{RUN}'&script"


class _Rude(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Refuse."""
        self.rfile.read(int(self.headers["Content-Length"]))
        body = "\n".join(TYPEABLE).encode()
        self.send_response(500, IMG)
        for name, value in (("Content-Type", "text/html"), ("X-Words", NAME), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@dataclass
class HostileData:
    """The hub with its ends, and what is said there. The demo's manager owns the tenant and has a hostile name too."""

    stack: live.Stack
    conversation: str = ""
    taken: list[tuple[int, str, str, Message]] = field(default_factory=list)  # (eventId, who, message or event, it)
    rude: Rude = field(default_factory=Rude)

    @cached_property
    def account(self) -> Account:
        """The demo's tenant."""
        return Account(self.stack.base)

    def build(self) -> None:
        """Make the hub, and rename what no API names."""
        done = self.account.done
        owner = "UPDATE portal_user SET role = 'owner', email = 'owner@shop.example', first_name = ? WHERE username = ?"
        self.stack.change(owner, IMG, "manager")
        self.stack.change("UPDATE portal_tenant SET name = ? WHERE name = 'Demo'", f"{NAME} Demo")
        self.hub = done("POST", "/api/v1/hubs", {"name": f"Hub {NAME}", "description": NAME})["hubId"]
        self.agent = self.add("Direct", "Agent", integrationType="Agent")
        self.widget = self.add("WebChat", "Widget", allowedOrigins=["127.0.0.1"])
        body = {"name": f"Say {IMG}", "description": NAME, "category": IMG, "integrationTypeId": "customer",
                "type": "message", "responses": [dressed(NAME)]}  # fmt: skip
        done("POST", f"/api/v1/commands/responses/{self.hub}", body)

    def add(self, channel: str, name: str, **configuration: Any) -> str:
        """An integration with a hostile name; its id."""
        body = {"channelId": channel, "name": f"{name} {NAME}", "configuration": configuration}
        return str(self.account.done("POST", f"/api/v1/integrations/hubs/{self.hub}", body)["integrationId"])

    def find_conversation(self) -> None:
        """The one that a visitor has opened; its properties become hostile."""
        rows = self.account.done("GET", f"/api/v1/conversations/hubs/{self.hub}/established")
        self.conversation = rows[0]["conversationId"]
        given = {"full name": IMG, "__proto__": IMG, NAME: NAME, "constructor": NAME, "list": [IMG], "map": {IMG: IMG}}
        path = f"/api/v1/conversations/{self.conversation}/properties"
        answer = self.account.call("PUT", path, {"profile": given, "additional": {IMG: NAME}, IMG: {IMG: IMG}})
        assert answer.status_code == 200, answer.text

    def say(self, who: str, node: Message, kind: str = "message") -> None:
        """Send as agent or customer; the service takes it, or refuses it as documented."""
        sent = json.loads(json.dumps(node))
        path, body = f"/inbound/customer/v1/web-chat/{self.conversation}", {kind: node}
        if who == "agent":
            path = f"/inbound/business/v1/direct/activity/{self.conversation}"
            body["sender"] = {"integrationId": self.agent}
        answer = self.account.call("POST", path, body)
        if answer.status_code == 200:
            self.taken.append((answer.json()["eventId"], who, kind, sent))
            return
        for error in answer.json()["errors"]:
            assert DOCUMENTED.get(f"ENG{error['code']:06}") == str(answer.status_code) == "400", (node, answer.text)

    def say_all(self, who: str) -> None:
        """The whole corpus, what the service takes for sure, and events: of a customer none of the platform's."""
        for node in CORPUS:
            self.say(who, node)
        before = len(self.taken)
        for markup in TYPEABLE:
            self.say(who, dressed(markup))
        for kind in ("list", "carousel") if who == "agent" else ():
            self.say(who, entries(kind, NAME))
        for node in EVENTS:
            self.say(who, node, "event")
        surely = [node for node in EVENTS if who == "agent" or not node["payloadType"].startswith("hubster.")]
        assert len(self.taken) - before == len(TYPEABLE) + len(surely) + (2 if who == "agent" else 0)

    def stored(self) -> set[int]:
        """The eventIds of what people have said, without what their pages tell of themselves: seen and typing."""
        query = "SELECT event_id, content FROM engine_activity WHERE conversation_id = ? AND sender_type != ?"
        rows = self.stack.rows(query, uuid.UUID(self.conversation), "Hubster")
        return {number for number, content in rows if json.loads(content).get("type") not in SIGNALS}

    def provoke(self) -> str:
        """A delivery that fails for good, its notice and the mail about it; the delivery's id."""
        observer = self.add("System", "Observer", webhookUrl=self.rude.url, events=["message"])
        self.say("agent", {"type": "text", "text": "\n".join(TYPEABLE)})
        failed = "SELECT id FROM engine_delivery WHERE destination_id = ? AND status = 'failed'"
        wait_until("the delivery has failed", lambda: bool(self.stack.rows(failed, uuid.UUID(observer))), seconds=30)
        wait_until("the mail is out", lambda: bool(self.mails()), seconds=15)
        self.observer = observer
        return str(uuid.UUID(self.stack.rows(failed, uuid.UUID(observer))[0][0]))

    def mails(self) -> list[Path]:
        """What the demo has mailed."""
        return sorted((self.stack.folder / "mails").glob("*"))
