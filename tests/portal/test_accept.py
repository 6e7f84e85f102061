"""A client that asks for a format that we do not have gets JSON; nothing fails and nothing is logged."""

import logging

import pytest

from tests.api_table import CALLS
from tests.cast import ORIGIN
from tests.two_tenants import fault_of, send

ACCEPTS = [
    "text/html",
    "application/xml;q=0.9",
    "text/csv, application/jwt",
    "application/vnd.api+json",
    "",
    "nonsense",
    "application/json; indent=8",
    "text/*;q=0",
    "," * 9000,
]


@pytest.fixture
def logged(caplog):
    """Warnings and errors of ours."""
    with caplog.at_level(logging.WARNING):
        yield lambda: [record.message for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("call", [call for call in CALLS if call.path != "connect/token"], ids=str)
def test_every_call_answers_in_json_whatever_is_accepted(pair, call, logged):
    answer = send(pair.clients[call.api], call, pair.own, HTTP_ACCEPT="text/html, application/xml")
    assert answer.status_code < 400, answer.content
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    assert kind in ("application/json", "") or not answer.content, kind
    assert logged() == []


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize(
    ("api", "path", "status"),
    [
        ("portal", "/api/v1/hubs", 200),
        ("portal", "/api/v1/hubs/seventeen", 400),
        ("none", "/api/v1/hubs", 401),
        ("engine", "/api/v1/hubs", 403),
        ("portal", "/api/v1/nowhere", 404),
        ("engine", "/api/v1/conversations/establish", 405),
    ],
)
def test_errors_have_the_documented_shape_whatever_is_accepted(pair, accept, api, path, status, logged):
    answer = pair.clients[api].get(path, HTTP_ACCEPT=accept)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert status == 200 or fault_of(answer) is None
    assert logged() == []


@pytest.mark.parametrize("query", ["format=xml", "format=", "format=api&pageSize=1", "FORMAT=json"])
def test_an_argument_named_format_is_the_callers_own(pair, query):
    portal = pair.clients["portal"]
    plain = portal.get("/api/v1/hubs").json()["results"]
    wanted = plain[:1] if "pageSize" in query else plain
    assert portal.get(f"/api/v1/hubs?{query}").json()["results"] == wanted


@pytest.mark.parametrize("accept", ["text/html", "application/jwt", ""])
def test_addresses_without_a_token_answer_too(pair, accept, logged):
    token = f"/api/v1/integrations/web-chat/token/{pair.acme.webchat.id}"
    for answer in (
        pair.clients["none"].get(token, HTTP_ACCEPT=accept, HTTP_ORIGIN=ORIGIN),
        pair.clients["none"].get("/.well-known/jwks.json", HTTP_ACCEPT=accept),
        pair.clients["none"].get("/api/openapi.json", HTTP_ACCEPT=accept),
        pair.clients["none"].post("/engine-chat-hub/negotiate", HTTP_ACCEPT=accept),
    ):
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert logged() == []


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "x" * 400, "application/json; charset=utf-16", ""])
def test_a_body_is_read_as_json_whatever_it_calls_itself(pair, kind):
    body = '{"name": "Typed", "description": "d"}'
    answer = pair.clients["portal"].generic("POST", "/api/v1/hubs", body, content_type=kind)
    assert answer.status_code == 200, answer.content
