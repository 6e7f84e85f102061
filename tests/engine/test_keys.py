"""An `Idempotency-Key` of a message or file belongs to one request: another one under it is refused, not lost."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from engine.models import Activity, File
from tests.two_tenants import codes_of, fault_of, snapshot

KEY = {"HTTP_IDEMPOTENCY_KEY": "order-815"}
HELLO = {"message": {"type": "text", "text": "Two tins, please."}}
OTHERS = {
    "another text": {"message": {"type": "text", "text": "Three tins, please."}},
    "another type": {"message": {"type": "image", "url": "https://shop.example.com/a.png"}},
    "an event": {"event": {"type": "typing_on"}},
    "another externalId": {**HELLO, "externalId": "e-2"},
    "something more": {"message": {**HELLO["message"], "actions": []}},
}


@pytest.fixture(params=["customer/v1/direct/activity", "business/v1/direct/activity", "customer/v1/web-chat"])
def say(request, pair):
    """Sends a body to one of the inbound addresses under the key."""
    ids = pair.own
    talk = ids.webchat_conversation_id if "web-chat" in request.param else ids.conversation_id
    more = {"sender": {"integrationId": ids.agent_id}} if "business" in request.param else {}

    def post(body, **extra):
        raw = body if isinstance(body, str) else json.dumps({**more, **body})
        path = f"/inbound/{request.param}/{talk}"
        return pair.clients["engine"].post(path, raw, content_type="application/json", **{**KEY, **extra})

    post.more = more
    return post


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_another_message_under_a_key_is_refused_and_the_first_one_stays(say, other):
    first = say(HELLO)
    assert first.status_code == 200, first.content
    before = snapshot()
    answer = say(other)
    assert (answer.status_code, fault_of(answer), codes_of(answer)) == (409, None, ["ENG000106"])
    assert "Idempotency-Key" in answer.json()["errors"][0]["description"]
    assert snapshot() == before
    assert say(HELLO).json() == first.json(), "the same again still gets the first answer"
    assert say(other, HTTP_IDEMPOTENCY_KEY="order-816").status_code == 200


def test_spaces_and_the_order_of_properties_make_no_other_request(say):
    body = {**HELLO, "type": "message", **say.more}
    first = say(json.dumps(body))
    again = say(json.dumps(dict(reversed(body.items())), indent=3))
    assert (again.status_code, again.json()) == (200, first.json())
    assert Activity.objects.filter(dedupe_key__endswith=":order-815").count() == 1


@pytest.mark.parametrize(("number", "again"), [("1", "1.0"), ("-0.0", "0"), ("8e1", "80"), ("2.50", "2.5")])
def test_another_spelling_of_a_number_makes_no_other_request(say, number, again):
    bodies = [
        f'{{"message": {{"type": "location", "latitude": {value}, "longitude": 9}}{_rest(say)}}}'
        for value in (number, again, "17")
    ]
    first, repeat, other = [say(body) for body in bodies]
    assert (repeat.status_code, repeat.json()) == (200, first.json())
    assert codes_of(other) == ["ENG000106"]


def test_escapes_make_no_other_request(say):
    text = '{"message": {"type": "text", "text": "%s"}' + _rest(say) + "}"
    assert say(text % "Grüße").json() == say(text % "Gr\\u00fc\\u00dfe").json()


@pytest.mark.parametrize("key", ["", " ", "x" * 201])
def test_what_cannot_be_a_key_is_refused_and_nothing_is_kept(say, key):
    before = snapshot()
    assert codes_of(say(HELLO, HTTP_IDEMPOTENCY_KEY=key)) == ["ENG000201"]
    assert snapshot() == before


def _rest(say) -> str:
    return "".join(f', "{name}": {json.dumps(value)}' for name, value in say.more.items())


def test_a_refused_message_leaves_its_key_free(say):
    assert say({"message": {"type": "text"}}).status_code == 400
    assert say(HELLO).status_code == 200


def test_what_was_said_before_requests_were_compared_is_a_repeat_as_it_was(say):
    first = say(HELLO).json()
    Activity.objects.update(fingerprint=None)
    assert say(OTHERS["another text"]).json() == first


@pytest.mark.parametrize(("name", "content", "fields"), [
    ("note.txt", b"Other words", {}), ("other.txt", b"Hello", {}), ("note.txt", b"Hello", {"externalId": "e-2"}),
])  # fmt: skip
def test_another_file_under_a_key_is_refused_and_nothing_of_it_is_kept(pair, name, content, fields):
    def send(name, content, **fields):
        body = {"file": SimpleUploadedFile(name, content), "integrationId": pair.own.agent_id, **fields}
        path = f"/inbound/business/v1/direct/activity/{pair.own.conversation_id}/files"
        return pair.clients["engine"].post(path, body, format="multipart", **KEY)

    first = send("note.txt", b"Hello")
    assert first.status_code == 200, first.content
    files = File.objects.count()
    answer = send(name, content, **fields)
    assert (answer.status_code, codes_of(answer)) == (409, ["ENG000106"])
    assert File.objects.count() == files
    assert send("note.txt", b"Hello").json() == first.json()


def test_a_file_and_a_message_do_not_share_a_key(pair, say):
    assert say(HELLO).status_code == 200
    if not say.more:
        return
    body = {"file": SimpleUploadedFile("note.txt", b"Hello"), "integrationId": pair.own.agent_id}
    path = f"/inbound/business/v1/direct/activity/{pair.own.conversation_id}/files"
    assert codes_of(pair.clients["engine"].post(path, body, format="multipart", **KEY)) == ["ENG000106"]
