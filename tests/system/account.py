"""A tenant's API client and the hubs it makes, over HTTP only."""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import requests

from tests.services import wait_until


def guid(tail: str) -> str:
    """`a1` as 00000000-0000-0000-0000-0000000000a1."""
    return str(uuid.UUID(tail.rjust(32, "0")))


@dataclass
class Account:
    """One of the demo's tenants: `1` is Demo, `2` is Other."""

    base: str
    tenant: str = "1"
    name: str = "demo"

    def client_id(self, api: str) -> str:
        """`portal` or `engine`."""
        return f"hubster.{api}.api.{self.tenant.rjust(32, '0')}"

    def obtain(self, api: str, secret: str) -> str:
        """A new access token."""
        form = {"grant_type": "client_credentials", "client_id": self.client_id(api), "client_secret": secret}
        answer = requests.post(f"{self.base}/connect/token", data=form, timeout=20)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    @cached_property
    def token(self) -> str:
        """The engine's token, obtained once."""
        return self.obtain("engine", f"{self.name}-engine-secret")

    @cached_property
    def portal_token(self) -> str:
        """The portal's token, obtained once."""
        return self.obtain("portal", f"{self.name}-portal-secret")

    def call(
        self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str
    ) -> requests.Response:
        """Any call; the portal's paths get the portal's token. Faults of the connection are raised."""
        portal = path.startswith(("/api/v1/hubs", "/api/v1/integrations", "/api/v1/tenants", "/api/v1/commands"))
        bearer = token or (self.portal_token if portal else self.token)
        sent = {"Authorization": f"Bearer {bearer}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return requests.request(method, self.base + path, json=body, headers=sent, timeout=20)

    def done(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer's JSON of a call that must succeed."""
        answer = self.call(method, path, body, **headers)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def shop(self) -> "Shop":
        """A new hub with a Direct customer and a Direct agent, both on sockets."""
        hub = self.done("POST", "/api/v1/hubs", {"name": uuid.uuid4().hex, "description": "made by a test"})["hubId"]
        made = Shop(self, hub, "", "")
        made.customer = made.add("Direct", integrationType="Customer")["integrationId"]
        made.agent = made.add("Direct", integrationType="Agent")["integrationId"]
        return made


@dataclass
class Shop:
    """A hub of its own for one test."""

    account: Account
    hub: str
    customer: str
    agent: str

    def add(self, channel: str, **configuration: Any) -> dict[str, Any]:
        """One more integration, as the portal shows it."""
        body = {"channelId": channel, "name": uuid.uuid4().hex, "configuration": configuration}
        return dict(self.account.done("POST", f"/api/v1/integrations/hubs/{self.hub}", body))

    def watched_by(self, url: str, *events: str) -> dict[str, Any]:
        """A System webhook; its configuration holds the signing keys."""
        return self.add("System", webhookUrl=url, events=list(events or ("message",)))

    def conversation(self, customer: str | None = None) -> str:
        """A new conversation."""
        body = {"integrationId": customer or self.customer, "channelType": "Direct", "binding": uuid.uuid4().hex}
        return str(self.account.done("POST", "/api/v1/conversations/establish", body)["conversationId"])

    def say(self, conversation: str, text: str, **headers: str) -> dict[str, Any]:
        """The customer says something; the receipt."""
        body = {"type": "message", "message": {"type": "text", "text": text}}
        path = f"/inbound/customer/v1/direct/activity/{conversation}"
        return dict(self.account.done("POST", path, body, **headers))

    def reply(self, conversation: str, text: str, sender: str | None = None) -> dict[str, Any]:
        """The agent answers; the receipt."""
        body = {"message": {"type": "text", "text": text}, "sender": {"integrationId": sender or self.agent}}
        return dict(self.account.done("POST", f"/inbound/business/v1/direct/activity/{conversation}", body))

    def activities(self, conversation: str, kind: str = "Customer") -> list[dict[str, Any]]:
        """The conversation as the API has it."""
        return list(self.account.done("GET", f"/api/v1/interactions/activities/{conversation}?type={kind}"))

    def wait_processed(self, stack: Any, conversation: str) -> None:
        """Until the pipeline has handled everything that was said."""
        query = "SELECT count(*) FROM engine_activity WHERE conversation_id = ? AND state = 'accepted'"
        wait_until("the pipeline is done", lambda: stack.rows(query, uuid.UUID(conversation))[0][0] == 0)


def texts(activities: list[dict[str, Any]]) -> list[str]:
    """What was said."""
    return [activity["message"]["text"] for activity in activities]
