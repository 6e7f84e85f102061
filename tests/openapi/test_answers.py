"""Every answer of every call is what the document says: its status, its headers, its body to the last property."""

import json
import uuid
from typing import Any

import pytest
from django.conf import settings

from tests.api_table import CALLS, WITH_BODY, WITH_TOKEN, Call, random_ids
from tests.background import do_run
from tests.openapi.contract import judge
from tests.openapi.test_document import SERVED
from tests.two_tenants import anonymous, send, webchat_token

DESCRIBED = [call for call in CALLS if call.route != SERVED]
ACTIVITIES = [call for call in CALLS if call.path.startswith("inbound/")]
TEXT = {"type": "text", "text": "Hello"}
MESSAGES = [
    TEXT,
    {"type": "list", "items": [{"title": "One", "actions": [{"type": "reply", "title": "Yes", "payload": "y"}]}]},
    {"type": "location", "latitude": 1.5, "longitude": 2},
    {"type": "contact", "title": "Eva", "properties": [{"key": "Cell", "value": "1", "type": "phone;cell"}]},
]
EVENTS = [{"type": "seen"}, {"type": "payload", "payloadType": "mine", "payload": {"a": [1, None]}}]


def check(method: str, path: str, answer: Any, *statuses: int) -> None:
    """The answer has one of these statuses, and is as documented."""
    assert not statuses or answer.status_code in statuses, answer.content
    assert judge().answer_faults(method, path, answer) == []


def checked(pair: Any, call: Call, *statuses: int, raw: Any = None, **extra: Any) -> Any:
    """The answer to a call with good ids."""
    client = extra.pop("client", None) or pair.clients[call.api]
    answer = send(client, call, extra.pop("ids", pair.own), raw, **extra)
    check(call.method, call.url(pair.own), answer, *statuses)
    return answer


@pytest.mark.parametrize("call", DESCRIBED, ids=str)
def test_a_good_call_is_answered_as_documented(pair, call):
    checked(pair, call, 400 if call.path == "connect/token" else 200)


@pytest.mark.parametrize("call", WITH_TOKEN, ids=str)
def test_a_call_without_its_token_is_refused_as_documented(pair, call):
    checked(pair, call, 401, client=anonymous())
    other = {"portal": "engine", "engine": "portal"}[call.api]
    checked(pair, call, 403, client=pair.clients[other])


@pytest.mark.parametrize("call", [call for call in DESCRIBED if "{" in call.path], ids=str)
def test_what_is_not_there_or_no_id_is_refused_as_documented(pair, call):
    checked(pair, call, 404, ids=random_ids())
    broken = random_ids()
    broken.__dict__.update({name: "x" for name in broken.__dict__ if name != "client_id"})
    checked(pair, call, 400, 404, ids=broken)


@pytest.mark.parametrize("call", WITH_BODY, ids=str)
def test_a_bad_body_is_refused_as_documented(pair, call):
    for raw in ("", "{", "[]", '{"nonsense": 1}'):
        checked(pair, call, 200 if "nonsense" in raw and _changes(call) else 400, 400, raw=raw)
    checked(pair, call, 413, raw=" " * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + "{}")


def _changes(call: Call) -> bool:
    return call.method == "PUT"


KEYED = [call for call in DESCRIBED if call.method == "POST" and call.api != "none" and call.keyed]


@pytest.mark.parametrize("call", KEYED, ids=str)
def test_the_key_of_a_repeat_is_honoured_exactly_where_it_is_documented(pair, call):
    operation = judge().operation(call.method, "/" + call.path)
    assert [item["name"] for item in operation["parameters"] if item["in"] == "header"] == ["Idempotency-Key"]
    key = {"HTTP_IDEMPOTENCY_KEY": uuid.uuid4().hex}
    first = checked(pair, call, 200, **key)
    assert checked(pair, call, 200, **key).json() == first.json()
    says = set(judge().response(operation, 200)["headers"])
    assert ("Idempotent-Replayed" in says) == (not call.path.startswith("inbound/"))
    assert "409" in operation["responses"]
    if not call.body:
        return
    other = json.dumps({**call.body(pair.own), "name": "other", "binding": "other"})
    checked(pair, call, 409, raw=other, **key)


@pytest.mark.parametrize("content", [*MESSAGES, *EVENTS], ids=lambda content: content["type"])
def test_activities_are_shown_as_documented(pair, content):
    kind = "message" if content in MESSAGES else "event"
    path = f"/inbound/business/v1/direct/activity/{pair.own.conversation_id}"
    body = {"sender": {"integrationId": pair.own.agent_id}, kind: content, "externalId": "mine"}
    client = pair.clients["engine"]
    check("POST", path, client.post(path, body, format="json"), 200)
    do_run(pair.own.conversation_id)
    shown = f"/api/v1/interactions/activities/{pair.own.conversation_id}"
    answer = client.get(f"{shown}?type=Agent")
    check("GET", shown, answer, 200)
    assert answer.json()[-1][kind] == content


def test_integrations_of_every_channel_are_shown_as_documented(pair):
    pair.acme.add("System", "Watcher", webhookUrl="http://127.0.0.1/", events=["message"])
    pair.acme.add("Direct", "Bot", integrationType="Bot", webhookUrl="http://127.0.0.1/", start=[TEXT])
    answer = pair.clients["portal"].get("/api/v1/integrations")
    check("GET", "/api/v1/integrations", answer, 200)
    assert {row["channelId"] for row in answer.json()["results"]} == {"System", "Direct", "WebChat", "Slack"}


def test_a_closed_conversation_is_shown_as_documented(pair):
    path = f"/api/v1/conversations/{pair.own.conversation_id}"
    client = pair.clients["engine"]
    check("POST", f"{path}/close", client.post(f"{path}/close"), 200)
    answer = client.get(path)
    check("GET", path, answer, 200)
    assert "closedDateTime" in answer.json()


def test_what_the_operator_has_not_prepared_is_refused_as_documented(pair, settings):
    settings.HUBSTER_SLACK_CLIENT_ID = ""
    path, body = "/api/v1/integrations/slack/authorize", {"hubId": str(pair.own.hub_id)}
    check("POST", path, pair.clients["portal"].post(path, body, format="json"), 501)


def test_too_many_requests_are_refused_as_documented(pair, settings):
    settings.HUBSTER_RATE_CLIENT = 1
    answers = [pair.clients["portal"].get("/api/v1/hubs") for _ in range(3)]
    check("GET", "/api/v1/hubs", answers[-1], 429)
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_visitors_calls_are_answered_as_documented(pair):
    client, token = anonymous(), webchat_token(pair.acme)
    client.credentials(HTTP_AUTHORIZATION=f"WebBearer {token}")
    body = {"integrationId": pair.own.webchat_id, "channelType": "WebChat", "binding": "b"}
    path = "/api/v1/conversations/establish"
    made = client.post(path, body, format="json")
    check("POST", path, made, 200)
    path = f"/inbound/customer/v1/web-chat/{made.json()['conversationId']}"
    check("POST", path, client.post(path, {"message": TEXT}, format="json"), 200)


@pytest.mark.django_db
def test_tokens_are_answered_as_documented(pair):
    form = {"grant_type": "client_credentials", "client_id": f"hubster.portal.api.{pair.acme.tenant.id.hex}"}
    right = {**form, "client_secret": pair.acme.secrets["portal"]}
    client = anonymous()
    check("POST", "/connect/token", client.post("/connect/token", right), 200)
    check("POST", "/connect/token", client.post("/connect/token", {**form, "client_secret": "wrong"}), 400)
    basic = client.post("/connect/token", form, HTTP_AUTHORIZATION="Basic eDp5")
    check("POST", "/connect/token", basic, 401)


def test_guessing_is_refused_as_documented(pair):
    form = {"grant_type": "client_credentials", "client_id": f"hubster.portal.api.{uuid.uuid4().hex}"}
    client = anonymous()
    tries = (client.post("/connect/token", {**form, "client_secret": str(number)}) for number in range(500))
    answer = next(answer for answer in tries if answer.status_code == 429)
    check("POST", "/connect/token", answer, 429)
