"""Every fault of a body is told at once: those of its form, and those that the database or the network knows of."""

import json

import pytest

from portal.actions.commands import do_create_command
from portal.models import DynamicCommand, TransferCommand

LINK = {"url": "https://mysite.io", "link_description": "There"}
UNKNOWN = {"colour": 1}
INSIDE = "http://10.0.0.1/"
TAKEN = {
    "POST /api/v1/hubs": ({"name": "Acme hub", "description": "x", "statusId": 50_000}, {206, 600}),
    "PUT /api/v1/hubs/{hub}": ({"name": "Second hub", **UNKNOWN}, {303, 600}),
    "POST /api/v1/tenants/clients/{client}/tokens": ({"name": "test", "expiration": "2001-01-01"}, {207, 600}),
    "POST /api/v1/commands/transfers/{hub}": ({"name": "SHOP", "url": "ftp://a.b", **UNKNOWN}, {202, 301, 303, 600}),
    "PUT /api/v1/commands/transfers/{shop}": ({"name": "other", "url": "ftp://a", "mountDelay": "x"}, {202, 302, 600}),
    "POST /api/v1/commands/dynamics/{hub}": ({"name": "weather", "url": INSIDE, **UNKNOWN}, {202, 303, 600}),
    "POST /api/v1/commands/responses/{hub}": (
        {"integrationTypeId": "customer", "type": "message", "responses": [{"type": "text"}]}, {301, 307},
    ),
    "PUT /api/v1/integrations/{agent}": ({"channelId": "System", "name": "Customers"}, {207, 700}),
    "GET /api/v1/integrations?pageSize=0&hubId=x": (None, {203, 208}),
}  # fmt: skip


@pytest.fixture
def ids(acme) -> dict[str, str]:
    """Names that are taken, and what paths name."""
    answer = acme.api("portal").post("/api/v1/hubs", {"name": "Second hub", "description": "x"}, format="json")
    assert answer.status_code == 200
    shop = do_create_command(TransferCommand, acme.hub, {"name": "shop", **LINK})
    do_create_command(TransferCommand, acme.hub, {"name": "other", **LINK})
    do_create_command(DynamicCommand, acme.hub, {"name": "weather", "url": "https://shop.example.com/weather"})
    client = f"hubster.portal.api.{acme.tenant.id.hex}"
    return {"hub": str(acme.hub.id), "agent": str(acme.agent.id), "shop": str(shop.id), "client": client}


@pytest.mark.parametrize("call", TAKEN)
def test_all_faults_are_told_together(acme, ids, call):
    method, path = call.split()
    body, codes = TAKEN[call]
    sent = "" if body is None else json.dumps(body)
    answer = acme.api("portal").generic(method, path.format(**ids), sent, content_type="application/json")
    assert answer.status_code == 400
    assert {error["code"] for error in answer.json()["errors"]} == codes, answer.json()
