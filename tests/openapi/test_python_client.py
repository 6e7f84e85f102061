"""A typed Python client, generated from the document and used against a running server."""

import importlib
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PACKAGE = "generated_hubster"
GENERATE = Path(sys.executable).with_name("openapi-python-client")
pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def generated(served: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module of the generated package by its name."""
    folder = tmp_path_factory.mktemp("python")
    words = [GENERATE, "generate", "--path", served, "--output-path", folder / PACKAGE, "--meta", "none"]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, cwd=folder, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if "WARNING" in line or "Endpoint" in line]
    assert complaints == []
    sys.path.insert(0, str(folder))
    yield lambda name: importlib.import_module(f"{PACKAGE}.{name}" if name else PACKAGE)
    sys.path.remove(str(folder))


@pytest.fixture
def portal(generated, account) -> Any:
    """The generated client with a portal token."""
    return generated("client").AuthenticatedClient(base_url=account.base, token=account.portal_token)


@pytest.fixture
def models(generated) -> ModuleType:
    """The generated types."""
    return generated("models")


def calls(generated: Any, tag: str, name: str) -> Any:
    """One generated operation."""
    return generated(f"api.{tag}.{name}")


def new_hub(generated: Any, portal: Any, models: Any, name: str | None = None) -> Any:
    """A hub made by the generated client."""
    body = models.HubCreate(name=name or uuid.uuid4().hex, description="Typed")
    return calls(generated, "hubs", "create_hub").sync(client=portal, body=body)


def test_a_hub_is_made_and_read_back(generated, portal, models):
    body = models.HubCreate(name=uuid.uuid4().hex, description="Typed", status_id=models.SettableHubStatus.PAUSED)
    made = calls(generated, "hubs", "create_hub").sync(client=portal, body=body)
    assert isinstance(made, models.Hub)
    assert isinstance(made.hub_id, uuid.UUID)
    assert made.status_id.name == "PAUSED"
    assert calls(generated, "hubs", "get_hub").sync(made.hub_id, client=portal) == made


def test_an_integration_is_made_and_read_back_as_its_own_channel(generated, portal, models):
    hub = new_hub(generated, portal, models)
    configuration = models.DirectConfiguration(
        integration_type=models.DirectConfigurationIntegrationType.AGENT,
        echo=True,
        start=[models.TextMessage(type_="text", text="Hello")],
    )
    body = models.DirectIntegrationCreate(channel_id="Direct", name="Desk", configuration=configuration)
    made = calls(generated, "integrations", "create_integration").sync(hub.hub_id, client=portal, body=body)
    assert isinstance(made, models.DirectIntegration)
    assert made.configuration.start[0].text == "Hello"
    found = calls(generated, "integrations", "get_integration").sync(made.integration_id, client=portal)
    assert found == made
    origins = models.WebChatConfiguration(allowed_origins=["shop.example.com"])
    widget = models.WebChatIntegrationCreate(channel_id="WebChat", name="Widget", configuration=origins)
    made = calls(generated, "integrations", "create_integration").sync(hub.hub_id, client=portal, body=widget)
    assert isinstance(made, models.WebChatIntegration)


def test_lists_come_in_pages(generated, portal, models):
    for _ in range(3):
        new_hub(generated, portal, models)
    found, number = [], 0
    while True:
        page = calls(generated, "hubs", "list_hubs").sync(client=portal, page_number=number, page_size=2)
        found += page.results
        number += 1
        if number * page.page_size >= page.total:
            break
    assert len({hub.hub_id for hub in found}) == len(found) == page.total >= 3


def test_a_documented_error_is_a_typed_error(generated, portal, models):
    new_hub(generated, portal, models, "taken")
    body = models.HubCreate(name="taken", description="Typed")
    answer = calls(generated, "hubs", "create_hub").sync_detailed(client=portal, body=body)
    assert answer.status_code == 400
    assert isinstance(answer.parsed, models.Error)
    assert answer.parsed.errors[0].code == 600
    lost = calls(generated, "hubs", "get_hub").sync_detailed(uuid.uuid4(), client=portal)
    assert (lost.status_code, lost.parsed.errors[0].code) == (404, 699)


def test_a_conversation_is_held(generated, account, models):
    engine = generated("client").AuthenticatedClient(base_url=account.base, token=account.token)
    shop = account.shop()
    opening = models.EstablishRequest(
        integration_id=uuid.UUID(shop.customer),
        binding=uuid.uuid4().hex,
        channel_type=models.EstablishRequestChannelType.DIRECT,
    )
    opened = calls(generated, "conversations", "establish_conversation").sync(client=engine, body=opening)
    said = models.SendMessage(message=models.TextMessage(type_="text", text="Hello"), external_id="mine")
    receipt = calls(generated, "activities", "send_activity").sync(
        opened.conversation_id, client=engine, body=said, idempotency_key="once"
    )
    assert isinstance(receipt, models.Receipt)
    heard = calls(generated, "interactions", "list_activities").sync(
        opened.conversation_id, client=engine, type_=models.ListActivitiesType.CUSTOMER
    )
    assert [(row.message.text, row.external_id, row.event_id) for row in heard] == [("Hello", "mine", receipt.event_id)]


def test_a_token_is_obtained_with_a_typed_form(generated, account, models):
    anybody = generated("client").Client(base_url=account.base)
    form = models.TokenRequest(
        grant_type=models.TokenRequestGrantType.CLIENT_CREDENTIALS,
        client_id=account.client_id("portal"),
        client_secret="demo-portal-secret",
    )
    answer = calls(generated, "authentication", "create_token").sync(client=anybody, body=form)
    assert isinstance(answer, models.AccessToken)
    form.client_secret = "wrong"
    refused = calls(generated, "authentication", "create_token").sync(client=anybody, body=form)
    assert isinstance(refused, models.OAuthError)
    assert refused.error == "invalid_client"
