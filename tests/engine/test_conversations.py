"""Conversations over the Engine API: establish, get, list, close; who answers, who may speak."""

import json
import re
import uuid

import pytest
from django.db import IntegrityError
from django.utils.dateparse import parse_datetime

from engine.actions import conversations as actions
from engine.actions import receive
from engine.models import Activity, Conversation, Delivery
from portal.models import Hub, Integration
from tests.background import do_run
from tests.two_tenants import codes_of, snapshot

URL = "/api/v1/conversations"
PROFILE = {"device": "Direct", "full name": "User name here", "phone": "416-555-0001", "Some_Custom1": "value1"}
PROPERTIES = {"profile": PROFILE, "additional": {"Some_Custom1": "VALUE", "nested": {"Key": [1, None, {"B": 2.5}]}}}


@pytest.fixture
def api(pair):
    """The first tenant's engine client."""
    return pair.clients["engine"]


def establish(api, end, binding="b1", **more):
    body = {"integrationId": str(end.id), "binding": binding, "channelType": end.channel, **more}
    return api.post(f"{URL}/establish", body, format="json")


def say(api, conversation_id, words="Hello", sender=None, path="customer", **more):
    body = {"message": {"type": "text", "text": words}, **more}
    if sender:
        body["sender"] = {"integrationId": str(sender.id)}
    return api.post(f"/inbound/{path}/v1/direct/activity/{conversation_id}", body, format="json")


def test_the_documented_answer_of_establish(api, pair):
    answer = establish(api, pair.acme.customer, properties=PROPERTIES).json()
    assert answer == {
        "tenantId": str(pair.acme.tenant.id), "hubId": pair.own.hub_id, "integrationId": pair.own.integration_id,
        "conversationId": answer["conversationId"], "tokenId": answer["tokenId"],
        "openedDateTime": answer["openedDateTime"], "isNew": True, "properties": PROPERTIES,
    }  # fmt: skip
    assert re.fullmatch(r"[A-Za-z0-9+/]{22}==", answer["tokenId"])
    assert answer["openedDateTime"].endswith("Z")
    assert parse_datetime(answer["openedDateTime"]) is not None


def test_establish_again_gives_the_same_conversation_with_the_properties_merged(api, pair):
    first = establish(api, pair.acme.customer, properties=PROPERTIES).json()
    more = {"profile": {"phone": "1", "Mood": "good"}, "orders": {"last": 5}}
    again = establish(api, pair.acme.customer, properties=more).json()
    merged = {**PROPERTIES, "profile": {**PROFILE, "phone": "1", "Mood": "good"}, "orders": {"last": 5}}
    assert again == {**first, "isNew": False, "properties": merged}
    assert establish(api, pair.acme.customer).json()["properties"] == merged
    assert Conversation.objects.filter(binding="b1").count() == 1


def test_another_binding_is_another_conversation_and_bindings_keep_their_case(api, pair):
    ids = {establish(api, pair.acme.customer, binding).json()["conversationId"] for binding in ("b1", "B1", "b1 ")}
    assert len(ids) == 3


@pytest.mark.parametrize("channel", [1, 2000, "1", "2000", "direct", "DIRECT"])
def test_the_channel_is_accepted_by_name_or_either_number(api, pair, channel):
    assert establish(api, pair.acme.customer, channelType=channel).status_code == 200


@pytest.mark.parametrize("channel", ["WebChat", 106, 3, "Slack", "Fax"])
def test_another_channel_than_the_integrations_is_refused(api, pair, channel):
    answer = establish(api, pair.acme.customer, channelType=channel)
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG000206"])
    assert "'channelType' must be Direct" in answer.content.decode()


@pytest.mark.parametrize(("changes", "status", "codes"), [
    ({"binding": 5, "channelType": "Nope"}, 400, ["ENG000201", "ENG000206"]),
    ({"channelType": "WebChat", "properties": 5}, 400, ["ENG000201", "ENG000206"]),
    ({"integrationId": "seventeen", "binding": "", "channelType": "Nope"}, 400,
     ["ENG000206", "ENG003001", "ENG003002"]),
    ({"integrationId": str(uuid.uuid4()), "binding": 5}, 404, ["ENG000201", "ENG006000"]),
])  # fmt: skip
def test_every_fault_of_a_body_is_listed(api, pair, changes, status, codes):
    body = {"integrationId": pair.own.integration_id, "binding": "b1", "channelType": "Direct", **changes}
    answer = api.post(f"{URL}/establish", body, format="json")
    assert (answer.status_code, sorted(codes_of(answer))) == (status, codes)


def test_property_names_are_matched_in_any_case_and_free_dictionaries_keep_theirs(api, pair):
    body = {"INTEGRATIONID": pair.own.integration_id.upper(), "Binding": "b9", "ChannelType": "DIRECT",
            "Properties": {"Profile": {"Full Name": "Kept", "full name": "Ann"}, "ADDITIONAL": {"X": 1}}}  # fmt: skip
    answer = api.post(f"{URL}/establish", body, format="json").json()
    shown = {"profile": {"device": "Direct", "full name": "Ann", "Full Name": "Kept"}, "additional": {"X": 1}}
    assert answer["properties"] == shown


def test_without_properties_the_profile_has_a_device_and_a_friendly_name(api, pair):
    for more in ({}, {"properties": None}, {"properties": {"profile": None, "additional": None}}, {"properties": {}}):
        profile = establish(api, pair.acme.customer, uuid.uuid4().hex, **more).json()["properties"]["profile"]
        assert profile["device"] == "Direct"
        assert re.fullmatch(r"[A-Z]\S+ [A-Z]\S+", profile["full name"])


def test_merging_cannot_grow_the_properties_without_end(api, pair):
    for number in range(3):
        answer = establish(api, pair.acme.customer, properties={"additional": {f"k{number}": "x" * 30_000}})
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG000207"])
    assert len(json.dumps(Conversation.objects.get(binding="b1").properties)) <= actions.MAX_PROPERTIES


def test_a_business_integration_cannot_establish(api, pair):
    answer = establish(api, pair.acme.agent)
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG000206"])


def test_a_conversation_is_read_as_documented(api, pair):
    made = establish(api, pair.acme.customer, properties=PROPERTIES).json()
    answer = api.get(f"{URL}/{made['conversationId']}").json()
    times = {"created", "modified"}
    hub, integration = answer["integration"].pop("hub"), answer.pop("integration")
    assert answer == {name: made[name] for name in ("conversationId", "integrationId", "tokenId", "properties",
                                                    "openedDateTime")}  # fmt: skip
    assert {**hub, **dict.fromkeys(times)} == {
        "hubId": pair.own.hub_id, "tenantId": str(pair.acme.tenant.id), "name": "Acme hub",
        "description": "For tests", "statusId": 2000, **dict.fromkeys(times),
    }  # fmt: skip
    assert (integration["integrationTypeId"], integration["channelId"]) == ("Customer", "Direct")
    assert integration["statusId"] == 3000
    for row in (hub, integration):
        assert all(row[name].endswith("Z") for name in times)
    assert "configuration" not in integration


def test_established_answers_as_establish_did(api, pair):
    made = establish(api, pair.acme.customer).json()
    assert api.get(f"{URL}/{made['conversationId']}/established").json() == {**made, "isNew": False}


def test_a_hubs_open_conversations_are_listed_newest_first(api, pair):
    made = [establish(api, pair.acme.customer, f"list-{number}").json()["conversationId"] for number in range(3)]
    api.post(f"{URL}/{made[1]}/close")
    rows = api.get(f"{URL}/hubs/{pair.own.hub_id}/established").json()
    assert [row["conversationId"] for row in rows][:2] == [made[2], made[0]]
    assert {row["conversationId"] for row in rows[2:]} == {
        pair.own.conversation_id,
        pair.own.webchat_conversation_id,
    }


def test_closing_shows_the_time_and_closing_again_changes_nothing(api, pair):
    first = api.post(f"{URL}/{pair.own.conversation_id}/close").json()
    assert first["closedDateTime"].endswith("Z")
    before = snapshot()
    assert api.post(f"{URL}/{pair.own.conversation_id}/close").json() == first
    assert snapshot() == before


def test_to_a_closed_conversation_the_business_cannot_speak(api, pair):
    api.post(f"{URL}/{pair.own.conversation_id}/close")
    before = snapshot()
    for path in ("customer", "business"):
        answer = say(api, pair.own.conversation_id, sender=pair.acme.agent, path=path)
        assert (answer.status_code, codes_of(answer)) == (400, ["ENG006501"])
    assert snapshot() == before


def test_to_a_closed_conversation_the_customer_speaks_in_a_new_one_and_stays_in_it(api, pair):
    old = Conversation.objects.get(pk=pair.own.conversation_id)
    api.post(f"{URL}/{old.id}/close")
    first, second = say(api, old.id, "one").json(), say(api, old.id, "two").json()
    fresh = Conversation.objects.get(pk=first["conversationId"])
    assert first["conversationId"] == second["conversationId"] != str(old.id)
    assert (fresh.binding, fresh.properties, fresh.closed) == (old.binding, old.properties, None)
    assert [row.content["text"] for row in fresh.activities.all()] == ["one", "two"]
    again = establish(api, pair.acme.customer, old.binding).json()
    assert (again["conversationId"], again["isNew"]) == (str(fresh.id), False)


@pytest.mark.parametrize(("model", "status", "code"), [
    (Hub, Hub.Status.PAUSED, "ENG006503"), (Hub, Hub.Status.CANCELED, "ENG006502"),
    (Integration, Integration.Status.PAUSED, "ENG006503"), (Integration, Integration.Status.CANCELED, "ENG006502"),
])  # fmt: skip
def test_a_paused_or_cancelled_hub_or_integration_takes_nothing(api, pair, model, status, code):
    row = pair.acme.hub if model is Hub else pair.acme.customer
    model.objects.filter(pk=row.pk).update(status=status)
    before = snapshot(apart="engine_notice")
    tries = [
        establish(api, pair.acme.customer, "new"), establish(api, pair.acme.customer, "user-1"),
        say(api, pair.own.conversation_id), say(api, pair.own.conversation_id, sender=pair.acme.agent),
    ]  # fmt: skip
    assert [(answer.status_code, codes_of(answer)) for answer in tries] == [(400, [code])] * 4
    assert snapshot(apart="engine_notice") == before


def test_a_paused_agent_cannot_speak(api, pair):
    Integration.objects.filter(pk=pair.acme.agent.pk).update(status=Integration.Status.PAUSED)
    answer = say(api, pair.own.conversation_id, sender=pair.acme.agent)
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG006503"])


@pytest.mark.parametrize("event", [True, False])
def test_without_agent_or_bot_the_customer_is_told_and_nothing_but_the_alert_is_stored(api, pair, event):
    Integration.objects.filter(pk=pair.acme.agent.pk).update(status=Integration.Status.PAUSED)
    before = snapshot(apart="engine_notice")
    url = f"/inbound/customer/v1/direct/activity/{pair.own.conversation_id}"
    answer = api.post(url, {"event": {"type": "seen"}}, format="json") if event else say(api, pair.own.conversation_id)
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG005501"])
    assert snapshot(apart="engine_notice") == before


def test_a_repeat_after_the_end_may_name_the_closed_conversation_or_the_one_that_follows(api, pair):
    """Another tab knows already where the conversation goes on, and sends what this one has sent."""
    closed = pair.own.conversation_id
    api.post(f"{URL}/{closed}/close")

    def send(where: str) -> dict[str, object]:
        path, body = f"/inbound/customer/v1/direct/activity/{where}", {"message": {"type": "text", "text": "hi"}}
        return dict(api.post(path, body, format="json", HTTP_IDEMPOTENCY_KEY="order-17").json())

    first = send(closed)
    assert send(first["conversationId"]) == send(closed) == first
    assert Activity.objects.filter(conversation=first["conversationId"], content__text="hi").count() == 1


def test_a_customer_who_reopens_at_the_same_moment_as_another_request_joins_that_ones_conversation(
    api, pair, monkeypatch
):
    real, late = receive.do_reopen_as, []

    def beaten(closed):
        """The other request commits just before ours writes."""
        if not late:
            late.append(closed)
            raise IntegrityError("open_conversation_per_binding")
        return real(closed)

    monkeypatch.setattr(receive, "do_reopen_as", beaten)
    api.post(f"{URL}/{pair.own.conversation_id}/close")
    answer = say(api, pair.own.conversation_id)
    assert answer.status_code == 200
    assert Conversation.objects.get(pk=answer.json()["conversationId"]).activities.count() == 1


def test_start_messages_appear_at_once_as_auto_replay_from_hubster(api, pair):
    start = [{"type": "text", "text": "Welcome"}, {"type": "image", "url": "https://x.example/a.png"}]
    end = pair.acme.add("Direct", "Greeter", integrationType="Customer", start=start)
    made = establish(api, end).json()["conversationId"]
    do_run(made)
    rows = api.get(f"/api/v1/interactions/activities/{made}?type=customer").json()
    assert [row["message"] for row in rows] == start
    assert {(row["flowProcess"], row["sender"]["integrationType"], row["eventTrigger"]) for row in rows} == {
        ("AutoReplay", "Hubster", "message:hubster")
    }
    assert {row["recipient"]["integrationId"] for row in rows} == {str(end.id)}
    assert Delivery.objects.filter(destination=end, activity__conversation=made, echo=False).count() == 2
    establish(api, end)
    assert Activity.objects.filter(conversation=made).count() == 2


def test_the_loser_of_a_race_to_establish_takes_the_winners_conversation(pair, monkeypatch):
    real, late = actions._do_create, []

    def beaten(*args):
        """The other request commits just before ours writes."""
        if not late:
            late.append(args)
            raise IntegrityError("open_conversation_per_binding")
        return real(*args)

    monkeypatch.setattr(actions, "_do_create", beaten)
    found, is_new = actions.do_establish(pair.acme.customer, "race", {})
    assert (len(late), is_new) == (1, True)
    again, is_new = actions.do_establish(pair.acme.customer, "race", {})
    assert (again.id, is_new) == (found.id, False)
