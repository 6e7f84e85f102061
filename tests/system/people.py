"""Those who take part in a conversation: each one speaks over HTTP and hears on a socket."""

import secrets
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

from tests.system.account import Account, Shop
from tests.system.listeners import Listener

ORIGIN = "http://localhost"
CODES = {110: "ENG000110", 6501: "ENG006501", 6503: "ENG006503"}


class Person:
    """Somebody on the business's side: an agent or a bot."""

    def __init__(self, base: str, account: Account, integration: str, conversation: str, token: str = "") -> None:
        self.account, self.integration, self.conversation = account, integration, conversation
        self.ear = Listener(base, token or account.token, integration, conversation, leid=0)
        self.heard: list[dict[str, Any]] = []

    def post(self, **node: Any) -> requests.Response:
        """Send a message or an event."""
        body = {**node, "sender": {"integrationId": self.integration}}
        return self.account.call("POST", f"/inbound/business/v1/direct/activity/{self.conversation}", body)

    def says(self, text: str) -> dict[str, Any]:
        """Say it; the receipt."""
        answer = self.post(message={"type": "text", "text": text})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    types = says

    def does(self, kind: str, **payload: Any) -> None:
        """An event: `typing_on`, or one about who answers."""
        content = {"type": "payload", "payloadType": f"hubster.{kind}", "payload": payload}
        if kind in ("seen", "typing_on", "typing_off"):
            content = {"type": kind}
        answer = self.post(event=content)
        assert answer.status_code == 200, answer.text

    def refused(self, **node: Any) -> str:
        """The code by which it is refused."""
        answer = self.post(**node)
        assert answer.status_code in (400, 403), answer.text
        return CODES[answer.json()["errors"][0]["code"]]

    def next(self) -> dict[str, Any]:
        """The next message or event that comes."""
        self.heard.append(self.ear.next(30))
        return self.heard[-1].get("message") or self.heard[-1]["event"]

    def hears(self, text: str) -> None:
        """The next thing that comes is this text."""
        found = self.next()
        assert found.get("text") == text, found

    def sees(self, kind: str) -> None:
        """The next thing that comes is this signal."""
        assert self.next()["type"] == kind

    def is_told(self, kind: str) -> dict[str, Any]:
        """The next thing that comes says who answers now; its payload."""
        found = self.next()
        assert found.get("payloadType") == f"hubster.{kind}", found
        return dict(found["payload"])

    def command_done(self) -> None:
        """The next thing that comes is the answer to a command."""
        found = self.next()
        assert (found["type"], found["status"]) == ("command", "done"), found

    def hears_nothing_more(self) -> bool:
        """Whether all has been told."""
        return self.ear.silent()


class Visitor(Person):
    """Somebody on the business's web page, with nothing but a browser's token."""

    def __init__(self, base: str, account: Account, integration: str) -> None:
        self.base, self.token = base, ""
        path = f"/api/v1/integrations/web-chat/token/{integration}"
        self.token = self.request("GET", path, None).json()["access_token"]
        body = {"integrationId": integration, "channelType": "WebChat", "binding": secrets.token_urlsafe(24)}
        established = self.request("POST", "/api/v1/conversations/establish", body).json()
        super().__init__(base, account, integration, established["conversationId"], self.token)

    def request(self, method: str, path: str, body: Any) -> requests.Response:
        """A request as the widget makes it."""
        headers = {"Origin": ORIGIN, **({"Authorization": f"WebBearer {self.token}"} if self.token else {})}
        return requests.request(method, self.base + path, json=body, headers=headers, timeout=20)

    def post(self, **node: Any) -> requests.Response:
        """Send a message or an event."""
        return self.request("POST", f"/inbound/customer/v1/web-chat/{self.conversation}", node)

    def next(self) -> dict[str, Any]:
        """The next message or event that comes from the business; the widget's own come back to it too."""
        found = super().next()
        own = self.heard[-1]["sender"]["integrationType"] == "Customer"
        return self.next() if own else found

    def hears_nothing_more(self) -> bool:
        """Whether nothing but its own words is left."""
        try:
            while True:
                self.heard.append(self.ear.next(0.7))
                if self.heard[-1]["sender"]["integrationType"] != "Customer":
                    return False
        except TimeoutError:
            return True


P = TypeVar("P", bound=Person)


@dataclass
class Cast:
    """A hub with a widget, a bot and two agents, who meet in one conversation."""

    base: str
    shop: Shop
    people: list[Person]

    def visitor(self) -> Visitor:
        """Comes to the page and writes."""
        widget = self.shop.add("WebChat", allowedOrigins=["localhost"])["integrationId"]
        return self._with(Visitor(self.base, self.shop.account, widget))

    def join(self, visitor: Visitor, integration: str) -> Person:
        """An agent or a bot who hears the visitor's conversation from its beginning."""
        return self._with(Person(self.base, self.shop.account, integration, visitor.conversation))

    def bot(self, **configuration: Any) -> str:
        """The hub's bot."""
        return str(self.shop.add("Direct", integrationType="Bot", **configuration)["integrationId"])

    def rules(self, **values: Any) -> None:
        """Set the hub's."""
        self.shop.account.done("PUT", f"/api/v1/hubs/{self.shop.hub}", values)

    def _with(self, person: P) -> P:
        self.people.append(person)
        return person
