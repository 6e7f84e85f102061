"""Who is refused: revoked secrets at once, other tenants always."""

import uuid

import pytest
import requests

from tests.system.account import Account
from tests.system.listeners import Listener, SignalR


@pytest.fixture
def secret(account):
    """A secret of its own for one test: its id and an engine token obtained with it."""
    path = f"/api/v1/tenants/clients/{account.client_id('engine')}/tokens"
    made = account.done("POST", path, {"name": uuid.uuid4().hex})
    return f"{path}/{made['id']}", account.obtain("engine", made["token"])


@pytest.fixture
def other(live) -> Account:
    """The other tenant."""
    return Account(live.base, "2", "other")


def test_a_revoked_secret_ends_api_access_at_once_in_every_process(live, account, shop, secret):
    path, token = secret
    url = f"/api/v1/conversations/{shop.conversation()}"
    for web in live.webs:
        assert Account(web.base).call("GET", url, token=token).status_code == 200
    assert account.call("DELETE", path).status_code == 200
    for web in live.webs:
        answer = Account(web.base).call("GET", url, token=token)
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["code"] == 102


def test_a_revoked_secret_closes_its_open_sockets_within_five_seconds_and_no_others(live, account, shop, secret):
    path, token = secret
    conversation = shop.conversation()
    plain = Listener(live.other, token, shop.agent, leid=0)
    signalr = SignalR(live.base, token, shop.customer, conversation)
    kept = Listener(live.other, account.token, shop.agent, leid=0)
    shop.say(conversation, "before")
    assert plain.next() and kept.next()
    assert account.call("DELETE", path).status_code == 200
    said, code = plain.end()
    assert (said[-1]["error"][:11], code) == ("[ENG000102]", 4401)
    said, _ = signalr.end()
    assert said[-1]["error"].startswith("HubException: [ENG000102]")
    shop.say(conversation, "after")
    assert kept.next()["message"]["text"] == "after"
    kept.close()


def test_another_tenants_token_opens_no_socket_on_our_ids(live, account, other, shop):
    conversation = shop.conversation()
    for kind, integration in ((Listener, shop.agent), (SignalR, shop.agent), (Listener, shop.customer)):
        said, _ = kind(live.base, other.token, integration, conversation).end()
        assert "[ENG006000]" in said[-1]["error"]


def test_our_integration_with_another_tenants_conversation_is_refused(live, account, other, shop):
    foreign = other.shop().conversation()
    for integration in (shop.customer, shop.agent):
        said, _ = Listener(live.base, account.token, integration, foreign).end()
        assert "[ENG006500]" in said[-1]["error"]


def test_another_tenants_token_reads_and_says_nothing_over_http(account, other, shop):
    conversation = shop.conversation()
    words = {"message": {"type": "text", "text": "intruder"}}
    for method, path, body in (
        ("GET", f"/api/v1/conversations/{conversation}", None),
        ("GET", f"/api/v1/interactions/activities/{conversation}?type=Customer", None),
        ("POST", f"/inbound/customer/v1/direct/activity/{conversation}", words),
        ("GET", f"/api/v1/integrations/{shop.agent}", None),
    ):
        assert other.call(method, path, body).status_code == 404, path
    assert shop.activities(conversation) == []


def test_a_portal_token_and_no_token_open_no_socket(live, account, shop):
    said, code = Listener(live.base, account.portal_token, shop.agent).end()
    assert ("[ENG000101]" in said[-1]["error"], code) == (True, 4403)
    said, code = Listener(live.base, "", shop.agent).end()
    assert ("[ENG000102]" in said[-1]["error"], code) == (True, 4401)


def test_a_token_of_one_web_process_holds_at_the_others_and_names_the_public_issuer(live, account, shop):
    for web in live.webs:
        document = requests.get(f"{web.base}/.well-known/openid-configuration", timeout=20).json()
        assert document["issuer"] == live.base
        assert Account(web.base).call("GET", "/api/v1/hubs", token=account.portal_token).status_code == 200
