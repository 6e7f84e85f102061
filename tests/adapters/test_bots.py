"""Dialects of bots as they are on the wire: configurations, recorded answers, cards, and nonsense."""

import json
from dataclasses import replace

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapters import SendError, _bot_cards, _bot_prompt
from engine.adapters._context import Context, Tool, Turn
from engine.adapters.bot import ADAPTER, DIALECTS
from tests.adapters.provider_peer import answer, envelope
from tests.two_tenants import codes_of

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
ACCOUNT = {"client_email": "bot@p.iam.gserviceaccount.com", "private_key": PEM, "private_key_id": "k9"}
AGENT = "projects/p/locations/europe-west3/agents/a-1"
GOOD = {
    "webhook": {"webhookUrl": "https://bot.example.com/hook", "echo": True},
    "activity": {"url": "https://bot.example.com/api/messages", "secret": "s", "appId": "a", "expectReplies": True},
    "chatCompletions": {"baseUrl": "https://api.openai.com/v1", "apiKey": "k", "model": "m", "systemPrompt": "p",
                        "stream": True, "contextTokens": 500, "tools": ["weather"]},
    "responses": {"baseUrl": "https://api.openai.com/v1", "model": "m"},
    "rasa": {"url": "https://rasa.example.com", "token": "t", "dropSuperseded": True},
    "dialogflow": {"agent": AGENT, "credentials": ACCOUNT, "language": "de"},
}  # fmt: skip
WORDS = {"type": "text", "text": "Hello"}
FROM_CUSTOMER = {"sender": {"integrationType": "Customer", "tokenId": "t"}}


def asked(dialect, message=WORDS, context=None, **changes):
    """The request of a dialect for a message of a customer, and its JSON."""
    config = {**GOOD[dialect], **changes, "dialect": dialect}
    if dialect == "dialogflow":
        config["credentials"] = json.dumps(ACCOUNT)
    found = envelope(message, context=context, signing_keys=[("pub", "priv")])
    found.activity.update(FROM_CUSTOMER)
    found = replace(found, context=context or Context((Turn("customer", message),)))
    request = ADAPTER.render(config, found)
    return request, json.loads(request.body)


def read(dialect, body, **more):
    """The sayings of an answer, as (kind, content)."""
    found = ADAPTER.read({**GOOD[dialect], "dialect": dialect}, answer(body, **more))
    return [(one.kind, one.content) for one in found.sayings]


# --- configurations ------------------------------------------------------------------------------------------------
@pytest.fixture
def create(pair):
    def ask(configuration):
        body = {"channelId": "Bot", "name": "Bot", "configuration": configuration}
        path = f"/api/v1/integrations/hubs/{pair.own.hub_id}"
        return pair.clients["portal"].post(path, body, format="json")

    return ask


@pytest.mark.parametrize("dialect", GOOD)
def test_each_dialect_is_stored_with_its_own_properties(create, dialect):
    found = create({"DIALECT": dialect.upper(), **GOOD[dialect]})
    assert found.status_code == 200, found.content
    shown = found.json()
    assert (shown["integrationTypeId"], shown["channelId"]) == ("Bot", "Bot")
    kept = {**shown["configuration"]}
    assert kept.pop("dialect") == dialect
    assert set(kept) - {"publicSigningKey", "privateSigningKey"} <= {*DIALECTS[dialect].needs, *DIALECTS[dialect].takes}
    given_ = {**GOOD[dialect], **({"credentials": json.dumps(ACCOUNT)} if dialect == "dialogflow" else {})}
    assert {name: kept[name] for name in given_} == given_


def test_the_documented_bot_needs_no_dialect(create):
    assert create({"webhookUrl": "https://bot.example.com"}).json()["configuration"]["dialect"] == "webhook"


@pytest.mark.parametrize("dialect", GOOD)
def test_everything_that_a_dialect_needs_is_named(create, dialect):
    for missing in ({}, dict.fromkeys(DIALECTS[dialect].needs), dict.fromkeys(DIALECTS[dialect].needs, "")):
        found = create({"dialect": dialect, **missing})
        told = {one["description"].split("'")[1] for one in found.json()["errors"]}
        assert (found.status_code, told) == (400, {f"configuration.{name}" for name in DIALECTS[dialect].needs})


@pytest.mark.parametrize(("dialect", "name", "value", "code"), [
    ("webhook", "model", "m", "PRT000303"), ("rasa", "webhookUrl", "https://a.example", "PRT000303"),
    ("rasa", "colour", "red", "PRT000303"), ("rasa", "url", "http://10.0.0.1/", "PRT000202"),
    ("responses", "baseUrl", "ftp://x.example", "PRT000202"), ("activity", "url", "http://169.254.1.1/", "PRT000202"),
    ("webhook", "webhookUrl", "http://10.0.0.1/", "PRT000202"), ("responses", "contextTokens", 5, "PRT000207"),
    ("responses", "contextTokens", "many", "PRT000302"), ("responses", "tools", "weather", "PRT000302"),
    ("responses", "apiKey", "a b", "PRT000202"), ("dialogflow", "agent", "my agent", "PRT000202"),
    ("dialogflow", "credentials", "{}", "PRT000202"), ("dialogflow", "credentials", {"client_email": 1}, "PRT000202"),
    ("dialogflow", "language", "deutsch!", "PRT000302"), ("chatCompletions", "stream", "perhaps", "PRT000302"),
])  # fmt: skip
def test_a_value_that_cannot_be_is_refused_by_its_name(create, dialect, name, value, code):
    found = create({"dialect": dialect, **GOOD[dialect], name: value})
    assert (found.status_code, codes_of(found)) == (400, [code])
    assert f"'configuration.{name}'" in found.json()["errors"][0]["description"]


@pytest.mark.parametrize("value", ["klingon", 5, ["rasa"], {}])
def test_an_unknown_dialect_is_refused(create, value):
    found = create({"dialect": value, "url": "https://a.example"})
    assert found.status_code == 400
    assert "configuration.dialect" in found.content.decode()


def test_a_change_of_dialect_leaves_nothing_of_the_former_one(create, pair):
    made = create({"dialect": "rasa", **GOOD["rasa"]}).json()["integrationId"]
    body = {"configuration": {"dialect": "responses", **GOOD["responses"]}}
    shown = pair.clients["portal"].put(f"/api/v1/integrations/{made}", body, format="json").json()["configuration"]
    assert not {"url", "token"} & set(shown)


def test_secrets_are_known_by_value():
    assert ADAPTER.secrets({"dialect": "rasa", "token": "t-1", "url": "x"}) == ["t-1"]
    found = ADAPTER.secrets({"dialect": "dialogflow", "credentials": json.dumps(ACCOUNT)})
    assert PEM in found
    assert all(json.dumps(PEM)[1:-1] in one or one == PEM for one in found)


# --- Rasa ------------------------------------------------------------------------------------------------------------
def test_rasa_is_asked_once():
    request, body = asked("rasa")
    assert request.url == "https://rasa.example.com/webhooks/rest/webhook"
    assert (body["message"], body["sender"]) == ("Hello", "00000000-0000-0000-0000-000000000001")
    assert body["metadata"]["message"] == WORDS
    assert (request.headers["Authorization"], request.repeatable) == ("Bearer t", False)
    place = {"type": "location", "latitude": 1.5, "longitude": 2.5}
    assert "1.5" in asked("rasa", place)[1]["message"]


def test_an_answer_of_rasa():
    recorded = [
        {"recipient_id": "c", "text": "Hey! How are you?"},
        {"recipient_id": "c", "image": "https://i.example.com/tiger.jpg"},
        {"recipient_id": "c", "text": "Pick one", "buttons": [
            {"title": "Great", "payload": '/mood{"m": "great"}'}, {"type": "web_url", "title": "Shop", "url": "https://s.example"}]},
        {"recipient_id": "c", "attachment": "https://i.example.com/a.pdf"},
        {"recipient_id": "c", "custom": {"type": "shop.offer", "id": 5}},
        {"recipient_id": "c", "custom": {"message": {"type": "text", "text": "From custom"}}},
        {"recipient_id": "c", "custom": {"type": "handover", "reason": "asked"}},
    ]  # fmt: skip
    found = read("rasa", recorded)
    assert found[0] == ("message", {"type": "text", "text": "Hey! How are you?"})
    assert found[1][1] == {"type": "image", "url": "https://i.example.com/tiger.jpg"}
    assert found[2][1]["actions"] == [
        {"type": "postback", "title": "Great", "payload": '/mood{"m": "great"}'},
        {"type": "link", "title": "Shop", "url": "https://s.example"},
    ]
    assert (found[3][1]["type"], found[3][1]["label"]) == ("attachment", "a.pdf")
    assert found[4] == ("event", {"type": "payload", "payloadType": "shop.offer", "payload": {"id": 5}})
    assert found[5][1] == {"type": "text", "text": "From custom"}
    assert found[6][1] == {"type": "payload", "payloadType": "hubster.handover", "payload": {"reason": "asked"}}
    assert read("rasa", b"[]") == read("rasa", b"") == []


# --- Dialogflow ------------------------------------------------------------------------------------------------------
def test_dialogflow_is_asked_with_a_token_of_the_service_account():
    request, body = asked("dialogflow")
    assert request.url == (
        f"https://europe-west3-dialogflow.googleapis.com/v3/{AGENT}/sessions/"
        "00000000-0000-0000-0000-000000000001:detectIntent"
    )
    assert body["queryInput"] == {"text": {"text": "Hello"}, "languageCode": "de"}
    token = request.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(
        token, KEY.public_key(), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert (claims["iss"], claims["exp"] - claims["iat"]) == (ACCOUNT["client_email"], 3_600)
    assert (claims["scope"], jwt.get_unverified_header(token)["kid"]) == (
        "https://www.googleapis.com/auth/cloud-platform", "k9"
    )  # fmt: skip
    everywhere = asked("dialogflow", agent="projects/p/locations/global/agents/a")[0]
    assert everywhere.url.startswith("https://dialogflow.googleapis.com/v3/projects/p/locations/global/")


def test_an_answer_of_dialogflow():
    recorded = {"responseId": "r", "queryResult": {"text": "hi", "responseMessages": [
        {"text": {"text": ["Welcome!"]}, "responseType": "HANDLER_PROMPT"},
        {"payload": {"richContent": [[
            {"type": "info", "title": "Tea", "subtitle": "Green"}, {"type": "chips", "options": [{"text": "More"}]},
            {"type": "image", "rawUrl": "https://i.example.com/t.png"}, {"type": "button", "text": "Go", "link": "https://s.example"}]]}},
        {"payload": {"message": {"type": "text", "text": "Ours"}}},
        {"payload": {"colour": "red"}},
        {"liveAgentHandoff": {"metadata": {"reason": "asked"}}},
        {"endInteraction": {}},
    ]}}  # fmt: skip
    found = [content for _kind, content in read("dialogflow", recorded)]
    assert found[0] == {"type": "text", "text": "Welcome!"}
    assert found[1] == {"type": "card", "title": "Tea", "subtitle": "Green"}
    assert found[2]["actions"] == [{"type": "reply", "title": "More", "payload": "More"}]
    assert found[3]["type"] == "image"
    assert found[4]["actions"][0]["type"] == "link"
    assert found[5] == {"type": "text", "text": "Ours"}
    assert (found[6]["payloadType"], found[6]["payload"]) == ("dialogflow.payload", {"colour": "red"})
    assert (found[7]["payloadType"], found[7]["payload"]) == ("hubster.handover", {"reason": "asked"})
    assert len(found) == 8


@pytest.mark.parametrize(("status", "retryable", "pauses"), [
    (401, False, True), (404, False, False), (429, True, False), (503, True, False), (400, False, False)
])  # fmt: skip
def test_errors_of_dialogflow(status, retryable, pauses):
    body = {"error": {"code": status, "message": "The reason.", "status": "X"}}
    with pytest.raises(SendError) as found:
        read("dialogflow", body, status=status)
    assert (found.value.retryable, found.value.pauses) == (retryable, pauses)
    assert "The reason." in found.value.text


# --- Activity protocol -----------------------------------------------------------------------------------------------
def test_files_and_places_are_attachments_and_entities():
    message = {"type": "text", "text": "Look", "items": [
        {"type": "image", "url": "https://a.example/t.png", "title": "Tea"},
        {"type": "attachment", "url": "https://a.example/t.pdf", "label": "Menu", "mimeType": "application/pdf"},
        {"type": "location", "latitude": 1.5, "longitude": 2.5}]}  # fmt: skip
    body = asked("activity", message)[1]
    assert body["attachments"] == [
        {"contentType": "image/*", "contentUrl": "https://a.example/t.png", "name": "Tea"},
        {"contentType": "application/pdf", "contentUrl": "https://a.example/t.pdf", "name": "Menu"},
    ]
    assert body["entities"][0]["type"] == "GeoCoordinates"
    assert body["text"].startswith("Look\n")
    assert (body["deliveryMode"], body["recipient"]["id"]) == ("expectReplies", "a")
    assert body["channelData"]["activity"]["message"] == message


def said(activity):
    notes = []
    return [one.content for one in _bot_cards.sayings(activity, "activity", notes)], notes


def card(kind, **content):
    return {"contentType": f"application/vnd.microsoft.card.{kind}", "content": content}


def test_cards_side_by_side_are_a_carousel():
    found, _ = said({"type": "message", "text": "Pick", "attachmentLayout": "carousel", "attachments": [
        card("hero", title="A", images=[{"url": "https://a.example/a.png"}]),
        card("thumbnail", title="B", text="b")]})  # fmt: skip
    assert found[0] == {"type": "text", "text": "Pick"}
    assert found[1] == {"type": "carousel", "items": [
        {"imageUrl": "https://a.example/a.png", "title": "A"}, {"title": "B", "content": "b"}]}  # fmt: skip


@pytest.mark.parametrize(("action", "expected"), [
    ({"type": "imBack", "title": "Yes", "value": "Yes"}, {"type": "reply", "title": "Yes", "payload": "Yes"}),
    ({"type": "imBack", "title": "Yes", "value": "1"}, {"type": "postback", "title": "Yes", "payload": "1"}),
    ({"type": "postBack", "title": "Yes", "value": "y"}, {"type": "postback", "title": "Yes", "payload": "y"}),
    ({"type": "messageBack", "title": "Yes", "text": "t", "value": {"a": 1}},
     {"type": "postback", "title": "Yes", "payload": "t"}),
    ({"type": "openUrl", "title": "Go", "value": "https://a.example"},
     {"type": "link", "title": "Go", "url": "https://a.example"}),
    ({"type": "call", "title": "Call", "value": "+1 416"}, {"type": "link", "title": "Call", "url": "tel:+1 416"}),
    ({"value": "Only"}, {"type": "reply", "title": "Only", "payload": "Only"}),
])  # fmt: skip
def test_each_kind_of_action(action, expected):
    if expected["type"] == "link" and expected["url"].startswith("tel:"):
        action, expected = {**action, "value": "+1416"}, {**expected, "url": "tel:+1416"}
    found, _ = said({"type": "message", "text": "?", "suggestedActions": {"actions": [action]}})
    assert found == [{"type": "text", "text": "?", "actions": [expected]}]


def test_other_attachments():
    adaptive = card("adaptive", body=[{"type": "TextBlock", "text": "Flight"},
                                      {"type": "Container", "items": [{"type": "TextBlock", "text": "AC 1"}]},
                                      {"type": "FactSet", "facts": [{"title": "Gate", "value": "B2"}]}],
                    actions=[{"type": "Action.OpenUrl", "title": "Track", "url": "https://a.example"},
                             {"type": "Action.Submit", "title": "OK", "data": {"x": 1}}])  # fmt: skip
    video = card("video", title="Film", media=[{"url": "https://a.example/f.mp4"}])
    receipt = card("receipt", title="Bill", items=[{"title": "Tea", "price": "$3"}], total="$3")
    found, notes = said({"type": "message", "attachments": [
        adaptive, video, receipt, {"contentType": "image/png", "contentUrl": "https://a.example/p.png"},
        {"contentType": "application/pdf", "contentUrl": "https://a.example/x.pdf"},
        {"contentType": "x/y"}]})  # fmt: skip
    assert found[0]["text"] == "Flight\nAC 1\nGate: B2"
    assert [one["type"] for one in found[0]["actions"]] == ["link", "postback"]
    assert found[1] == {"type": "video", "url": "https://a.example/f.mp4", "label": "Film"}
    assert found[2] == {"type": "card", "title": "Bill", "content": "Tea $3\nTotal: $3"}
    assert [one["type"] for one in found[3:]] == ["image", "attachment"]
    assert "x/y" in notes[0]


def test_events_typing_and_what_is_not_shown():
    assert said({"type": "typing"})[0] == [{"type": "typing_on"}]
    assert said({"type": "event", "name": "handoff.initiate", "value": {"skill": "tea"}})[0][0]["payload"] == {
        "skill": "tea"
    }
    assert said({"type": "event", "name": "shop", "value": 5})[0][0]["payload"] == {"value": 5}
    assert said({"type": "endOfConversation"}) == said({"type": "trace"}) == ([], [])
    assert "messageUpdate" in said({"type": "messageUpdate"})[1][0]


# --- language models -------------------------------------------------------------------------------------------------
def test_the_prompt_and_the_tools_of_chat_completions():
    context = Context((Turn("customer", WORDS),), (Tool("order status", "Where an order is."),), agents=True)
    request, body = asked("chatCompletions", context=context)
    assert request.url == "https://api.openai.com/v1/chat/completions"
    assert request.headers["Authorization"] == "Bearer k"
    assert body["messages"] == [{"role": "system", "content": "p"}, {"role": "user", "content": "Hello"}]
    assert [one["function"]["name"] for one in body["tools"]] == ["order_status", "handover"]
    assert (body["model"], body["stream"]) == ("m", True)


def test_the_prompt_of_responses_keeps_nothing_there():
    tool = (Turn("bot", {"type": "text", "text": "::weather Paris"}, private=True),
            Turn("platform", {"type": "text", "text": "sunny"}, private=True),
            Turn("platform", {"type": "command", "command": "x", "status": "done", "text": "weather: done."},
                 private=True))  # fmt: skip
    body = asked("responses", context=Context((Turn("customer", WORDS), *tool), (Tool("weather"),)))[1]
    assert (body["store"], "instructions" in body) == (False, False)
    first, call, result = body["input"]
    assert first == {"role": "user", "content": "Hello"}
    assert (call["type"], call["name"], json.loads(call["arguments"])) == (
        "function_call", "weather", {"arguments": ["Paris"]}
    )  # fmt: skip
    assert result == {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny\nweather: done."}


def test_after_three_calls_in_a_row_it_must_answer():
    typed = Turn("bot", {"type": "text", "text": "::weather Paris"}, private=True)
    context = Context((Turn("customer", WORDS), *[typed] * 3), (Tool("weather"),), agents=True)
    body = asked("chatCompletions", context=context)[1]
    assert [one["function"]["name"] for one in body["tools"]] == ["handover"]


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_line_is_one_command_whatever_the_model_wrote(name, arguments):
    from engine.commands.grammar import read as parse

    line = _bot_prompt.line(name or "x", {"arguments": arguments})
    assert "\n" not in line
    if any(character.isalnum() for character in name):
        assert len(parse(line).words) == len(arguments)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["choices", "message", "content", "tool_calls", "function", "name", "arguments", "output",
                         "type", "text", "activities", "queryResult", "responseMessages", "payload", "attachments",
                         "custom", "contentType", "buttons", "image", "liveAgentHandoff", "metadata",
                         "richContent", "event"]),
        inner, max_size=4), max_leaves=12)  # fmt: skip


@given(JSON)
@settings(max_examples=300, deadline=None)
@pytest.mark.parametrize("dialect", GOOD)
def test_no_answer_of_a_bot_breaks_anything(dialect, body):
    try:
        found = ADAPTER.read({**GOOD[dialect], "dialect": dialect}, answer(json.dumps(body).encode()))
    except SendError as fault:
        assert not fault.retryable
    else:
        assert all(one.content["type"] for one in found.sayings)
