"""Commands over the API: transfers, responses and dynamics, with the documentation's own examples."""

import pytest

from portal.models import ResponseCommand
from tests.cast import TenantFixture

TRANSFER = {
    "name": "new cool command",
    "description": "Description for command",
    "url": "https://mysite.io",
    "linkDescription": "Click here to be transferred",
    "mountDelay": 1000,
}
CONTACT = {
    "type": "contact",
    "imageUrl": "https://image.png",
    "title": "Eva Green",
    "properties": [
        {"key": "Title", "value": "Mighty Health"},
        {"key": "Cell", "value": "+1 (714) 873-6202", "type": "phone;cell"},
    ],
    "channels": [{"type": "Webchat", "metadata": [{"key": "caption-show", "value": "true"}]}],
}
RESPONSE = {
    "name": "contact-eva.green",
    "category": "contacts",
    "description": "Eva's Contact",
    "integrationTypeId": "customer",
    "type": "message",
    "responses": [{"type": "text", "text": "Below is my contact info"}, CONTACT],
}
EVENT = {
    "name": "Command-5",
    "integrationTypeId": "agent",
    "type": "event",
    "responses": [{"type": "payload", "payloadType": "type1", "payload": {"payload": "Hello", "Kept": 1}}],
}
DYNAMIC = {"name": "outfits", "category": "shop", "description": "What fits", "url": "http://127.0.0.1:8099/outfits"}
BODIES = {"transfers": TRANSFER, "responses": RESPONSE, "dynamics": DYNAMIC}


def create(party: TenantFixture, kind: str, body: dict) -> dict:
    answer = party.api("portal").post(f"/api/v1/commands/{kind}/{party.hub.id}", body, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize("kind", BODIES)
def test_a_command_comes_back_as_it_was_sent_from_every_call(acme, kind):
    made = create(acme, kind, BODIES[kind])
    assert {key: made[key] for key in BODIES[kind]} == BODIES[kind]
    assert made["hubId"] == str(acme.hub.id)
    api = acme.api("portal")
    assert api.get(f"/api/v1/commands/{kind}/{made['commandId']}").json() == made
    assert api.get(f"/api/v1/commands/{kind}/hub/{acme.hub.id}").json() == [made]
    assert api.delete(f"/api/v1/commands/{kind}/{made['commandId']}").status_code == 200
    assert api.get(f"/api/v1/commands/{kind}/{made['commandId']}").status_code == 404
    assert api.get(f"/api/v1/commands/{kind}/hub/{acme.hub.id}").json() == []


@pytest.mark.parametrize("kind", BODIES)
def test_an_update_changes_only_what_is_given(acme, kind):
    made = create(acme, kind, BODIES[kind])
    answer = acme.api("portal").put(
        f"/api/v1/commands/{kind}/{made['commandId']}", {"Description": "Other"}, format="json"
    )
    assert answer.json() == {**made, "description": "Other"}


@pytest.mark.parametrize("kind", BODIES)
def test_a_name_is_given_once_in_a_hub_whatever_its_case(acme, kind):
    create(acme, kind, BODIES[kind])
    create(acme, kind, {**BODIES[kind], "name": "Öffnung"})
    answer = acme.api("portal").post(
        f"/api/v1/commands/{kind}/{acme.hub.id}", {**BODIES[kind], "name": "öFFNUNG"}, format="json"
    )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 600)
    body = {**BODIES[kind], "name": BODIES[kind]["name"].upper()}
    answer = acme.api("portal").post(f"/api/v1/commands/{kind}/{acme.hub.id}", body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 600)
    other = create(acme, kind, {**BODIES[kind], "name": "second"})
    renamed = acme.api("portal").put(
        f"/api/v1/commands/{kind}/{other['commandId']}", {"name": BODIES[kind]["name"]}, format="json"
    )
    assert (renamed.status_code, renamed.json()["errors"][0]["code"]) == (400, 600)


def test_events_keep_the_case_of_their_free_dictionaries(acme):
    assert create(acme, "responses", EVENT)["responses"] == EVENT["responses"]


def test_enumerations_are_taken_by_number_and_in_any_case(acme):
    for told, shown in (("AGENT", "agent"), (3, "agent"), ("2", "customer")):
        made = create(acme, "responses", {**RESPONSE, "name": str(told), "integrationTypeId": told, "type": 1})
        assert (made["integrationTypeId"], made["type"]) == (shown, "message")


@pytest.mark.parametrize("name", ["help", "Transfer", "RESP", "takeover"])
def test_a_dynamic_command_cannot_be_called_as_one_of_the_platform(acme, name):
    path = f"/api/v1/commands/dynamics/{acme.hub.id}"
    answer = acme.api("portal").post(path, {**DYNAMIC, "name": name}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 600)
    create(acme, "transfers", {**TRANSFER, "name": name})


@pytest.mark.parametrize("told", ["true", "on", 1])
def test_keys_are_replaced_only_by_a_plain_true(acme, told):
    made = create(acme, "dynamics", DYNAMIC)
    path = f"/api/v1/commands/dynamics/{made['commandId']}"
    answer = acme.api("portal").put(path, {"regenerateKeys": told}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 302)
    assert acme.api("portal").get(path).json() == made


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"responses": []}, [306]),
        ({"responses": [{"type": "text", "text": "Hi"}] * 51}, [207]),
        ({"responses": "text"}, [302]),
        ({"responses": [{"type": "text"}]}, [307]),
        ({"responses": [{"type": "image", "url": "javascript:alert(1)"}, {"type": "location"}]}, [202, 308]),
        ({"responses": [{"type": "nonsense"}]}, [206]),
        ({"type": "event"}, [206, 206]),
        ({"integrationTypeId": "bot"}, [206]),
        ({"name": None}, [301]),
        ({"colour": "red"}, [303]),
    ],
)
def test_every_fault_of_a_response_command_is_told_and_nothing_is_stored(acme, change, codes):
    answer = acme.api("portal").post(f"/api/v1/commands/responses/{acme.hub.id}", {**RESPONSE, **change}, format="json")
    assert answer.status_code == 400
    assert [fault["code"] for fault in answer.json()["errors"]] == codes
    assert not ResponseCommand.objects.exists()


def test_changing_the_kind_alone_checks_the_responses_that_stay(acme):
    made = create(acme, "responses", RESPONSE)
    answer = acme.api("portal").put(f"/api/v1/commands/responses/{made['commandId']}", {"type": "event"}, format="json")
    assert answer.status_code == 400
    assert ResponseCommand.objects.get().kind == "message"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.b", "nothing"])
def test_a_transfer_leads_only_to_web_addresses(acme, url):
    answer = acme.api("portal").post(
        f"/api/v1/commands/transfers/{acme.hub.id}", {**TRANSFER, "url": url}, format="json"
    )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 202)


def test_a_dynamic_command_calls_only_addresses_that_may_be_called(acme, settings):
    settings.HUBSTER_ALLOW_LOOPBACK = False
    answer = acme.api("portal").post(f"/api/v1/commands/dynamics/{acme.hub.id}", DYNAMIC, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 202)


def test_the_keys_of_a_dynamic_command_can_be_made_anew(acme):
    made = create(acme, "dynamics", DYNAMIC)
    path = f"/api/v1/commands/dynamics/{made['commandId']}"
    changed = acme.api("portal").put(path, {"regenerateKeys": True}, format="json").json()
    assert len(changed["privateSigningKey"]) == 32
    assert changed["privateSigningKey"] != made["privateSigningKey"]
    assert acme.api("portal").get(path).json() == changed
