"""How many requests a caller may make, over the API."""

from random import randrange
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from hubster.lib import rate
from tests.api_table import CALLS, WITH_TOKEN
from tests.cast import ORIGIN
from tests.two_tenants import codes_of, fault_of, send, webchat_token

SEEN = f"/api/v1/interactions/activities/{uuid4()}"  # a visitor may ask; there is nothing


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """The time stands still, ten seconds into a minute in which nobody else counts."""
    minute = 30_000_000 + randrange(10**9)
    monkeypatch.setattr(rate, "time", lambda: minute * 60.0 + 10)


@pytest.fixture
def acme(pair):
    """The first of the neighbours."""
    return pair.acme


@pytest.fixture
def globex(pair):
    """The other one."""
    return pair.globex


def client_of(party, api: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {party.token(api)}")
    return client


def visitor_of(party) -> APIClient:
    """A new browser with the widget."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"WebBearer {webchat_token(party)}", HTTP_ORIGIN=ORIGIN)
    return client


@pytest.mark.parametrize("call", WITH_TOKEN, ids=str)
def test_every_call_with_a_token_tells_what_is_left(pair, settings, call):
    settings.HUBSTER_RATE_CLIENT, settings.HUBSTER_RATE_TENANT = 500, 5000
    answer = send(pair.clients[call.api], call, pair.own)
    shown = {name: answer.headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")}
    assert shown == {"Limit": "500", "Remaining": "499", "Reset": "50"}


def test_over_its_limit_a_client_is_told_when_to_come_back_and_others_go_on(acme, globex, settings):
    settings.HUBSTER_RATE_CLIENT = 2
    portal = client_of(acme, "portal")
    assert [portal.get("/api/v1/hubs").status_code for _ in range(3)] == [200, 200, 429]
    refused = portal.get("/api/v1/hubs")
    assert (fault_of(refused), codes_of(refused)) == (None, ["PRT000107"])
    assert int(refused.headers["Retry-After"]) in range(50, 53)
    assert refused.headers["RateLimit-Remaining"] == "0"
    engine = client_of(acme, "engine")
    assert engine.get(f"/api/v1/conversations/hubs/{acme.hub.id}/established").status_code == 200
    assert client_of(globex, "portal").get("/api/v1/hubs").status_code == 200


def test_all_clients_of_a_tenant_together_stay_within_its_limit(acme, globex, settings):
    settings.HUBSTER_RATE_CLIENT, settings.HUBSTER_RATE_TENANT = 0, 3
    portal, engine = client_of(acme, "portal"), client_of(acme, "engine")
    path = f"/api/v1/conversations/hubs/{acme.hub.id}/established"
    statuses = [portal.get("/api/v1/hubs").status_code, engine.get(path).status_code, engine.get(path).status_code]
    assert statuses == [200, 200, 200]
    refused = engine.get(path)
    assert (refused.status_code, codes_of(refused)) == (429, ["ENG000107"])
    assert client_of(globex, "engine").get(path).status_code == 404


def test_visitors_use_up_nothing_of_the_clients_share_nor_clients_of_the_visitors(acme, globex, settings):
    visitors = [visitor_of(acme) for _ in range(4)]
    settings.HUBSTER_RATE_TENANT = 3
    assert [visitor.get(SEEN).status_code == 429 for visitor in visitors] == [False, False, False, True]
    portal = client_of(acme, "portal")
    assert [portal.get("/api/v1/hubs").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert visitor_of(globex).get(SEEN).status_code != 429


def test_visitors_of_one_address_together_have_ten_visitors_shares(acme, settings):
    visitors = [visitor_of(acme) for _ in range(12)]
    settings.HUBSTER_RATE_VISITOR = 1
    found = [visitor.get(SEEN).status_code == 429 for visitor in visitors]
    assert found == [False] * 10 + [True] * 2
    assert visitors[11].get(SEEN, REMOTE_ADDR="127.0.0.9").status_code == 429, "its own share is used up by then"
    assert visitor_of(acme).get(SEEN, REMOTE_ADDR="127.0.0.9").status_code != 429


def test_a_refused_address_does_not_use_up_the_share_of_a_tenants_visitors(acme, settings):
    visitors = [visitor_of(acme) for _ in range(14)]
    settings.HUBSTER_RATE_VISITOR, settings.HUBSTER_RATE_TENANT = 1, 11
    for visitor in visitors[:13]:
        visitor.get(SEEN)
    assert visitors[13].get(SEEN, REMOTE_ADDR="127.0.0.9").status_code != 429


def test_a_refused_client_does_not_use_up_its_tenants_share(acme, settings):
    settings.HUBSTER_RATE_CLIENT, settings.HUBSTER_RATE_TENANT = 1, 3
    portal = client_of(acme, "portal")
    assert [portal.get("/api/v1/hubs").status_code for _ in range(6)] == [200, 429, 429, 429, 429, 429]
    path = f"/api/v1/conversations/hubs/{acme.hub.id}/established"
    assert client_of(acme, "engine").get(path).status_code == 200


def test_a_refused_call_changes_nothing(acme, settings):
    settings.HUBSTER_RATE_CLIENT = 1
    portal = client_of(acme, "portal")
    portal.get("/api/v1/hubs")
    assert portal.post("/api/v1/hubs", {"name": "n", "description": "d"}, format="json").status_code == 429
    assert not acme.tenant.hubs.filter(name="n").exists()


def test_widget_tokens_are_counted_by_address(acme, settings):
    settings.HUBSTER_RATE_ADDRESS = 2
    path = f"/api/v1/integrations/web-chat/token/{acme.webchat.id}"
    browser = APIClient()
    browser.credentials(HTTP_ORIGIN=ORIGIN)
    assert [browser.get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert browser.get(path, REMOTE_ADDR="127.0.0.9").status_code == 200


def test_an_ipv6_network_counts_as_one_address(acme, settings):
    settings.HUBSTER_RATE_ADDRESS = 1
    browser = APIClient()
    browser.credentials(HTTP_ORIGIN=ORIGIN)

    def status(address: str) -> int:
        path = f"/api/v1/integrations/web-chat/token/{acme.webchat.id}"
        return browser.get(path, REMOTE_ADDR=address).status_code

    assert [status(address) for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")] == [200, 429, 200]
    assert [status(address) for address in ("::ffff:192.0.2.1", "192.0.2.1")] == [200, 429]


def test_a_forged_address_is_no_way_around(acme, settings):
    settings.HUBSTER_RATE_ADDRESS = 1
    path = f"/api/v1/integrations/web-chat/token/{acme.webchat.id}"
    browser = APIClient()
    browser.credentials(HTTP_ORIGIN=ORIGIN)
    assert browser.get(path, HTTP_X_FORWARDED_FOR="10.0.0.1").status_code == 200
    assert browser.get(path, HTTP_X_FORWARDED_FOR="10.0.0.2").status_code == 429
    settings.HUBSTER_TRUSTED_PROXIES = 1
    assert browser.get(path, HTTP_X_FORWARDED_FOR="1.1.1.1, 10.0.0.1").status_code == 200
    assert browser.get(path, HTTP_X_FORWARDED_FOR="2.2.2.2, 10.0.0.1").status_code == 429


def test_a_page_elsewhere_may_read_the_rate_headers(acme):
    answer = client_of(acme, "portal").get("/api/v1/hubs", HTTP_ORIGIN="https://tools.example.com")
    exposed = {name.strip().lower() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert {"retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} <= exposed
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_browser_may_ask_for_every_call_beforehand(client, call):
    path = "/" + call.path.replace("{", "").replace("}", "")
    answer = client.options(
        path,
        headers={
            "origin": "https://tools.example.com",
            "access-control-request-method": call.method,
            "access-control-request-headers": "authorization,content-type,idempotency-key",
        },
    )
    assert answer.status_code == 200
    assert call.method in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "idempotency-key"))
