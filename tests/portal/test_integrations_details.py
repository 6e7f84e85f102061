"""Integrations, the finer points: what an update ignores, how faults are listed, which addresses and origins hold."""

import uuid

import pytest

from engine.adapters.webchat import WebChat
from tests.lib.test_http_address import INVALID, PRIVATE
from tests.two_tenants import codes_of, snapshot

HOOK = "https://url-end-point.com/hook"
SYSTEM = {"webhookUrl": HOOK, "events": ["message"]}
DIRECT = {"integrationType": "Agent", "webhookUrl": HOOK}


@pytest.fixture
def api(pair):
    return pair.clients["portal"]


@pytest.fixture
def create(api, pair):
    """A call to create with any part of the body changed."""

    def call(channel, configuration, **more):
        body = {"channelId": channel, "name": uuid.uuid4().hex, "configuration": configuration, **more}
        return api.post(f"/api/v1/integrations/hubs/{pair.own.hub_id}", body, format="json")

    return call


@pytest.fixture
def update(api):
    """An update by either of its two paths."""

    def call(row, how="put", **body):
        path = f"/api/v1/integrations/{'hubs/' if how == 'post' else ''}{row.pk}"
        return getattr(api, how)(path, body, format="json")

    return call


def places(answer):
    """(code, property) of each fault; of a value that is not valid the documents name the value instead."""
    texts = [error["description"] for error in answer.json()["errors"]]
    return [(code, text.split("'")[1]) for code, text in zip(codes_of(answer), texts, strict=True)]


# --- which GUID, which tenant -----------------------------------------------------------------------------
def test_the_guid_in_the_path_decides_between_create_and_update(api, pair):
    body = {"channelId": "Direct", "name": "By guid", "configuration": {"integrationType": "Bot"}}
    made = api.post(f"/api/v1/integrations/hubs/{pair.own.hub_id}", body, format="json").json()
    assert made["integrationId"] != pair.own.hub_id
    again = api.post(f"/api/v1/integrations/hubs/{made['integrationId']}", {"name": "Renamed"}, format="json").json()
    assert again == {**made, "name": "Renamed"}


def test_the_neighbours_hub_and_integration_are_as_absent_as_one_that_never_was(api, pair):
    before = snapshot()
    for guid in (pair.other.hub_id, pair.other.integration_id, str(uuid.uuid4())):
        answer = api.post(f"/api/v1/integrations/hubs/{guid}", {"name": "Mine now"}, format="json")
        assert (answer.status_code, codes_of(answer)) == (404, ["PRT000699"])
        answer = api.put(f"/api/v1/integrations/{guid}", {"name": "Mine now"}, format="json")
        assert (answer.status_code, codes_of(answer)) == (404, ["PRT000799"])
    assert snapshot() == before


# --- faults are listed together ---------------------------------------------------------------------------
def test_a_taken_name_is_listed_with_the_faults_of_the_configuration(create, pair):
    answer = create("System", {"webhookUrl": "http://10.0.0.1/", "events": []}, name=pair.acme.customer.name)
    assert sorted(places(answer)) == [
        ("PRT000202", "configuration.webhookUrl"), ("PRT000306", "configuration.events"), ("PRT000700", "name"),
    ]  # fmt: skip


def test_a_taken_name_is_listed_even_when_the_rest_of_the_body_is_refused_before(create, update, pair):
    taken = pair.acme.customer.name
    wanted = [("PRT000206", "1"), ("PRT000301", "configuration.allowedOrigins"), ("PRT000700", "name")]
    assert sorted(places(create("WebChat", {}, name=f" {taken} ", statusId=1))) == wanted
    changed = update(pair.acme.webchat, name=taken, statusId=1, configuration={})
    assert sorted(places(changed)) == wanted


def test_an_update_lists_the_name_and_the_configuration_together(update, pair):
    answer = update(pair.acme.agent, name=pair.acme.customer.name, configuration={"echo": "perhaps"})
    assert sorted(places(answer)) == [("PRT000302", "configuration.echo"), ("PRT000700", "name")]


def test_what_an_update_may_leave_out_is_not_named_among_other_faults(update, pair):
    answer = update(pair.acme.agent, statusId=1, configuration={"echo": True})
    assert places(answer) == [("PRT000206", "1")]


def test_a_refused_update_leaves_every_table_as_it_is(update, pair):
    before = snapshot()
    assert update(pair.acme.agent, name="New", configuration={"regenerateKeys": True, "x": 1}).status_code == 400
    assert snapshot() == before


# --- what an update ignores -------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["post", "put"])
def test_where_the_documents_say_so_an_update_ignores_the_configuration(update, pair, monkeypatch, how):
    monkeypatch.setattr(WebChat, "configurable", False)
    row = pair.acme.webchat
    before = row.configuration
    for ignored in ({}, {"allowedOrigins": ["elsewhere.com"]}, {"anything": 1}, "text"):
        answer = update(row, how, name="Renamed", configuration=ignored)
        assert (answer.status_code, answer.json()["name"]) == (200, "Renamed")
        assert before.items() <= answer.json()["configuration"].items()
    assert places(update(row, how, statusId=1, configuration={})) == [("PRT000206", "1")]


@pytest.mark.parametrize("given", ["Bot", "bot", 4, "4", None])
def test_the_integration_type_may_come_back_as_it_was_answered(create, given):
    made = create("Direct", {"integrationType": "Bot"}, integrationTypeId=given)
    assert (made.status_code, made.json()["integrationTypeId"]) == (200, "Bot")


@pytest.mark.parametrize("given", ["Customer", 2, "agent", "boss", {"a": 1}, True])
def test_an_integration_type_that_contradicts_the_configuration_is_refused(create, given):
    answer = create("Direct", {"integrationType": "Bot"}, integrationTypeId=given)
    assert codes_of(answer) == ["PRT000206"]


# --- enumerations -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("channel", "configuration", "place", "allowed"), [
    ("Direct", {"integrationType": "boss"}, "integrationType", "'Customer', 'Agent' or 'Bot'"),
    ("Direct", {"integrationType": 5}, "integrationType", "'Customer', 'Agent' or 'Bot'"),
    ("System", {**SYSTEM, "events": ["message", "event"]}, "events[1]", "'message:agent' or 'message:bot'"),
    ("WebChat", {"allowedOrigins": ["a.io"], "start": [{"type": "smoke"}]}, "start[0].type", "'location'"),
])  # fmt: skip
def test_an_unknown_value_of_an_enumeration_is_refused_with_the_allowed_ones(
    create, channel, configuration, place, allowed
):
    answer = create(channel, configuration)
    assert places(answer) == [("PRT000206", f"configuration.{place}")]
    assert allowed in answer.json()["errors"][0]["description"]


def test_an_unknown_channel_is_refused_as_documented(create):
    errors = create("Fax", {}).json()["errors"]
    assert errors == [{"code": 206, "description": "Value 'Fax' is not valid. (code: PRT000206)"}]


# --- addresses, origins, events, greetings ----------------------------------------------------------------
@pytest.mark.parametrize("channel", ["Direct", "System"])
def test_no_spelling_of_an_address_that_may_not_be_called_can_be_saved(create, settings, channel):
    settings.HUBSTER_ALLOW_LOOPBACK = False
    good = DIRECT if channel == "Direct" else SYSTEM
    forms = [url for url in (*PRIVATE, *INVALID) if url]
    assert len(forms) >= 40
    accepted = [url for url in forms if create(channel, {**good, "webhookUrl": url}).status_code != 400]
    assert accepted == []
    assert create(channel, good).status_code == 200
    assert create(channel, {**good, "webhookUrl": "http://url-end-point.com:8080/x?y=1"}).status_code == 200


def test_an_empty_webhook_is_a_socket_for_direct_and_missing_for_system(create):
    made = create("Direct", {**DIRECT, "webhookUrl": ""})
    assert "webhookUrl" not in made.json()["configuration"]
    assert places(create("System", {**SYSTEM, "webhookUrl": ""})) == [("PRT000301", "configuration.webhookUrl")]


@pytest.mark.parametrize("origin", ["*", "*.hubster.io", "https://*.hubster.io", "https://hubster.*"])
def test_a_wildcard_among_the_origins_is_refused_in_words_that_say_so(create, origin):
    answer = create("WebChat", {"allowedOrigins": ["hubster.io", origin]})
    assert places(answer) == [("PRT000202", "configuration.allowedOrigins[1]")]
    assert "wildcards are not supported" in answer.json()["errors"][0]["description"]


def test_origins_are_kept_as_browsers_send_them_and_once(create):
    given = ["Hubster.IO", "hubster.io/", "https://Shop.hubster.io:443", "http://shop.hubster.io:80",
             "https://shop.hubster.io:8443", "http://shop.hubster.io:443", "127.0.0.1"]  # fmt: skip
    made = create("WebChat", {"allowedOrigins": given}).json()
    assert made["configuration"]["allowedOrigins"] == [
        "hubster.io", "https://shop.hubster.io", "http://shop.hubster.io", "https://shop.hubster.io:8443",
        "http://shop.hubster.io:443", "127.0.0.1",
    ]  # fmt: skip


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_an_origin_with_an_impossible_port_is_refused(create, port):
    answer = create("WebChat", {"allowedOrigins": [f"https://hubster.io:{port}"]})
    assert places(answer) == [("PRT000202", "configuration.allowedOrigins[0]")]


def test_an_event_that_is_named_twice_is_kept_once(create):
    made = create("System", {**SYSTEM, "events": ["message:bot", "message", "Message:Bot"]}).json()
    assert made["configuration"]["events"] == ["message:bot", "message"]


def test_the_welcome_message_of_old_answers_becomes_a_greeting(create):
    made = create("Direct", {"integrationType": "Customer", "Echo": False, "WelcomeMessage": "Hello!"}).json()
    assert made["configuration"]["start"] == [{"type": "text", "text": "Hello!"}]
    assert "welcomeMessage" not in made["configuration"]
    both = {"integrationType": "Customer", "welcomeMessage": "Old", "start": [{"type": "text", "text": "New"}]}
    assert create("Direct", both).json()["configuration"]["start"] == [{"type": "text", "text": "New"}]


def test_the_widget_echoes_whatever_is_asked_for_and_answers_say_so(create):
    for given in (True, False):
        made = create("WebChat", {"allowedOrigins": ["a.io"], "echo": given}).json()
        assert made["configuration"]["echo"] is True


def test_an_update_without_any_property_changes_nothing(api, update, pair):
    before = api.get(f"/api/v1/integrations/{pair.own.agent_id}").json()
    for how in ("post", "put"):
        answer = update(pair.acme.agent, how)
        assert (answer.status_code, answer.json()) == (200, before)


def test_greetings_are_checked_as_messages_with_the_place_of_each_fault(create):
    start = [{"type": "text", "text": 5}, {"type": "text", "actions": [{"type": "link", "title": "x"}]}, "Hello"]
    answer = create("WebChat", {"allowedOrigins": ["a.io"], "start": start})
    assert places(answer) == [
        ("PRT000302", "configuration.start[0].text"), ("PRT000301", "configuration.start[1].actions[0].url"),
        ("PRT000301", "configuration.start[2].type"),
    ]  # fmt: skip
