"""The public documentation's examples: they fit the document, they are accepted, and answers have the printed shape."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from engine import pipeline
from portal.actions import providers
from tests.adapters.meta_peer import Graph, answer
from tests.background import do_run
from tests.openapi.contract import judge
from tests.openapi.documented.calls import ACTIVITIES, ACTIVITY, EXAMPLES, RECEIPT, SAID, Example
from tests.two_tenants import TwoTenants

DATA = ("profile", "additional", "payload")  # what is inside is the caller's own
ADDED = (".sender.authorType",)  # to what is printed
# Ids that the documents cut short, and times that they print without an offset, are no fault of the document.
ABBREVIATED = re.compile(r"is not a '(uuid|date-time)'")
SAYINGS = [("message", content) for content in ACTIVITIES["messages"]] + [
    ("event", content) for content in ACTIVITIES["events"]
]


def slack(request: Any) -> Any:
    """Slack as the documents' example knows it."""
    user = {"id": "U1", "access_token": "xoxp-193043142226-..."}
    tokens = {"access_token": "xoxb-193043142226-...", "team": {"id": "T5P19488N"}, "authed_user": user}
    found = {"oauth.v2.access": tokens, "auth.test": {"user": "Hubster.io"}, "conversations.list": {"channels": []}}
    return answer({"ok": True, **found[request.url.rpartition("/")[2]]})


@pytest.fixture(autouse=True)
def documented_providers(monkeypatch, settings):
    """The providers of the documents' examples of Messenger, TwilioSMS and Slack."""
    settings.HUBSTER_SLACK_CLIENT_ID, settings.HUBSTER_SLACK_CLIENT_SECRET = "1.2", "client-secret"
    can = {"mms": True, "sms": True, "voice": True}
    twilio = answer({"phone_number": "+16476960000", "capabilities": can})
    yes = answer({"success": True})
    meta = Graph(**{
        "GET me": answer({"id": "1013889883", "name": "Hubster Biz"}), "GET app": answer({"id": "35360465938"}),
        "POST 1013889883/subscribed_apps": yes, "DELETE 1013889883/subscribed_apps": yes,
    })  # fmt: skip
    known = {"api.twilio.com": lambda _: twilio, "slack.com": slack}
    monkeypatch.setattr(
        providers, "send", lambda request, policy: known.get(urlsplit(request.url).netloc, meta)(request)
    )


def filled(value: Any, pair: TwoTenants) -> Any:
    """The same with the cast's ids."""
    text = re.sub(r'"\{(\w+)\}"', lambda found: json.dumps(getattr(pair.own, found[1])), json.dumps(value))
    return json.loads(text)


def client_of(pair: TwoTenants, path: str) -> Any:
    """With the token that the path takes."""
    return pair.clients["engine" if re.match(r"/(inbound|api/v1/(conversations|interactions))", path) else "portal"]


def sent(pair: TwoTenants, example: Example) -> tuple[str, Any]:
    """(path, answer) of a request that is really made."""
    path = example.path.format(**pair.own.__dict__)
    return path, client_of(pair, path).generic(
        example.method, path, json.dumps(filled(example.request, pair)) if example.request else "",
        content_type="application/json",
    )  # fmt: skip


def differences(printed: Any, answered: Any, path: str = "") -> list[str]:
    """Where an answer has other property names, or other kinds of values, than the documentation prints."""
    if isinstance(printed, dict) and isinstance(answered, dict):
        if path.rpartition(".")[2] in DATA:
            return []
        found = [f"{path}.{name} is missing" for name in printed.keys() - answered.keys()]
        more = [f"{path}.{name}" for name in answered.keys() - printed.keys()]
        found += [f"{one} is not documented" for one in more if not one.endswith(ADDED)]
        both = printed.keys() & answered.keys()
        return found + [
            fault for name in both for fault in differences(printed[name], answered[name], f"{path}.{name}")
        ]
    if isinstance(printed, list) and isinstance(answered, list):
        if not answered:
            return [f"{path} is empty"]
        return [fault for one, other in zip(printed, answered, strict=False) for fault in differences(one, other, path)]
    return [] if type(printed) is type(answered) else [f"{path} is {answered!r}, documented as {printed!r}"]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_printed_request_and_answer_fit_the_document(pair, example):
    operation = judge().operation(example.method, example.path)
    if example.request and example.status < 400:
        body = filled(example.request, pair)
        faults = judge().faults(body, judge().body_schema(operation))
        assert [fault for fault in faults if not ABBREVIATED.search(fault)] == []
    if example.answer:
        schema = judge().response(operation, example.status)["content"]["application/json"]["schema"]
        faults = judge().faults(example.answer, schema, strict=True)
        assert [fault for fault in faults if not ABBREVIATED.search(fault)] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_printed_request_gets_an_answer_of_the_printed_shape(pair, example):
    path, answer = sent(pair, example)
    assert answer.status_code == example.status, answer.content
    assert judge().answer_faults(example.method, path, answer) == []
    if example.answer:
        assert differences(example.answer, answer.json()) == []


@pytest.mark.parametrize(("kind", "content"), SAYINGS, ids=[content["type"] for _, content in SAYINGS])
def test_every_printed_message_and_event_fits_is_accepted_and_shown_again(pair, kind, content):
    path = f"/inbound/customer/v1/direct/activity/{pair.own.conversation_id}"
    body = filled({**SAID, "type": kind, kind: content}, pair)
    schema = judge().body_schema(judge().operation("POST", path))
    assert judge().faults(body, schema) == []
    answer = client_of(pair, path).post(path, body, format="json")
    assert answer.status_code == 200, answer.content
    printed = {name: value for name, value in RECEIPT.items() if name != "interactionId" or kind == "message"}
    assert differences(printed, answer.json()) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "STEPS", pipeline.DESTINATION)  # as it was sent: nothing is enriched
        do_run(pair.own.conversation_id)
    shown = client_of(pair, path).get(f"/api/v1/interactions/activities/{pair.own.conversation_id}?type=Agent")
    assert judge().answer_faults("GET", shown.request["PATH_INFO"], shown) == []
    row = next(row for row in shown.json() if row["eventId"] == answer.json()["eventId"])
    assert row[kind] == content  # what the platform answers to a command may follow


def test_an_activity_is_shown_in_the_printed_shape(pair):
    path = f"/inbound/customer/v1/direct/activity/{pair.own.conversation_id}"
    body = {"externalId": "e", "message": ACTIVITY["message"]}
    assert client_of(pair, path).post(path, body, format="json").status_code == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "STEPS", pipeline.DESTINATION)  # as it was sent: nothing is enriched
        do_run(pair.own.conversation_id)
    shown = client_of(pair, path).get(f"/api/v1/interactions/activities/{pair.own.conversation_id}?type=Agent")
    assert differences([ACTIVITY], shown.json()) == []


def test_every_kind_of_message_and_event_is_printed():
    document = judge().document["components"]["schemas"]
    wanted = set(document["Message"]["discriminator"]["mapping"]) | set(document["Event"]["discriminator"]["mapping"])
    printed = {content["type"] for _, content in SAYINGS}
    assert wanted - printed == {"carousel"}  # the documents name it without an example
