"""The small cast of all tests: two tenants with the same furniture, so that every test can try the neighbour's."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.test import Client as Browser
from rest_framework.test import APIClient

from engine.models import Conversation
from portal.actions.hubs import do_create_hub
from portal.actions.integrations import do_create_integration
from portal.actions.tenants import do_add_secret, do_create_tenant
from portal.models import Hub, Integration, Tenant, User

ORIGIN = "https://shop.example.com"
PASSWORD = "a long enough password"


@dataclass
class TenantFixture:
    """A tenant with a hub, integrations, people and the secrets of its two clients."""

    tenant: Tenant
    hub: Hub
    customer: Integration
    agent: Integration
    webchat: Integration
    secrets: dict[str, str]
    people: dict[str, User] = field(default_factory=dict)

    def token(self, api: str) -> str:
        """An access token by the real endpoint; `api` is `portal` or `engine`."""
        form = {
            "grant_type": "client_credentials",
            "client_id": f"hubster.{api}.api.{self.tenant.id.hex}",
            "client_secret": self.secrets[api],
        }
        return str(Browser().post("/connect/token", form).json()["access_token"])

    def api(self, api: str) -> APIClient:
        """An HTTP client with this tenant's token."""
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.token(api)}")
        return client

    def add(self, channel: str, name: str, hub: Hub | None = None, **configuration: Any) -> Integration:
        """Another integration."""
        values = {"channel": channel, "name": name, "configuration": configuration}
        return do_create_integration(hub or self.hub, values)

    def establish(self, binding: str | None = None, integration: Integration | None = None) -> Conversation:
        """A conversation over the API."""
        end = integration or self.customer
        body = {"integrationId": str(end.id), "channelType": end.channel, "binding": binding or uuid.uuid4().hex}
        answer = self.api("engine").post("/api/v1/conversations/establish", body, format="json")
        assert answer.status_code == 200, answer.content
        return Conversation.objects.get(pk=answer.json()["conversationId"])

    def browser(self, who: str) -> Browser:
        """A browser in which a person is logged in: owner, manager or agent."""
        browser = Browser()
        browser.force_login(self.people[who])
        return browser


def make_tenant_fixture(name: str) -> TenantFixture:
    """A tenant by the product's own actions."""
    tenant = do_create_tenant(Tenant(name=name))
    secrets = {}
    for client in tenant.clients.all():
        secrets[client.client_id.split(".")[1]] = do_add_secret(client, "test")[1]
    hub = do_create_hub(tenant.id, {"name": f"{name} hub", "description": "For tests"})
    party = TenantFixture(tenant, hub, None, None, None, secrets)  # type: ignore[arg-type]
    party.customer = party.add("Direct", "Customers", integrationType="Customer")
    party.agent = party.add("Direct", "Agents", integrationType="Agent", echo=True)
    party.webchat = party.add("WebChat", "Widget", allowedOrigins=["shop.example.com", "localhost"])
    for role in ("owner", "manager", "agent"):
        person = User(username=f"{name}-{role}".lower(), is_staff=True, role=role, tenant=tenant)
        person.set_password(PASSWORD)
        person.save()
        party.people[role] = person
    return party
