"""Tokens: what proves a caller, what does not, and how soon a token ends."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client as Browser
from rest_framework.test import APIClient

from hubster.lib import clock
from portal.actions.tenants import do_add_secret
from portal.identity import keys
from portal.models import ClientSecret, JwtKey
from tests.api_table import WITH_TOKEN
from tests.portal.test_token_endpoint import ask
from tests.two_tenants import codes_of, fault_of, send, snapshot, webchat_token


def get_hubs(token: str, scheme: str = "Bearer"):
    """A portal call with a token."""
    return Browser(raise_request_exception=False).get("/api/v1/hubs", headers={"authorization": f"{scheme} {token}"})


def signed(pair, key=None, headers=None, algorithm="RS256", **changes):
    """The portal token of the first tenant, signed anew with something changed; None takes a claim out."""
    row = keys.active_keys()[0]
    claims = {**jwt.decode(pair.acme.token("portal"), options={"verify_signature": False}), **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key or row.private_pem, algorithm, {"kid": str(row.id), **(headers or {})})


@pytest.mark.parametrize("call", WITH_TOKEN, ids=str)
def test_a_token_of_the_other_resource_is_403(pair, call):
    before = snapshot()
    answer = send(pair.clients["portal" if call.api == "engine" else "engine"], call, pair.own)
    assert (answer.status_code, fault_of(answer), codes_of(answer)) == (403, None, [f"{call.prefix}000101"])
    assert f"needs a token of the client hubster.{call.api}.api." in answer.json()["errors"][0]["description"]
    assert snapshot() == before


@pytest.mark.parametrize("call", WITH_TOKEN, ids=str)
def test_no_token_is_401_and_says_how_to_send_one(pair, call):
    before, bare = snapshot(), APIClient(raise_request_exception=False)
    for header in (None, "", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "bearer\x00x", "Token x"):
        bare.credentials(**({"HTTP_AUTHORIZATION": header} if header is not None else {}))
        answer = send(bare, call, pair.own)
        assert (answer.status_code, fault_of(answer), codes_of(answer)) == (401, None, [f"{call.prefix}000102"])
        assert answer["WWW-Authenticate"] == "Bearer"
    assert "Authorization: Bearer" in answer.json()["errors"][0]["description"]
    assert snapshot() == before


def _public(pair) -> str:
    return keys.active_keys()[0].public_pem


def _other_key(pair):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _hs256_with_the_public_key(pair) -> str:
    """PyJWT refuses to make this one, so it is made by hand."""
    import hashlib
    import hmac

    _, claims, _ = pair.acme.token("portal").split(".")
    content = f"{_b64({'alg': 'HS256', 'typ': 'JWT', 'kid': str(keys.active_keys()[0].id)})}.{claims}"
    mac = hmac.new(_public(pair).encode(), content.encode(), hashlib.sha256).digest()
    return f"{content}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _edited(pair) -> str:
    head, claims, signature = pair.acme.token("portal").split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return f"{head}.{_b64({**decoded, 'tenant': str(pair.globex.tenant.id)})}.{signature}"


def _none(pair, name: str = "none") -> str:
    _, claims, _ = pair.acme.token("portal").split(".")
    return f"{_b64({'alg': name, 'kid': str(keys.active_keys()[0].id)})}.{claims}."


def _deep(pair) -> str:
    deep = base64.urlsafe_b64encode(b'{"kid": ' + b"[" * 5000).decode().rstrip("=")
    return f"{deep}.e30.e30"


FORGED = {
    "no JWT": lambda pair: "x",
    "dots": lambda pair: "..",
    "four parts": lambda pair: pair.acme.token("portal") + ".x",
    "not ASCII": lambda pair: "t\u00f6ken.\u00e4.\u00fc",
    "a header that nests 5000 levels": _deep,
    "a header that is an array": lambda pair: f"{_b64([])}.e30.e30",
    "a kid that is a number": lambda pair: f"{_b64({'alg': 'RS256', 'kid': 5})}.e30.e30",
    "alg none": _none,
    "alg nOnE": lambda pair: _none(pair, "nOnE"),
    "HS256 signed with the public key": _hs256_with_the_public_key,
    "an edited tenant": _edited,
    "a signature cut off": lambda pair: pair.acme.token("portal").rsplit(".", 1)[0] + ".",
    "another key under our kid": lambda pair: signed(pair, _other_key(pair)),
    "another key with jku": lambda pair: signed(pair, _other_key(pair), {"jku": "https://evil.example/jwks"}),
    "another key with an embedded jwk": lambda pair: signed(pair, _other_key(pair), {"jwk": {"kty": "RSA"}}),
    "an unknown kid": lambda pair: signed(pair, headers={"kid": "00000000-0000-0000-0000-000000000000"}),
    "a kid with a path": lambda pair: signed(pair, headers={"kid": "../../dev/null"}),
    "a kid with SQL": lambda pair: signed(pair, headers={"kid": "' OR 1=1 --"}),
    "RS512": lambda pair: signed(pair, algorithm="RS512"),
    "another issuer": lambda pair: signed(pair, iss="https://evil.example"),
    "no issuer": lambda pair: signed(pair, iss=None),
    "no expiry": lambda pair: signed(pair, exp=None),
    "no tenant": lambda pair: signed(pair, tenant=None),
    "no audience": lambda pair: signed(pair, aud=None),
    "an expiry in the past": lambda pair: signed(pair, exp=int(clock.now().timestamp()) - 60),
    "a start in the future": lambda pair: signed(pair, nbf=int(clock.now().timestamp()) + 600),
    "a neighbour's tenant": lambda pair: signed(pair, tenant=str(pair.globex.tenant.id)),
    "a neighbour's client": lambda pair: signed(pair, client_id=f"hubster.portal.api.{pair.globex.tenant.id.hex}"),
    "a secret that is not there": lambda pair: signed(pair, sid=987654321),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_or_broken_token_is_401(pair, what):
    answer = get_hubs(FORGED[what](pair))
    assert (answer.status_code, fault_of(answer), codes_of(answer)) == (401, None, ["PRT000102"])


@pytest.mark.parametrize("audience", ["hubster-engine-api", "hubster-webchat", "elsewhere"])
def test_our_own_token_for_another_audience_is_403(pair, audience):
    answer = get_hubs(signed(pair, aud=audience))
    assert (answer.status_code, codes_of(answer)) == (403, ["PRT000101"])


def test_the_scheme_is_matched_in_any_case(pair):
    token = pair.acme.token("portal")
    assert [get_hubs(token, scheme).status_code for scheme in ("bearer", "BEARER", "WebBearer")] == [200] * 3


def test_a_token_ends_after_thirty_days(pair):
    token = pair.acme.token("portal")
    with time_machine.travel(clock.now() + timedelta(days=29, hours=23), tick=False):
        assert get_hubs(token).status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=30, minutes=1), tick=False):
        answer = get_hubs(token)
        assert (answer.status_code, codes_of(answer)) == (401, ["PRT000102"])
        assert "expired" in answer.json()["errors"][0]["description"]


def test_deleting_a_secret_ends_its_tokens_at_once_and_no_others(pair):
    client = pair.acme.tenant.clients.get(client_id__startswith="hubster.portal")
    row, secret = do_add_secret(client, "second")
    token = ask(pair.acme, "portal", client_secret=secret).json()["access_token"]
    assert get_hubs(token).status_code == 200
    answer = pair.clients["portal"].delete(f"/api/v1/tenants/clients/{client.client_id}/tokens/{row.id}")
    assert answer.status_code == 200
    assert (get_hubs(token).status_code, codes_of(get_hubs(token))) == (401, ["PRT000102"])
    assert ask(pair.acme, "portal", client_secret=secret).status_code == 400
    assert pair.clients["portal"].get("/api/v1/hubs").status_code == 200


def test_the_expiry_of_a_secret_ends_its_tokens_at_once(pair):
    client = pair.acme.tenant.clients.get(client_id__startswith="hubster.portal")
    _, secret = do_add_secret(client, "short", clock.now() + timedelta(hours=1))
    token = ask(pair.acme, "portal", client_secret=secret).json()["access_token"]
    assert get_hubs(token).status_code == 200
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1), tick=False):
        assert codes_of(get_hubs(token)) == ["PRT000102"]
        assert ask(pair.acme, "portal", client_secret=secret).json()["error"] == "invalid_client"


@pytest.mark.parametrize(("change", "portal", "engine"), [
    ({"enabled": False}, (403, ["PRT000101"]), (400, ["ENG002001"])),
    ({"evaluation_ends": clock.now() - timedelta(days=1)}, (200, None), (400, ["ENG002002"])),
])  # fmt: skip
def test_a_disabled_tenant_and_a_past_evaluation_are_refused_at_once(pair, change, portal, engine):
    visitor = APIClient(raise_request_exception=False)
    visitor.credentials(HTTP_AUTHORIZATION=f"WebBearer {webchat_token(pair.acme)}")
    body = {"integrationId": pair.own.webchat_id, "binding": "v", "channelType": "WebChat"}
    made = visitor.post("/api/v1/conversations/establish", body, format="json").json()["conversationId"]
    type(pair.acme.tenant).objects.filter(pk=pair.acme.tenant.pk).update(**change)
    for call in WITH_TOKEN:
        if call.method != "GET" and call.api == "portal":
            continue
        answer = send(pair.clients[call.api], call, pair.own)
        found = (answer.status_code, codes_of(answer) if answer.status_code != 200 else None)
        assert found == (portal if call.api == "portal" else engine), str(call)
    said = {"message": {"type": "text", "text": "x"}}
    tries = [
        visitor.get(f"/api/v1/interactions/activities/{made}?type=Customer"),
        visitor.post(f"/inbound/customer/v1/web-chat/{made}", said, format="json"),
        visitor.post("/api/v1/conversations/establish", body, format="json"),
    ]
    assert [(answer.status_code, codes_of(answer)) for answer in tries] == [engine] * 3


def test_a_secret_is_shown_whole_once_and_then_by_its_first_fifteen_characters(pair):
    path = f"/api/v1/tenants/clients/{pair.own.client_id}"
    made = pair.clients["portal"].post(f"{path}/tokens", {"name": "new"}, format="json").json()
    shown = pair.clients["portal"].get(path)
    assert {row["name"]: row["token"] for row in shown.json()["secrets"]}["new"] == made["token"][:15] + "..."
    assert made["token"] not in shown.content.decode()
    assert len(made["token"]) >= 43
    assert ClientSecret.objects.get(pk=made["id"]).start == made["token"][:15]


def test_a_key_that_is_no_longer_active_ends_its_tokens_within_a_minute(pair):
    token = pair.acme.token("portal")
    keys.make_key()
    keys.forget()
    assert get_hubs(token).status_code == 200
    assert len(Browser().get("/.well-known/jwks.json").json()["keys"]) == 2
    JwtKey.objects.filter(pk=jwt.get_unverified_header(token)["kid"]).update(active=False)
    keys._cache["at"] -= keys.CACHE_SECONDS + 1
    assert codes_of(get_hubs(token)) == ["PRT000102"]
    assert keys.CACHE_SECONDS <= 60
