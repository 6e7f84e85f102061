"""The texts of errors that the documents give, word for word, each from a request that causes it."""

import json
import re
from pathlib import Path

import pytest

from hubster.lib import codes

HUBS = "/api/v1/hubs"
INTEGRATIONS = "/api/v1/integrations/hubs/{hub_id}"
RESPONSES = "/api/v1/commands/responses/{hub_id}"
LIST = {"name": "n", "integrationTypeId": "customer", "type": "message", "responses": [{"type": "text", "text": "x"}]}
NAME, BAD = "Property 'name' is required. (code: PRT000301)", "Value '{}' is not valid. (code: PRT000206)"
EMPTY = "Property 'responses' must have 1 to 50 elements. (code: PRT000306)"
# (method, path, body, every text of the answer)
TEXTS = [
    ("POST", HUBS, {"description": "d", "statusId": 50000}, {NAME, BAD.format(50000)}),
    ("POST", HUBS, {"name": "n", "description": "d", "statusId": 2001}, {BAD.format(2001)}),
    ("POST", HUBS, {"name": "n", "description": "d", "statusId": "Canceled"}, {BAD.format("Canceled")}),
    ("PUT", HUBS + "/{hub_id}", {"statusId": 2001}, {BAD.format(2001)}),
    ("PUT", HUBS + "/{hub_id}", {"statusId": True}, {BAD.format(True)}),
    ("POST", INTEGRATIONS, {"channelId": "Direct", "name": "n", "statusId": 3001,
                            "configuration": {"integrationType": "Bot"}}, {BAD.format(3001)}),
    ("POST", INTEGRATIONS, {"channelId": "Fax", "name": "n", "configuration": {}}, {BAD.format("Fax")}),
    ("PUT", "/api/v1/integrations/{integration_id}", {"statusId": 3001}, {BAD.format(3001)}),
    ("PUT", "/api/v1/integrations/{integration_id}", {"integrationTypeId": "Robot"}, {BAD.format("Robot")}),
    ("GET", INTEGRATIONS + "/Fax", None, {BAD.format("Fax")}),
    ("GET", "/api/v1/deliveries?status=Lost", None, {BAD.format("Lost")}),
    ("POST", "/api/v1/deliveries/replay", {"integrationId": "{observer_id}", "status": "Lost"}, {BAD.format("Lost")}),
    ("POST", RESPONSES, {**LIST, "type": "song", "responses": []}, {BAD.format("song"), EMPTY}),
    ("POST", RESPONSES, {**LIST, "type": "song", "responses": 5},
     {BAD.format("song"), "Property 'responses' must be a list. (code: PRT000302)"}),
    ("POST", RESPONSES, {**LIST, "type": None, "responses": []},
     {"Property 'type' is required. (code: PRT000301)", EMPTY}),
    ("POST", RESPONSES, {**LIST, "integrationTypeId": "bot"}, {BAD.format("bot")}),
    ("PUT", "/api/v1/commands/responses/{response_id}", {"type": "song", "responses": []}, {BAD.format("song"), EMPTY}),
    ("POST", HUBS, {"name": "a\x00b", "description": "d"},
     {"Property 'name' holds a NUL character; remove it. (code: PRT000201)"}),
    ("POST", HUBS, {"name": "n", "description": "d", "a\x00": 1},
     {"The body holds a NUL character; remove it. (code: PRT000201)"}),
]  # fmt: skip


def texts(answer) -> set[str]:
    return {error["description"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(("method", "path", "body", "wanted"), TEXTS)
def test_a_request_is_told_what_the_documents_say(pair, method, path, body, wanted):
    raw = "" if body is None else json.dumps(body).replace("{observer_id}", pair.own.observer_id)
    url = path.format(**pair.own.__dict__)
    answer = pair.clients["portal"].generic(method, url, raw, content_type="application/json")
    assert (answer.status_code, texts(answer)) == (400, wanted)


@pytest.mark.parametrize("node", ["text", "title"])
def test_a_nul_in_a_message_is_told_as_what_it_is(pair, node):
    message = {"type": "contact" if node == "title" else "text", node: "a\x00b"}
    path = f"/inbound/customer/v1/direct/activity/{pair.own.conversation_id}"
    answer = pair.clients["engine"].post(path, {"message": message}, format="json")
    assert texts(answer) == {f"Property 'message.{node}' holds a NUL character; remove it. (code: ENG000201)"}


@pytest.mark.parametrize("query", ["pageNumber=&pageSize=", "pagesize=", "pageNumber=", "hubId=&pageSize="])
@pytest.mark.parametrize("path", [HUBS, "/api/v1/integrations", "/api/v1/deliveries"])
def test_an_empty_argument_counts_as_not_given(pair, path, query):
    portal = pair.clients["portal"]
    assert portal.get(f"{path}?{query}").json() == portal.get(path).json()


def test_empty_filters_and_an_empty_leid_count_as_not_given(pair):
    portal, engine = pair.clients["portal"], pair.clients["engine"]
    empty = "integrationId=&hubId=&status=&from=&to=&pageSize="
    assert portal.get(f"/api/v1/deliveries?{empty}").json() == portal.get("/api/v1/deliveries").json()
    path = f"/api/v1/interactions/activities/{pair.own.conversation_id}"
    assert engine.get(f"{path}?type=Customer&leid=").json() == engine.get(f"{path}?type=Customer").json()
    assert texts(engine.get(f"{path}?type=")) == texts(engine.get(path))


def test_the_table_has_the_texts_of_the_documents():
    rows = (Path(__file__).parent / "documented_errors.txt").read_text().splitlines()
    found = [re.fullmatch(r"([A-Z]{3}\d{6}) (\d{3}) (.+)", row).groups() for row in rows]
    assert {code: (int(status), text) for code, status, text in found} == {
        code: (row.status, row.text) for code, row in codes.TABLE.items()
    }
