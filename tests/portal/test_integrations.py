"""Integrations over the Portal API: channels, configurations, keys, names."""

import uuid
from datetime import timedelta

import pytest
import time_machine

from hubster.lib import clock
from portal.models import SigningKey
from tests.two_tenants import codes_of

WELCOME = [{"type": "text", "text": "Welcome to Hubster! How can we help you?"}]
DIRECT = {"integrationType": "Agent", "echo": True, "webhookUrl": "http://127.0.0.1:8099/hook", "start": WELCOME}
WEBCHAT = {"allowedOrigins": ["localhost", "hubster.io"], "start": WELCOME}
SYSTEM = {"webhookUrl": "http://127.0.0.1:8099/hook", "events": ["message:customer", "message:agent", "message:bot"]}


@pytest.fixture
def api(pair):
    """The first tenant's portal client."""
    return pair.clients["portal"]


def create(api, pair, channel, configuration, **more):
    body = {"channelId": channel, "name": uuid.uuid4().hex, "configuration": configuration, **more}
    return api.post(f"/api/v1/integrations/hubs/{pair.own.hub_id}", body, format="json")


def update(api, made, how="post", **body):
    path = f"/api/v1/integrations/{'hubs/' if how == 'post' else ''}{made['integrationId']}"
    return getattr(api, how)(path, body, format="json")


@pytest.mark.parametrize(("channel", "given", "kind", "keys"), [
    ("Direct", DIRECT, "Agent", True), ("WebChat", WEBCHAT, "Customer", True), ("System", SYSTEM, "System", True),
])  # fmt: skip
def test_a_documented_integration_is_created_and_read_back(api, pair, channel, given, kind, keys):
    made = create(api, pair, channel, given, statusId=3000).json()
    configuration = made.pop("configuration")
    assert made == {
        "integrationId": made["integrationId"], "hubId": pair.own.hub_id, "integrationTypeId": kind,
        "channelId": channel, "name": made["name"], "statusId": 3000,
    }  # fmt: skip
    assert ("publicSigningKey" in configuration, "privateSigningKey" in configuration) == (keys, keys)
    shown = {name: value for name, value in configuration.items() if "SigningKey" not in name}
    assert shown == ({**given, "echo": True} if channel == "WebChat" else given)
    again = api.get(f"/api/v1/integrations/{made['integrationId']}").json()
    assert again == {**made, "configuration": configuration}


@pytest.mark.parametrize("channel", [1, "1", 2000, "2000", "direct", "DIRECT", "Direct"])
def test_a_channel_is_accepted_by_name_or_number_and_answered_by_name(api, pair, channel):
    made = create(api, pair, channel, {"integrationType": "Bot"})
    assert (made.status_code, made.json()["channelId"]) == (200, "Direct")


@pytest.mark.parametrize(
    ("given", "shown"), [("agent", "Agent"), ("BOT", "Bot"), (2, "Customer"), (3, "Agent"), ("4", "Bot")]
)
def test_an_integration_type_is_accepted_by_name_or_number(api, pair, given, shown):
    made = create(api, pair, "Direct", {"INTEGRATIONTYPE": given}).json()
    assert (made["integrationTypeId"], made["configuration"]["integrationType"]) == (shown, shown)


@pytest.mark.parametrize("given", [[], {}, True, 3.0, 0, 1, 5, 7, "System", "", "agents"])
def test_an_unknown_integration_type_is_refused(api, pair, given):
    answer = create(api, pair, "Direct", {"integrationType": given})
    assert answer.status_code == 400
    assert "'configuration.integrationType'" in answer.content.decode()


def test_names_in_a_configuration_are_matched_in_any_case_at_every_depth(api, pair):
    given = {"AllowedOrigins": ["hubster.io"], "ECHO": True, "Start": [{"Type": "Text", "TEXT": "Hi", "Actions": [
        {"TYPE": "Reply", "Title": "Yes", "PAYLOAD": "y", "Channels": [{"Type": "Webchat",
        "MetaData": []}]}]}]}  # fmt: skip
    made = create(api, pair, "webchat", given).json()["configuration"]
    del made["publicSigningKey"], made["privateSigningKey"]
    action = {"type": "reply", "title": "Yes", "payload": "y", "channels": [{"type": "Webchat", "metadata": []}]}
    assert made == {"allowedOrigins": ["hubster.io"], "echo": True,
                    "start": [{"type": "text", "text": "Hi", "actions": [action]}]}  # fmt: skip


def test_events_are_accepted_in_any_case(api, pair):
    made = create(api, pair, "System", {**SYSTEM, "events": ["Message:Customer", "MESSAGE"]}).json()
    assert made["configuration"]["events"] == ["message:customer", "message"]


@pytest.mark.parametrize(("channel", "configuration", "codes"), [
    ("Direct", {}, ["PRT000301"]), ("WebChat", {}, ["PRT000301"]), ("System", {}, ["PRT000301", "PRT000301"]),
    ("System", {**SYSTEM, "events": []}, ["PRT000306"]), ("System", {**SYSTEM, "events": ["shout"]}, ["PRT000206"]),
    ("WebChat", {"allowedOrigins": []}, ["PRT000306"]), ("WebChat", {**WEBCHAT, "color": "red"}, ["PRT000303"]),
    ("WebChat", {**WEBCHAT, "start": [{"type": "text"}]}, ["PRT000307"]),
    ("WebChat", {**WEBCHAT, "start": [{"type": "location"}]}, ["PRT000308"]),
    ("WebChat", {**WEBCHAT, "start": [{"type": "location", "latitude": "x", "longitude": 1}]}, ["PRT000304"]),
    ("WebChat", {**WEBCHAT, "start": [{"type": "image", "url": "javascript:alert(1)"}]}, ["PRT000202"]),
    ("WebChat", {**WEBCHAT, "start": [{"type": "hologram"}]}, ["PRT000206"]),
    ("Direct", {**DIRECT, "echo": "perhaps"}, ["PRT000302"]), ("Direct", {**DIRECT, "webhookUrl": 5}, ["PRT000302"]),
])  # fmt: skip
def test_each_fault_of_a_configuration_has_its_code(api, pair, channel, configuration, codes):
    answer = create(api, pair, channel, configuration)
    assert (answer.status_code, codes_of(answer)) == (400, codes), answer.content
    assert all("'configuration." in error["description"] for error in answer.json()["errors"])


@pytest.mark.parametrize("origin", [
    "", " ", "*", "https://*", "*.hubster.io", "shop", "https://", "ftp://hubster.io", "https://u:p@hubster.io/path",
    "https://u@hubster.io", "https://hubster.io:999999", "https://hubster.io:x", "a b.com", "null", "1.2.3.4.5",
    "javascript:alert(1)", "file:///index.html", "mailto:shop@hubster.io", "http://[::1", "http://[fe80::1%25eth0]",
    "https://-.io", "https://shop..io", "about:blank", "data:text/html,x",
])  # fmt: skip
def test_an_allowed_origin_that_is_none_is_refused(api, pair, origin):
    answer = create(api, pair, "WebChat", {"allowedOrigins": [origin]})
    assert answer.status_code == 400, answer.content
    assert "'configuration.allowedOrigins[0]'" in answer.content.decode()


@pytest.mark.parametrize("url", [
    "", "x", "javascript:alert(1)", "file:///etc/passwd", "gopher://example.com", "http://", "http://10.0.0.1/x",
    "http://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/", "ftp://example.com",
    "http://192.168.1.1", "http://0x0a000001/", "http://user:pass@10.0.0.1/",
])  # fmt: skip
@pytest.mark.parametrize("channel", ["Direct", "System"])
def test_a_webhook_to_a_private_or_broken_address_is_refused_at_save(api, pair, channel, url):
    if channel == "Direct" and not url:
        pytest.skip("an empty address is a socket")
    answer = create(api, pair, channel, {**(DIRECT if channel == "Direct" else SYSTEM), "webhookUrl": url})
    assert answer.status_code == 400, answer.content
    assert "'configuration.webhookUrl'" in answer.content.decode()


def test_the_keys_sent_back_in_a_configuration_are_ignored(api, pair):
    made = create(api, pair, "Direct", DIRECT).json()
    changed = update(api, made, configuration=made["configuration"])
    assert changed.status_code == 200
    assert changed.json() == made


@pytest.mark.parametrize("how", ["post", "put"])
def test_an_update_on_creates_path_and_by_put_changes_only_what_is_given(api, pair, how):
    made = create(api, pair, "Direct", DIRECT).json()
    changed = update(api, made, how, name="New name", statusId="paused").json()
    assert changed == {**made, "name": "New name", "statusId": 3002}


def test_a_given_configuration_replaces_the_old_one_whole(api, pair):
    made = create(api, pair, "Direct", DIRECT).json()
    changed = update(api, made, configuration={"integrationType": "Agent"}).json()["configuration"]
    assert set(changed) == {"integrationType", "echo", "publicSigningKey", "privateSigningKey"}
    assert changed["echo"] is False


def test_the_documents_example_of_an_update_which_leaves_the_type_out_is_accepted(api, pair):
    made = create(api, pair, "Direct", DIRECT).json()
    url = "http://127.0.0.1:8099/v1/api/integration?customer=1"
    changed = update(api, made, name="Direct", statusId=3002, configuration={"Echo": True, "webhookUrl": url})
    assert changed.status_code == 200, changed.content
    assert changed.json()["configuration"]["integrationType"] == "Agent"
    assert changed.json()["configuration"]["webhookUrl"] == url


def test_an_integration_keeps_its_channel_and_its_type(api, pair):
    made = create(api, pair, "Direct", DIRECT).json()
    assert codes_of(update(api, made, channelId="WebChat")) == ["PRT000207"]
    assert codes_of(update(api, made, configuration={"integrationType": "Bot"})) == ["PRT000207"]
    assert update(api, made, channelId="direct", name="Same channel").status_code == 200


def test_a_refused_update_changes_nothing_at_all(api, pair):
    made = create(api, pair, "Direct", DIRECT).json()
    answer = update(
        api, made, name="New", configuration={"integrationType": "Agent", "echo": "x", "regenerateKeys": True}
    )
    assert answer.status_code == 400
    assert api.get(f"/api/v1/integrations/{made['integrationId']}").json() == made


def test_regenerated_keys_replace_the_pair_and_the_old_one_signs_for_a_day(api, pair):
    made = create(api, pair, "Direct", DIRECT).json()
    changed = update(api, made, configuration={**DIRECT, "regenerateKeys": True}).json()
    old, new = made["configuration"], changed["configuration"]
    for name in ("publicSigningKey", "privateSigningKey"):
        assert old[name] != new[name]
        assert len(new[name]) == 32
        assert set(new[name]) <= set("0123456789ABCDEF")
    rows = SigningKey.objects.filter(integration=made["integrationId"])
    assert [row.public_key for row in rows] == [new["publicSigningKey"], old["publicSigningKey"]]
    assert [row.expired for row in rows] == [False, False]
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1), tick=False):
        assert [row.expired for row in rows.all()] == [False, True]
    assert update(api, made, configuration=DIRECT).json()["configuration"] == {**new}


def test_the_example_update_of_system_regenerates_too(api, pair):
    made = create(api, pair, "System", SYSTEM).json()
    changed = update(api, made, configuration={**SYSTEM, "RegenerateKeys": True}).json()
    assert changed["configuration"]["publicSigningKey"] != made["configuration"]["publicSigningKey"]
    assert "regenerateKeys" not in changed["configuration"]


def test_names_are_unique_in_a_hub(api, pair):
    first = create(api, pair, "Direct", DIRECT, name="Same").json()
    again = create(api, pair, "WebChat", WEBCHAT, name="Same")
    assert (again.status_code, codes_of(again)) == (400, ["PRT000700"])
    second = create(api, pair, "Direct", DIRECT).json()
    assert codes_of(update(api, second, name="Same")) == ["PRT000700"]
    assert update(api, first, name="Same").status_code == 200


def test_a_list_can_be_of_one_hub_and_of_one_channel(api, pair):
    create(api, pair, "System", SYSTEM)
    everything = api.get(f"/api/v1/integrations?HubId={pair.own.hub_id.upper()}").json()
    assert (everything["total"], {row["channelId"] for row in everything["results"]}) == (
        6,
        {"Direct", "WebChat", "System", "Slack"},
    )
    for channel, count in (("Direct", 2), ("direct", 2), ("1", 2), ("2000", 2), ("WEBCHAT", 1), ("3", 2), ("Kik", 0)):
        rows = api.get(f"/api/v1/integrations/hubs/{pair.own.hub_id}/{channel}").json()
        assert len(rows) == count, channel


@pytest.mark.parametrize("channel", ["Fax", "0", "4", "\u00b2", "9" * 5000, "direct%00", "None", "True"])
def test_a_list_of_an_unknown_channel_is_refused(api, pair, channel):
    answer = api.get(f"/api/v1/integrations/hubs/{pair.own.hub_id}/{channel}")
    assert (answer.status_code, codes_of(answer)) == (400, ["PRT000206"])


def test_a_deleted_integration_is_gone_with_its_conversations(api, pair):
    assert api.delete(f"/api/v1/integrations/{pair.own.integration_id}").status_code == 200
    assert api.get(f"/api/v1/integrations/{pair.own.integration_id}").status_code == 404
    gone = pair.clients["engine"].get(f"/api/v1/conversations/{pair.own.conversation_id}")
    assert (gone.status_code, codes_of(gone)) == (404, ["ENG006500"])
