"""SignalR's negotiation: how a client learns which transport to open, and with which token."""

import pytest

NEGOTIATE = "/engine-chat-hub/negotiate?negotiateVersion=1"
PAGE = {"origin": "https://shop.example"}
PREFLIGHT = {
    **PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,x-requested-with,x-signalr-user-agent",
}


@pytest.mark.parametrize(
    ("query", "version"),
    [
        ("", 0),
        ("?negotiateVersion=", 0),
        ("?negotiateVersion=0", 0),
        ("?negotiateVersion=1", 1),
        ("?negotiateVersion=2", 1),
        ("?x=1", 0),
    ],
)
def test_both_versions_are_negotiated(client, query, version):
    answer = client.post(f"/engine-chat-hub/negotiate{query}")
    assert answer.status_code == 200
    body = answer.json()
    assert body["availableTransports"] == [{"transport": "WebSockets", "transferFormats": ["Text"]}]
    assert body["connectionId"]
    assert body["negotiateVersion"] == version
    assert body.get("connectionToken") == (body["connectionId"] if version else None)


@pytest.mark.parametrize("version", ["x", "-1", "1.0", "9" * 30])
def test_a_version_that_is_none_is_told_as_signalr_tells_it(client, version):
    answer = client.post(f"/engine-chat-hub/negotiate?negotiateVersion={version}")
    assert answer.status_code == 200
    assert answer.json() == {"error": f"The client requested an invalid protocol version '{version}'."}


@pytest.mark.parametrize("address", [NEGOTIATE, NEGOTIATE.replace("?", "/?")])
@pytest.mark.parametrize(("method", "headers"), [("post", PAGE), ("options", PREFLIGHT)])
def test_a_page_of_another_origin_may_ask_with_credentials_as_signalr_clients_do(client, method, headers, address):
    answer = getattr(client, method)(address, headers=headers)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"
    assert answer["Access-Control-Allow-Credentials"] == "true"
    assert "origin" in answer["Vary"].lower()
    assert "no-store" in answer.get("Cache-Control", "no-store")


def test_what_is_asked_from_no_page_is_answered_without_a_word_of_origins_and_kept_apart(client):
    answer = client.post(NEGOTIATE)
    assert "origin" in answer["Vary"].lower()
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize("address", ["/api/v1/hubs", "/connect/token", "/engine-chat-hub", "/engine-chat-hubs/x"])
def test_nowhere_else_are_credentials_allowed(client, db, address):
    for answer in (client.options(address, headers=PREFLIGHT), client.get(address, headers=PAGE)):
        assert answer.headers.get("Access-Control-Allow-Origin", "*") == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_the_cookie_of_somebody_signed_in_to_the_admin_gives_nothing(admin_client, django_assert_num_queries):
    assert admin_client.cookies
    with django_assert_num_queries(0):
        answer = admin_client.post(NEGOTIATE, headers=PAGE)
    assert not answer.cookies
    assert set(answer.json()) == {"connectionId", "connectionToken", "negotiateVersion", "availableTransports"}
    assert "cookie" not in answer["Vary"].lower(), "it was read"
