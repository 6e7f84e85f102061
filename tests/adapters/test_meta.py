"""Meta's channels together: handshake, signatures, one webhook for all, calls of the Graph API, errors."""

import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.adapters._errors import from_table
from engine.adapters._inbound import Incoming, Reply, Unverified
from engine.adapters._meta import appsecret_proof
from engine.adapters._meta_errors import TABLE
from engine.adapters._meta_events import things_of
from engine.adapters._outcomes import SendError, Sent
from engine.adapters.messenger import ADAPTER
from tests.adapters.meta_peer import answer, fault

URL = "https://hub.example/inbound/customer/v1/messenger"
PAGE = {"pageAccessToken": "TOK", "pageId": "10", "appId": "77"}
RULE = TABLE[100]


@pytest.fixture(autouse=True)
def app(settings):
    settings.HUBSTER_MESSENGER_API = "https://graph.example"
    settings.HUBSTER_META_APP_SECRET = "SEC"
    settings.HUBSTER_META_VERIFY_TOKEN = "tea-time"


def handshake(**query):
    given = {"mode": "subscribe", "challenge": "1158201444", "verify_token": "tea-time", **query}
    request = Incoming("GET", URL, {}, {f"hub.{name}": text for name, text in given.items() if text is not None}, b"")
    return ADAPTER.challenge({}, request)


def posted(body: bytes, signature: str | None = None, secret: str = "SEC"):
    signature = (
        signature if signature is not None else "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
    )
    return Incoming("POST", URL, {"x-hub-signature-256": signature} if signature else {}, {}, body)


def test_the_handshake_answers_the_bare_challenge_to_who_knows_the_token():
    assert handshake() == Reply("1158201444")
    for wrong in ({"verify_token": "wrong"}, {"verify_token": None}, {"mode": None}, {"mode": "unsubscribe"}):
        assert handshake(**wrong) == Reply(status=403)
    assert ADAPTER.challenge({}, posted(b"{}")) is None


def test_without_a_verify_token_no_handshake_succeeds(settings):
    settings.HUBSTER_META_VERIFY_TOKEN = ""
    assert handshake(verify_token="").status == 403
    assert handshake(verify_token=None).status == 403


def test_a_signature_is_checked_over_the_body_as_it_came():
    body = rb'{"object":"page","text":"caf\u00e9 \ud83d\ude00"}'
    ADAPTER.verify({}, posted(body))
    for request in (
        posted(body, ""), posted(body, "sha256="), posted(body, secret="OTHER"), posted(body, "sha256=é"),
        posted(json.dumps(json.loads(body)).encode(), posted(body).headers["x-hub-signature-256"]),
    ):  # fmt: skip
        with pytest.raises(Unverified):
            ADAPTER.verify({}, request)


def test_the_secret_of_the_integrations_own_app_goes_first():
    ADAPTER.verify({**PAGE, "appSecret": "OWN"}, posted(b"{}", secret="OWN"))
    with pytest.raises(Unverified):
        ADAPTER.verify({**PAGE, "appSecret": "OWN"}, posted(b"{}"))


def test_nothing_is_verified_without_a_secret(settings):
    settings.HUBSTER_META_APP_SECRET = ""
    with pytest.raises(Unverified, match="HUBSTER_META_APP_SECRET"):
        ADAPTER.verify({}, posted(b"{}", secret=""))


def test_the_proof_is_that_of_metas_own_sdk():
    """The value that facebook-business 26.0.3 gives for the secret SEC and the token TOK."""
    proof = "e48a368a2ce2cddf76180208f54d8c3042b7393bac62e5986465cad681a46f6b"
    assert appsecret_proof("SEC", "TOK") == proof
    request = ADAPTER.graph(PAGE, "GET", "me", fields="id,name")
    assert request.url.startswith("https://graph.example/v26.0/me?")
    assert parse_qs(urlsplit(request.url).query) == {"fields": ["id,name"], "appsecret_proof": [proof]}
    assert request.headers["Authorization"] == "Bearer TOK"
    assert "TOK" not in request.url


def test_without_a_secret_there_is_no_proof(settings):
    settings.HUBSTER_META_APP_SECRET = ""
    assert ADAPTER.graph(PAGE, "GET", "me").url == "https://graph.example/v26.0/me"
    assert "appsecret_proof" in ADAPTER.graph({**PAGE, "appSecret": "OWN"}, "GET", "me").url


def test_a_webhook_of_many_pages_is_cut_into_the_parts_of_each():
    entries = [{"id": "10", "time": 1, "messaging": [{"a": "\ud83d"}]}, {"id": 20, "time": 2}, {"id": "10", "time": 3}]
    parts = ADAPTER.route(posted(json.dumps({"object": "page", "entry": entries}).encode()))
    assert {account: json.loads(body) for account, body in parts.items()} == {
        "10": {"object": "page", "entry": [entries[0], entries[2]]},
        "20": {"object": "page", "entry": [entries[1]]},
    }
    for body in (b"[]", b"{}", b"nonsense"):
        with pytest.raises((ValueError, KeyError, TypeError)):
            ADAPTER.route(posted(body))


def refused(given) -> SendError:
    with pytest.raises(SendError) as caught:
        ADAPTER.outcome(given)
    return caught.value


@pytest.mark.parametrize(("code", "subcode", "scope", "marks"), [
    (1, 0, "endpoint", {"retryable"}), (2, 0, "endpoint", {"retryable"}), (1200, 0, "endpoint", {"retryable"}),
    (1, 99, "endpoint", {"retryable"}),
    (4, 0, "account", {"retryable"}), (17, 0, "account", {"retryable"}), (32, 0, "account", {"retryable"}),
    (613, 0, "account", {"retryable"}), (80006, 0, "account", {"retryable"}), (80007, 0, "account", {"retryable"}),
    (10, 2018278, "recipient", {"window_closed"}), (10, 2534022, "recipient", {"window_closed"}),
    (10, 2018065, "recipient", {"window_closed"}),
    (551, 1545041, "recipient", {"stops"}), (551, 0, "recipient", {"stops"}), (200, 1545041, "recipient", {"stops"}),
    (100, 2018001, "recipient", set()), (100, 2534014, "recipient", set()), (100, 2534037, "recipient", set()),
    (200, 2018028, "recipient", set()),
    (190, 0, "account", {"pauses"}), (190, 463, "account", {"pauses"}), (102, 0, "account", {"pauses"}),
    (200, 2534041, "account", {"pauses"}), (368, 0, "account", {"pauses"}), (100, 2534029, "account", {"pauses"}),
    (10, 1893063, "account", {"pauses", "retryable"}),
    (10, 0, "account", set()), (200, 0, "account", set()), (230, 0, "account", set()),
    (100, 0, "message", set()), (100, 33, "message", set()), (100, 2018008, "message", set()),
    (987654, 0, "message", set()),
])  # fmt: skip
def test_each_error_says_whose_fault_it_is(code, subcode, scope, marks):
    error = refused(fault(code, subcode))
    assert error.scope == scope
    assert {mark for mark in ("retryable", "pauses", "stops", "window_closed") if getattr(error, mark)} == marks
    assert str(code) in error.text and "%(" not in error.text
    assert error.text.count(". ") >= 1, "the reason, then what to do"


def test_the_text_of_every_rule_can_be_filled_in():
    for key in TABLE:
        assert "Messenger 1/2" not in from_table(TABLE, key, RULE, channel="Messenger", code="1/2").text


@pytest.mark.parametrize(("given", "scope", "retryable"), [
    (answer(status=500), "endpoint", True), (answer(status=503), "endpoint", True),
    (answer(status=429), "account", True), (answer(status=404), "message", False),
    (fault(987654, status=500), "endpoint", True),
    (fault(987654, is_transient=True), "endpoint", True), (fault(100, status=200), "message", False),
])  # fmt: skip
def test_an_error_without_a_known_code_is_judged_by_its_status(given, scope, retryable):
    error = refused(given)
    assert (error.scope, error.retryable, error.stops, error.pauses) == (scope, retryable, False, False)


def test_metas_own_time_for_the_next_try_is_kept():
    assert refused(answer({"error": {"code": 613}}, 400, **{"retry-after": "90"})).retry_after == 90
    usage = json.dumps({"10": [{"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": 5}]})
    header = {"x-business-use-case-usage": usage}
    assert refused(answer({"error": {"code": 80006}}, 400, **header)).retry_after == 300
    assert refused(answer({"error": {"code": 190}}, 400, **header)).retry_after is None
    for odd in ("", "[]", "{", '{"10": 5}', '{"10": [{}]}'):
        assert refused(answer({"error": {"code": 4}}, 400, **{"x-business-use-case-usage": odd})).retry_after is None


def test_a_message_that_was_taken_has_its_id_and_an_action_none():
    assert ADAPTER.outcome(answer({"recipient_id": "1", "message_id": "m_AG5"})) == Sent(("m_AG5",))
    assert ADAPTER.outcome(answer({"recipient_id": "1"})) == Sent()


def test_the_secrets_are_known_to_the_ledger():
    config = {**PAGE, "appSecret": "OWN"}
    assert ADAPTER.secrets(config) == ["TOK", "OWN", ADAPTER.proof(config)]


@pytest.mark.parametrize("odd", [None, 1, "message", [], {}, {"message": 1}])
def test_an_event_of_an_odd_form_takes_no_other_with_it(odd):
    good = {"sender": {"id": "1"}, "timestamp": 1_800_000_000_000, "message": {"mid": "m1", "text": "Hi"}}
    entry = {"id": "10", "messaging": [odd, good], "changes": [odd]}
    things = things_of(json.dumps({"entry": [entry]}).encode(), "10", "")
    assert [type(thing).__name__ for thing in things] == ["Unknown", "Said", "Unknown"]
