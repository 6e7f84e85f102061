"""WebChat visitors: whose page may have a token, and what a token opens."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from engine.adapters._origins import origin_allowed
from engine.models import Conversation
from hubster.lib import clock
from tests.background import do_run
from tests.cast import ORIGIN
from tests.engine.tab import Tab
from tests.two_tenants import codes_of, snapshot

pytestmark = pytest.mark.usefixtures("still")

ALLOWED = ["hubster.io", "localhost", "127.0.0.1", "https://full.example.com", "http://plain.example.com:8080"]
ORIGINS = [
    ("https://hubster.io", True), ("http://hubster.io", False), ("https://hubster.io:443", False),
    ("https://hubster.io:8443", False), ("https://www.hubster.io", False), ("https://evil-hubster.io", False),
    ("https://hubster.io.evil.com", False), ("https://evil.com/hubster.io", False),
    ("https://hubster.io@evil.com", False),
    ("https://hubster.io ", False), ("https://hubster.io\n", False), ("HTTPS://HUBSTER.IO", False),
    ("hubster.io", False),
    ("null", False), ("", False), ("*", False), ("https://", False), ("file://", False), ("https://hubster.io.", False),
    ("https://localhost", True), ("http://localhost", True), ("http://localhost:3000", True),
    ("https://localhost:1", True),
    ("http://localhost.evil.com", False), ("http://127.0.0.1", True), ("http://127.0.0.1:65535", True),
    ("http://127.0.0.2", False), ("http://127.0.0.1.evil.com", False), ("http://localhost:abc", False),
    ("https://full.example.com", True), ("http://full.example.com", False), ("https://full.example.com:444", False),
    ("https://sub.full.example.com", False), ("http://plain.example.com:8080", True),
    ("http://plain.example.com", False),
    ("https://plain.example.com:8080", False), ("chrome-extension://hubster.io", False), ("ws://hubster.io", False),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "allowed"), ORIGINS)
def test_an_origin_is_compared_exactly(origin, allowed):
    assert origin_allowed(origin, ALLOWED) is allowed


@pytest.fixture
def widget(pair):
    """A WebChat integration with all forms of allowed origins."""
    return pair.acme.add("WebChat", "Origins", allowedOrigins=[entry.upper() for entry in ALLOWED])


@pytest.mark.parametrize(("origin", "allowed"), [*ORIGINS, (None, False)])
def test_a_page_gets_a_token_only_from_an_allowed_origin(pair, widget, origin, allowed):
    headers = {} if origin is None else {"origin": origin}
    answer = APIClient().get(f"/api/v1/integrations/web-chat/token/{widget.id}", headers=headers)
    if allowed:
        assert set(answer.json()) == {"access_token", "token_type", "expires_in"}
        assert answer.json()["token_type"] == "WebBearer"
    else:
        assert (answer.status_code, codes_of(answer)) == (403, ["ENG000101"])
        assert "allowed origins" in answer.json()["errors"][0]["description"]


@pytest.mark.parametrize(
    ("public", "site", "status"),
    [
        ("https://chat.example.com", "same-origin", 200),
        ("http://chat.example.com", "same-origin", 403),
        ("https://other.example.com", "same-origin", 403),
        ("https://chat.example.com", "same-site", 403),
        ("https://chat.example.com", None, 403),
    ],
)
def test_a_page_of_our_own_counts_by_the_address_that_clients_use(pair, settings, public, site, status):
    """Browsers leave `Origin` out there, and behind a proxy that ends TLS every request comes over http."""
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = public, ["chat.example.com"]
    widget = pair.acme.add("WebChat", "Own", allowedOrigins=["chat.example.com"])
    headers = {"host": "chat.example.com", **({"sec-fetch-site": site} if site else {})}
    answer = APIClient().get(f"/api/v1/integrations/web-chat/token/{widget.id}", headers=headers)
    assert answer.status_code == status


def test_no_token_for_an_integration_that_is_not_web_chat(pair):
    for integration in (pair.own.integration_id, uuid.uuid4()):
        answer = APIClient().get(f"/api/v1/integrations/web-chat/token/{integration}", headers={"origin": ORIGIN})
        assert (answer.status_code, codes_of(answer)) == (404, ["ENG006000"])


def test_a_visitor_reads_writes_and_listens_to_its_own_conversation_only(pair):
    first, second = Tab(pair), Tab(pair)
    mine, theirs = first.establish("guest"), second.establish("guest")
    assert mine != theirs
    assert first.may(mine) == second.may(theirs) == (200, 200, True)
    before = snapshot()
    assert first.may(theirs) == second.may(mine) == (404, 404, False)
    assert snapshot() == before


def test_a_renewed_token_keeps_its_conversations(pair):
    first = Tab(pair)
    mine = first.establish("guest")
    url, headers = f"/api/v1/integrations/web-chat/token/{pair.own.webchat_id}", {"origin": ORIGIN}
    for scheme in ("WebBearer", "Bearer"):
        renewed = APIClient().get(url, headers={**headers, "authorization": f"{scheme} {first.token}"})
        assert Tab(pair, renewed.json()["access_token"]).may(mine) == (200, 200, True)


@pytest.mark.parametrize(("days", "same"), [(2, True), (30, True), (32, False)])
def test_who_comes_back_after_days_is_the_same_visitor(pair, days, same):
    tab = Tab(pair)
    mine, url = tab.establish("guest"), f"/api/v1/integrations/web-chat/token/{pair.own.webchat_id}"
    with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
        assert tab.read(mine).status_code == 401
        answer = APIClient().get(url, headers={"origin": ORIGIN, "authorization": f"WebBearer {tab.token}"})
        assert Tab(pair, answer.json()["access_token"]).read(mine).status_code == (200 if same else 404)


def test_an_unusable_token_at_renewal_makes_a_new_visitor(pair):
    mine = Tab(pair).establish("guest")
    url = f"/api/v1/integrations/web-chat/token/{pair.own.webchat_id}"
    for header in ("WebBearer x", f"Bearer {pair.acme.token('engine')}", "WebBearer", "Basic abc", ""):
        answer = APIClient().get(url, headers={"origin": ORIGIN, "authorization": header})
        assert answer.status_code == 200, header
        assert Tab(pair, answer.json()["access_token"]).read(mine).status_code == 404


def test_a_visitor_speaks_as_the_customer_whatever_it_claims(pair):
    tab = Tab(pair)
    mine = tab.establish("guest")
    claim = {"integrationId": pair.own.agent_id}
    answer = tab.say(mine, sender=claim, message={"type": "text", "text": "I am an agent"})
    assert answer.json()["integrationId"] == pair.own.webchat_id
    assert Conversation.objects.get(pk=mine).activities.get().sender_type == "Customer"
    for path in ("customer", "business"):
        url = f"/inbound/{path}/v1/direct/activity/{mine}"
        body = {"sender": claim, "message": {"type": "text", "text": "x"}}
        refused = tab.client.post(url, body, format="json")
        assert (refused.status_code, codes_of(refused)) == (403, ["ENG000101"])
    listed = tab.say(mine, message={"type": "list", "items": [{"title": "x"}]})
    assert (listed.status_code, codes_of(listed)) == (400, ["ENG005002"])


def test_after_a_close_the_visitor_goes_on_in_a_new_conversation_of_its_own(pair):
    tab, stranger = Tab(pair), Tab(pair)
    mine = tab.establish("guest")
    pair.clients["engine"].post(f"/api/v1/conversations/{mine}/close")
    fresh = tab.say(mine).json()["conversationId"]
    assert fresh != mine
    assert tab.say(mine).json()["conversationId"] == fresh
    assert tab.may(fresh) == (200, 200, True)
    assert stranger.may(fresh) == (404, 404, False)


def test_a_visitor_always_hears_its_own_words_as_an_echo(pair):
    tab = Tab(pair)
    mine = tab.establish("guest")
    tab.say(mine)
    do_run(mine)
    echo = Conversation.objects.get(pk=mine).deliveries.get(echo=True)
    assert echo.destination == pair.acme.webchat


def test_an_idempotency_key_of_one_visitor_says_nothing_about_another(pair):
    first, second = Tab(pair), Tab(pair)
    mine, theirs = first.establish("guest"), second.establish("guest")
    answers = []
    for tab, conversation in ((first, mine), (second, theirs), (first, mine)):
        url = f"/inbound/customer/v1/web-chat/{conversation}"
        body = {"message": {"type": "text", "text": "Hi"}}
        answers.append(tab.client.post(url, body, format="json", HTTP_IDEMPOTENCY_KEY="1").json())
    assert answers[0] == answers[2]
    assert [answer["conversationId"] for answer in answers[:2]] == [mine, theirs]
