"""Calls of Activity bots at our `serviceUrl`: who may speak, where, and what of it is said."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from engine.delivery import call
from engine.inbound import bot_proof
from engine.models import Activity
from hubster.lib.http import Answer
from hubster.lib.http_policy import ConnectFailure
from portal.models import Integration
from tests.background import asking
from tests.engine.bot_scene import Peer, Scene
from tests.engine.test_handover import say, words
from tests.two_tenants import codes_of

URL = "https://bot.example.com/api/messages"
SECRET, APP = "a-shared-secret", str(uuid.uuid4())


@pytest.fixture
def peer(monkeypatch):
    found = Peer()
    monkeypatch.setattr(call, "asend", asking(found))
    return found


@pytest.fixture
def shop(inline, acme, peer):
    return Scene(acme, peer, dialect="activity", url=URL)


def post(shop, activity, reply_to="", bot=None, talk=None, **headers):
    """A call as SDKs make it."""
    talk = talk or shop.talk.pk
    path = f"/bots/{bot or shop.bot.pk}/v3/conversations/{talk}/activities{f'/{reply_to}' if reply_to else ''}"
    body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
    return Client().post(path, body, content_type="application/json", headers=headers)


def text(words):
    return {"type": "message", "text": words}


def test_the_bot_is_asked_as_the_protocol_has_it(shop, peer, settings):
    shop.hear("Hello")
    asked = peer.body()
    assert (asked["type"], asked["text"], asked["channelId"]) == ("message", "Hello", "hubster")
    assert asked["serviceUrl"] == f"{settings.PUBLIC_URL}/bots/{shop.bot.pk}"
    assert asked["conversation"] == {"id": str(shop.talk.pk)}
    assert asked["id"] == str(shop.delivery().pk)
    assert asked["from"]["role"] == "user"
    assert "deliveryMode" not in asked
    assert "Authorization" not in peer.asked[0].headers
    say(shop.party, shop.talk, event={"type": "payload", "payloadType": "shop.cart", "payload": {"items": 2}})
    assert (peer.body()["type"], peer.body()["name"], peer.body()["value"]) == ("event", "shop.cart", {"items": 2})
    say(shop.party, shop.talk, event={"type": "typing_on"})
    assert peer.body()["type"] == "typing"


def test_a_reply_names_the_message_that_it_replies_to(shop):
    shop.hear("Hello")
    answer = post(shop, text("Hi!"), shop.delivery().pk)
    assert answer.status_code == 200
    row = Activity.objects.get(content=words("Hi!"))
    assert answer.json() == {"id": str(row.pk)}
    assert (row.sender_integration_id, row.conversation_id) == (shop.bot.pk, shop.talk.pk)
    assert post(shop, {**text("By its body"), "replyToId": str(shop.delivery().pk)}).status_code == 200
    assert shop.said() == [words("Hi!"), words("By its body")]


def test_without_a_proof_nothing_is_said(shop, globex, peer):
    shop.hear("Hello")
    other = Scene(globex, peer, dialect="activity", url=URL)
    other.hear("Hello")
    for reply_to in ("", uuid.uuid4(), "1", other.delivery().pk):
        answer = post(shop, text("x"), reply_to)
        assert (answer.status_code, codes_of(answer)) == (401, ["ENG000102"]), reply_to
    assert post(shop, text("x"), other.delivery().pk, talk=other.talk.pk).status_code == 401
    assert shop.said() == other.said() == []


@pytest.mark.parametrize("bot", ["x", str(uuid.UUID(int=7))])
def test_an_address_without_a_bot_is_not_found(shop, bot):
    assert post(shop, text("x"), bot=bot).status_code == 404
    assert post(shop, text("x"), bot=shop.party.agent.pk).status_code == 404


def test_a_secret_is_sent_and_expected(inline, acme, globex, peer):
    shop = Scene(acme, peer, dialect="activity", url=URL, secret=SECRET)
    other = Scene(globex, peer, dialect="activity", url=URL, secret="other-secret")
    shop.hear("Hello")
    assert peer.asked[0].headers["Authorization"] == f"Bearer {SECRET}"
    for header in ("", "Bearer wrong", f"Basic {SECRET}", "Bearer", f"Bearer {SECRET}é"):
        assert post(shop, text("x"), shop.delivery().pk, Authorization=header).status_code == 401
    good = {"Authorization": f"Bearer {SECRET}"}
    for talk in (other.talk.pk, uuid.uuid4(), "x"):
        assert post(shop, text("x"), talk=talk, **good).status_code == 404
    assert post(shop, text("First"), **good).status_code == 200
    assert (shop.said(), other.said()) == ([words("First")], [])
    assert SECRET not in json.dumps([[one.request, one.response] for one in shop.attempts()])


@pytest.fixture
def microsoft(monkeypatch):
    """Keys of Microsoft's, and tokens that they signed."""
    key, known = rsa.generate_private_key(public_exponent=65537, key_size=2048), {}
    jwk = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": "k1", "use": "sig"}
    known["answers"] = [Answer(200, {}, json.dumps({"keys": [jwk]}).encode(), False, 1, "::1")]
    known["asked"] = 0

    def send(request, policy):
        known["asked"] += 1
        found = known["answers"][0]
        if isinstance(found, Exception):
            raise found
        return found

    def token(key=key, kid="k1", **changes):
        claims = {"iss": "https://sts.windows.net/tenant/", "aud": "https://api.botframework.com", "appid": APP,
                  "exp": datetime.now(UTC) + timedelta(hours=1), **changes}  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key, "RS256", {"kid": kid})

    monkeypatch.setattr(bot_proof, "send", send)
    monkeypatch.setattr(bot_proof, "_known", {})
    monkeypatch.setattr(bot_proof, "_looked", [])
    known["token"] = token
    return known


def test_a_token_of_microsoft_for_the_app_is_a_proof(inline, acme, peer, microsoft):
    shop, token = Scene(acme, peer, dialect="activity", url=URL, appId=APP), microsoft["token"]
    v2 = token(appid=None, azp=APP, iss="https://login.microsoftonline.com/t/v2.0")
    for good in (token(), v2):
        assert post(shop, text("Hi"), Authorization=f"Bearer {good}").status_code == 200
    assert microsoft["asked"] == 1, "keys are kept"
    mine = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    hs = jwt.encode({"iss": "https://sts.windows.net/", "aud": "https://api.botframework.com", "appid": APP,
                     "exp": datetime.now(UTC) + timedelta(hours=1)}, "k" * 40, "HS256", {"kid": "k1"})  # fmt: skip
    bad = [
        token(key=mine), token(appid="another"), token(aud="https://graph.microsoft.com"), token(exp=None), hs, "x.y.z",
        token(iss="https://evil.example.com/"), token(exp=datetime.now(UTC) - timedelta(hours=1)), token(kid="unknown"),
    ]  # fmt: skip
    for one in bad:
        assert post(shop, text("x"), Authorization=f"Bearer {one}").status_code == 401
    assert microsoft["asked"] == 1, "an unknown key is not looked for with each call"
    assert [one["text"] for one in shop.said()] == ["Hi", "Hi"]


def test_where_the_keys_cannot_be_fetched_the_bot_is_told_to_come_back(inline, acme, peer, microsoft):
    shop = Scene(acme, peer, dialect="activity", url=URL, appId=APP)
    microsoft["answers"] = [ConnectFailure("Nobody listens there.")]
    answer = post(shop, text("x"), Authorization=f"Bearer {microsoft['token']()}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert shop.said() == []


def test_a_bot_is_refused_while_an_agent_answers(shop):
    shop.hear("Hello")
    say(shop.party, shop.talk, shop.party.agent, message=words("I am here."))
    answer = post(shop, text("Too late"), shop.delivery().pk)
    assert (answer.status_code, codes_of(answer)) == (403, ["ENG000110"])
    assert shop.said() == []


def test_a_superseded_reply_is_dropped_where_the_integration_says_so(inline, acme, peer):
    shop = Scene(acme, peer, dialect="activity", url=URL, dropSuperseded=True)
    shop.hear("first")
    first = shop.delivery()
    shop.hear("second")
    assert post(shop, text("to the first"), first.pk).status_code == 200
    assert post(shop, text("to the second"), shop.delivery().pk).status_code == 200
    assert shop.said() == [words("to the second")]


def test_a_repeat_with_a_key_says_nothing_twice(shop):
    shop.hear("Hello")
    for _again in range(2):
        assert post(shop, text("Hi"), shop.delivery().pk, **{"Idempotency-Key": "k"}).status_code == 200
    assert post(shop, text("Other"), shop.delivery().pk, **{"Idempotency-Key": "k"}).status_code == 409
    assert shop.said() == [words("Hi")]


@pytest.mark.parametrize(("body", "status"), [
    (b"", 400), (b"[]", 400), (b"{", 400), (b"\xff", 400), ({"type": "message"}, 200), ({"type": 5, "text": "x"}, 200),
    ({"type": "message", "attachments": 5}, 400), ({"type": "message", "suggestedActions": [1]}, 200),
    ({"type": "message", "attachments": [{"contentType": "image/png", "contentUrl": "javascript:1"}]}, 400),
    ({"type": "message", "text": "x", "attachments": [{"contentType": "a/b"}]}, 200),
    ({"type": "event", "name": "x" * 3_000}, 400), ({"type": "message", "text": "x" * 30_000}, 400),
    ({"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.hero",
                                          "content": {"images": {"a": 1}}}]}, 400),
])  # fmt: skip
def test_a_bad_activity_is_refused_in_words(shop, body, status):
    shop.hear("Hello")
    before = Activity.objects.count()
    answer = post(shop, body, shop.delivery().pk)
    assert answer.status_code == status, answer.content
    if status == 400:
        assert answer.json()["errors"][0]["description"]
        assert Activity.objects.count() == before


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_other_methods_are_refused(shop, method):
    answer = getattr(Client(), method)(f"/bots/{shop.bot.pk}/v3/conversations/{shop.talk.pk}/activities/1")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer.json()["errors"]


def test_a_paused_bot_cannot_speak(shop):
    shop.hear("Hello")
    Integration.objects.filter(pk=shop.bot.pk).update(status=Integration.Status.PAUSED)
    assert codes_of(post(shop, text("x"), shop.delivery().pk)) == ["ENG006503"]
