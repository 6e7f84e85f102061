"""What is known of the customer: given when the conversation is established, changed later, by either side."""

import json
import re

import pytest

from engine.actions import conversations as actions
from engine.models import Conversation
from tests.two_tenants import codes_of, fault_of, snapshot, webchat_token

URL = "/api/v1/conversations"
FUN_NAME = re.compile(r"[A-Z]\S+ [A-Z]\S+")
KNOWN = {"profile": {"full name": "Ada", "phone": "1", "Mood": "good"}, "additional": {"a": 1}, "orders": {"last": 5}}


@pytest.fixture
def api(pair):
    """The first tenant's engine client."""
    return pair.clients["engine"]


def establish(api, pair, binding="known", **more):
    body = {"integrationId": pair.own.integration_id, "binding": binding, "channelType": "Direct", **more}
    return api.post(f"{URL}/establish", body, format="json")


@pytest.fixture
def known(api, pair):
    """A conversation with properties, as *establish* answered it."""
    return establish(api, pair, properties=KNOWN).json()


def change(api, known, body):
    return api.put(f"{URL}/{known['conversationId']}/properties", json.dumps(body), content_type="application/json")


def test_the_business_adds_replaces_and_takes_away(api, known):
    body = {"profile": {"phone": "2", "Mood": None, "email": "ada@x.io"}, "orders": None, "visit": {"page": "/tea"}}
    answer = change(api, known, body)
    profile = {"device": "Direct", "full name": "Ada", "phone": "2", "email": "ada@x.io"}
    expected = {"profile": profile, "additional": {"a": 1}, "visit": {"page": "/tea"}}
    assert (answer.status_code, answer.json()) == (200, {**known, "isNew": False, "properties": expected})
    assert api.get(f"{URL}/{known['conversationId']}").json()["properties"] == expected


def test_the_same_call_again_changes_nothing(api, known):
    body = {"profile": {"Mood": None, "phone": "2"}, "orders": None}
    first = change(api, known, body)
    before = snapshot()
    again = change(api, known, body)
    assert again.content == first.content
    assert snapshot() == before


def test_an_empty_object_changes_nothing(api, known):
    before = snapshot()
    assert change(api, known, {}).json()["properties"] == known["properties"]
    assert snapshot() == before


def test_a_null_for_what_is_not_there_is_no_fault(api, known):
    assert (
        change(api, known, {"profile": {"nothing": None}, "nowhere": None}).json()["properties"]
        == (known["properties"])
    )


def test_nulls_deeper_down_are_data(api, known):
    answer = change(api, known, {"additional": {"nested": {"Key": [1, None], "gone": None}}})
    assert answer.json()["properties"]["additional"] == {"a": 1, "nested": {"Key": [1, None], "gone": None}}


@pytest.mark.parametrize("body", [{"profile": {"full name": None, "device": None}}, {"profile": {"full name": ""}},
                                  {"PROFILE": None, "Additional": None}])  # fmt: skip
def test_a_customer_whose_name_is_taken_away_gets_a_friendly_one(api, known, body):
    shown = change(api, known, body).json()["properties"]
    assert shown["profile"]["device"] == "Direct"
    assert FUN_NAME.fullmatch(shown["profile"]["full name"])
    assert shown["profile"]["full name"] != "Ada"
    assert ("phone" in shown["profile"]) is ("PROFILE" not in body)
    assert shown["additional"] == ({} if "Additional" in body else {"a": 1})


@pytest.mark.parametrize(("body", "code"), [
    ([], "ENG003000"), ("text", "ENG003000"), (None, "ENG003000"), ({"profile": "x"}, "ENG000201"),
    ({"profile": ["x"]}, "ENG000201"), ({"orders": 5}, "ENG000201"),
    ({"profile": {"a": 1}, "Profile": {"a": 2}}, "ENG000201"), ({"a": {"b": "x" * 70_000}}, "ENG000207"),
])  # fmt: skip
def test_what_cannot_be_kept_is_refused_and_nothing_changes(api, known, body, code):
    before = snapshot()
    answer = change(api, known, body)
    assert (answer.status_code, codes_of(answer), fault_of(answer)) == (400, [code], None)
    assert snapshot() == before


def test_many_changes_cannot_grow_the_properties_without_end(api, known):
    answers = [change(api, known, {"additional": {f"k{number}": "x" * 30_000}}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert codes_of(answers[-1]) == ["ENG000207"]
    kept = Conversation.objects.get(pk=known["conversationId"]).properties
    assert len(json.dumps(kept)) <= actions.MAX_PROPERTIES
    assert change(api, known, {"additional": {"k0": None, "k2": "x" * 30_000}}).status_code == 200


def test_a_visitor_cannot_change_what_the_business_knows(api, pair):
    before = snapshot()
    headers = {"HTTP_AUTHORIZATION": f"WebBearer {webchat_token(pair.acme)}"}
    path = f"{URL}/{pair.own.webchat_conversation_id}/properties"
    answer = pair.clients["none"].put(path, "{}", content_type="application/json", **headers)
    assert answer.status_code in (401, 403)
    assert snapshot() == before


def test_the_desk_is_told_of_a_change_and_not_of_a_repeat(api, pair, known, monkeypatch):
    told = []
    monkeypatch.setattr(actions, "announce", lambda hub, talk, ends, event: told.append((str(hub), str(talk))))
    for _ in range(2):
        change(api, known, {"profile": {"phone": "3"}})
        establish(api, pair, properties={"profile": {"email": "ada@x.io"}})
    assert told == [(pair.own.hub_id, known["conversationId"])] * 2


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_name_or_device_that_is_null_or_empty_is_not_provided(api, pair, nothing):
    given = {"profile": {"full name": nothing, "device": nothing, "phone": None}}
    profile = establish(api, pair, properties=given).json()["properties"]["profile"]
    assert profile["device"] == "Direct"
    assert FUN_NAME.fullmatch(profile["full name"])
    assert "phone" not in profile


def test_a_later_establish_does_not_lose_what_it_gives_as_null(api, pair, known):
    later = {"profile": {"phone": None, "Mood": "better"}, "orders": None}
    again = establish(api, pair, properties=later).json()
    assert again["properties"] == {**known["properties"], "profile": {**known["properties"]["profile"],
                                                                      "Mood": "better"}}  # fmt: skip


def test_every_fault_of_establish_is_listed(api, pair):
    body = {"integrationId": "x", "properties": {"profile": 5}}
    answer = api.post(f"{URL}/establish", body, format="json")
    assert codes_of(answer) == ["ENG003002", "ENG003001", "ENG003001", "ENG000201"]


def test_a_collection_in_two_spellings_is_refused(api, pair):
    before = snapshot()
    answer = establish(api, pair, "two", properties={"profile": {"a": 1}, "Profile": {"b": 2}})
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG000201"])
    assert snapshot() == before


def test_the_documented_keys_can_all_be_overridden(api, pair):
    keys = ("device", "full name", "first name", "last name", "user name", "gender", "local", "time zone", "imageUrl",
            "phone", "address", "email", "some_custom1")  # fmt: skip
    given = {"profile": {key: f"my {key}" for key in keys}, "additional": {"some_custom1": "value1"}}
    assert establish(api, pair, properties=given).json()["properties"] == given
