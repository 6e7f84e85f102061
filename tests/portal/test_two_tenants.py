"""Two tenants: whatever belongs to the neighbour answers exactly as what does not exist at all."""

import json
import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from engine.models import Activity
from tests.api_table import CALLS, ROUTES, WITH_BODY, WITH_TOKEN, Call, Ids, random_ids
from tests.cast import TenantFixture
from tests.two_tenants import codes_of, fault_of, send, snapshot, webchat_token

BY_ID = [call for call in WITH_TOKEN if "{" in call.path]
NOT_FOUND = {
    "/commands/": "PRT000105", "/hub/<str:hub_id>": "PRT000699",
    "clients/<str:client_id>": "PRT000105", "hubs/<str:hub_id>": "PRT000699", "hubs/<str:any_id>": "PRT000699",
    "<str:hub_id>/preview": "ENG005500",
    "integrations/<str:integration_id>": "PRT000799", "slack/<str:integration_id>": "PRT000799",
    "/deliveries/": "PRT000105",
    "conversations/hubs": "ENG005500", "conversation_id": "ENG006500", "/contacts/": "ENG000105",
}  # fmt: skip


def blank(answer: Any, ids: Ids) -> tuple[int, str]:
    """Status and body without the ids that the caller had sent."""
    text = answer.content.decode()
    for name, value in ids.__dict__.items():
        text = text.replace(value, name)
    return answer.status_code, text


def test_every_route_with_an_id_is_in_the_matrix():
    assert {call.route for call in CALLS if "<str:" in call.route} == {route for route in ROUTES if "<str:" in route}


@pytest.mark.parametrize("call", BY_ID, ids=str)
def test_a_neighbours_id_answers_exactly_as_a_random_one(pair, call):
    client, before = pair.clients[call.api], snapshot()
    strange = random_ids()
    others, randoms = send(client, call, pair.other), send(client, call, strange)
    assert blank(others, pair.other) == blank(randoms, strange)
    creates_command = call.method == "POST" and "/commands/" in call.route
    code = "PRT000699" if creates_command else [code for part, code in NOT_FOUND.items() if part in call.route][-1]
    assert (others.status_code, codes_of(others)) == (404, [code])
    assert snapshot() == before


@pytest.mark.parametrize("call", BY_ID, ids=str)
def test_ones_own_id_is_found(pair, call):
    assert send(pair.clients[call.api], call, pair.own).status_code == 200


@pytest.mark.parametrize("name", ["integrationId", "sender", "hubId"])
def test_a_neighbours_id_in_a_body_answers_exactly_as_a_random_one(pair, name):
    strange = random_ids()
    calls = [call for call in WITH_BODY if name in call.body(strange)]
    assert calls
    for call in calls:
        answers = []
        for ids in (pair.other, strange):
            body = {**call.body(pair.own), name: call.body(ids)[name]}
            answer = send(pair.clients[call.api], call, pair.own, json.dumps(body))
            answers.append(blank(answer, ids))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


def test_a_neighbours_secret_cannot_be_deleted_through_ones_own_client(pair):
    call = next(call for call in CALLS if call.method == "DELETE" and "secret_id" in call.path)
    mixed = Ids(**{**pair.own.__dict__, "secret_id": pair.other.secret_id})
    strange = Ids(**{**pair.own.__dict__, "secret_id": "987654321"})
    answers = [blank(send(pair.clients["portal"], call, ids), ids) for ids in (mixed, strange)]
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_ones_other_client_cannot_delete_a_secret_of_this_one(pair):
    portal_client = pair.acme.tenant.clients.get(client_id__startswith="hubster.portal")
    answer = pair.clients["portal"].delete(
        f"/api/v1/tenants/clients/{pair.own.client_id}/tokens/{portal_client.secrets.get().id}"
    )
    assert answer.status_code == 404


def second_hub(party: TenantFixture) -> tuple[Any, Any, Any]:
    """(hub, customer, agent) of another hub of the same tenant."""
    from portal.actions.hubs import do_create_hub

    hub = do_create_hub(party.tenant.id, {"name": "Second", "description": "x"})
    return (
        hub,
        party.add("Direct", "C", hub, integrationType="Customer"),
        party.add("Direct", "A", hub, integrationType="Agent"),
    )


@pytest.mark.parametrize("path", ["customer", "business"])
def test_an_agent_of_another_hub_of_the_same_tenant_cannot_speak_in_a_conversation(pair, path):
    _, customer, agent = second_hub(pair.acme)
    url = f"/inbound/{path}/v1/direct/activity/{pair.own.conversation_id}"
    for foreign in (agent, customer):
        body = {"sender": {"integrationId": str(foreign.id)}, "message": {"type": "text", "text": "x"}}
        answer = pair.clients["engine"].post(url, body, format="json")
        assert (answer.status_code, codes_of(answer)) == (404, ["ENG006000"])


def test_the_webchat_customer_cannot_speak_in_a_direct_conversation(pair):
    body = {"sender": {"integrationId": pair.own.webchat_id}, "message": {"type": "text", "text": "x"}}
    url = f"/inbound/customer/v1/direct/activity/{pair.own.conversation_id}"
    answer = pair.clients["engine"].post(url, body, format="json")
    assert (answer.status_code, codes_of(answer)) == (404, ["ENG006000"])


def test_a_direct_conversation_does_not_exist_on_the_webchat_path(pair):
    url = f"/inbound/customer/v1/web-chat/{pair.own.conversation_id}"
    answer = pair.clients["engine"].post(url, {"message": {"type": "text", "text": "x"}}, format="json")
    assert (answer.status_code, codes_of(answer)) == (404, ["ENG006500"])


def test_lists_hold_ones_own_rows_only(pair):
    hubs = pair.clients["portal"].get("/api/v1/hubs").json()
    assert [row["hubId"] for row in hubs["results"]] == [pair.own.hub_id]
    rows = pair.clients["portal"].get("/api/v1/integrations").json()
    assert {row["hubId"] for row in rows["results"]} == {pair.own.hub_id}
    assert rows["total"] == pair.acme.hub.integrations.count()


@pytest.mark.parametrize("hub_id", ["other", "random"])
def test_the_filter_by_hub_does_not_know_the_neighbours_hub(pair, hub_id):
    wanted = pair.other.hub_id if hub_id == "other" else uuid.uuid4()
    answer = pair.clients["portal"].get(f"/api/v1/integrations?hubId={wanted}")
    assert (answer.status_code, codes_of(answer)) == (404, ["PRT000699"])


PLACES = [{"HTTP_X_TENANT_ID": "@"}, {"HTTP_TENANTID": "@"}, {"HTTP_TENANT": "@"}, {"query": "?tenantId=@&tenant=@"}]


@pytest.mark.parametrize("call", [call for call in WITH_TOKEN if call.method == "GET"], ids=str)
def test_a_tenant_id_in_a_header_or_query_changes_nothing(pair, call):
    plain = send(pair.clients[call.api], call, pair.own, query="?type=Customer").content
    for place in PLACES:
        extra = {key: value.replace("@", str(pair.globex.tenant.id)) for key, value in place.items()}
        if "query" in extra:
            extra["query"] += "&type=Customer"
        assert send(pair.clients[call.api], call, pair.own, **extra).content == plain


def test_a_tenant_id_in_a_portal_body_is_refused_and_in_an_engine_body_ignored(pair):
    for call in WITH_BODY:
        if call.path.endswith("/properties"):
            continue  # its body's names are data: a collection may have any name
        body = {**call.body(pair.own), "tenantId": str(pair.globex.tenant.id)}
        answer = send(pair.clients[call.api], call, pair.own, json.dumps(body))
        if call.prefix == "PRT":
            assert (answer.status_code, codes_of(answer)) == (400, ["PRT000303"])
        else:
            assert answer.status_code == 200
            assert str(pair.globex.tenant.id) not in answer.content.decode()
    assert not Activity.objects.filter(conversation__hub__tenant=pair.globex.tenant, type="message").exists()


def visitor_client(party: TenantFixture) -> APIClient:
    """A browser with a web-chat token."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"WebBearer {webchat_token(party)}")
    return client


def visitor_calls() -> list[Call]:
    """What a visitor may do at all."""
    allowed = ("establish", "web-chat", "interactions/activities")
    return [call for call in WITH_TOKEN if any(part in call.path for part in allowed)]


@pytest.mark.parametrize("call", [call for call in WITH_TOKEN if call not in visitor_calls()], ids=str)
def test_a_web_chat_token_is_refused_everywhere_else(pair, call):
    before = snapshot()
    answer = send(visitor_client(pair.acme), call, pair.own)
    assert (answer.status_code, fault_of(answer)) == (403, None)
    assert codes_of(answer) == [f"{call.prefix}000101"]
    assert snapshot() == before


@pytest.mark.parametrize("call", [call for call in visitor_calls() if call.path.endswith("}")], ids=str)
def test_a_visitor_cannot_read_or_write_the_conversation_of_another_visitor(pair, call):
    client, before = visitor_client(pair.acme), snapshot()
    webchat = {"conversation_id": pair.own.webchat_conversation_id}
    strange = random_ids()
    foreign = send(client, call, Ids(**{**pair.own.__dict__, **webchat}))
    random = send(client, call, strange)
    assert blank(foreign, pair.own) == blank(random, strange)
    assert (foreign.status_code, codes_of(foreign)) == (404, ["ENG006500"])
    assert snapshot() == before


def test_a_visitor_can_establish_at_its_own_integration_only(pair):
    client = visitor_client(pair.acme)
    answers = []
    for ids in (pair.own, pair.other):
        for integration in (ids.integration_id, ids.webchat_id):
            body = {"integrationId": integration, "binding": "b", "channelType": "WebChat"}
            answers.append(client.post("/api/v1/conversations/establish", body, format="json").status_code)
    assert answers == [404, 200, 404, 404]
