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
from tests.api_street import codes_of, fault_of, send, snapshot, webchat_token
from tests.api_table import WITH_TOKEN
from tests.portal.test_token_endpoint import ask


def get_hubs(token: str, scheme: str = "Bearer"):
    """A portal call with a token."""
    return Browser(raise_request_exception=False).get("/api/v1/hubs", headers={"authorization": f"{scheme} {token}"})


def signed(street, key=None, headers=None, algorithm="RS256", **changes):
    """The portal token of the first tenant, signed anew with something changed; None takes a claim out."""
    row = keys.active_keys()[0]
    claims = {**jwt.decode(street.acme.token("portal"), options={"verify_signature": False}), **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key or row.private_pem, algorithm, {"kid": str(row.id), **(headers or {})})


@pytest.mark.parametrize("call", WITH_TOKEN, ids=str)
def test_a_token_of_the_other_resource_is_403(street, call):
    before = snapshot()
    answer = send(street.clients["portal" if call.api == "engine" else "engine"], call, street.own)
    assert (answer.status_code, fault_of(answer), codes_of(answer)) == (403, None, [f"{call.prefix}000101"])
    assert f"needs a token of the client hubster.{call.api}.api." in answer.json()["errors"][0]["description"]
    assert snapshot() == before


@pytest.mark.parametrize("call", WITH_TOKEN, ids=str)
def test_no_token_is_401_and_says_how_to_send_one(street, call):
    before, bare = snapshot(), APIClient(raise_request_exception=False)
    for header in (None, "", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "bearer\x00x", "Token x"):
        bare.credentials(**({"HTTP_AUTHORIZATION": header} if header is not None else {}))
        answer = send(bare, call, street.own)
        assert (answer.status_code, fault_of(answer), codes_of(answer)) == (401, None, [f"{call.prefix}000102"])
        assert answer["WWW-Authenticate"] == "Bearer"
    assert "Authorization: Bearer" in answer.json()["errors"][0]["description"]
    assert snapshot() == before


def _public(street) -> str:
    return keys.active_keys()[0].public_pem


def _other_key(street):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _hs256_with_the_public_key(street) -> str:
    """PyJWT refuses to make this one, so it is made by hand."""
    import hashlib
    import hmac

    _, claims, _ = street.acme.token("portal").split(".")
    content = f"{_b64({'alg': 'HS256', 'typ': 'JWT', 'kid': str(keys.active_keys()[0].id)})}.{claims}"
    mac = hmac.new(_public(street).encode(), content.encode(), hashlib.sha256).digest()
    return f"{content}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _edited(street) -> str:
    head, claims, signature = street.acme.token("portal").split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return f"{head}.{_b64({**decoded, 'tenant': str(street.globex.tenant.id)})}.{signature}"


def _none(street, name: str = "none") -> str:
    _, claims, _ = street.acme.token("portal").split(".")
    return f"{_b64({'alg': name, 'kid': str(keys.active_keys()[0].id)})}.{claims}."


def _deep(street) -> str:
    deep = base64.urlsafe_b64encode(b'{"kid": ' + b"[" * 5000).decode().rstrip("=")
    return f"{deep}.e30.e30"


FORGED = {
    "no JWT": lambda street: "x",
    "dots": lambda street: "..",
    "four parts": lambda street: street.acme.token("portal") + ".x",
    "not ASCII": lambda street: "t\u00f6ken.\u00e4.\u00fc",
    "a header that nests 5000 levels": _deep,
    "a header that is an array": lambda street: f"{_b64([])}.e30.e30",
    "a kid that is a number": lambda street: f"{_b64({'alg': 'RS256', 'kid': 5})}.e30.e30",
    "alg none": _none,
    "alg nOnE": lambda street: _none(street, "nOnE"),
    "HS256 signed with the public key": _hs256_with_the_public_key,
    "an edited tenant": _edited,
    "a signature cut off": lambda street: street.acme.token("portal").rsplit(".", 1)[0] + ".",
    "another key under our kid": lambda street: signed(street, _other_key(street)),
    "another key with jku": lambda street: signed(street, _other_key(street), {"jku": "https://evil.example/jwks"}),
    "another key with an embedded jwk": lambda street: signed(street, _other_key(street), {"jwk": {"kty": "RSA"}}),
    "an unknown kid": lambda street: signed(street, headers={"kid": "00000000-0000-0000-0000-000000000000"}),
    "a kid with a path": lambda street: signed(street, headers={"kid": "../../dev/null"}),
    "a kid with SQL": lambda street: signed(street, headers={"kid": "' OR 1=1 --"}),
    "RS512": lambda street: signed(street, algorithm="RS512"),
    "another issuer": lambda street: signed(street, iss="https://evil.example"),
    "no issuer": lambda street: signed(street, iss=None),
    "no expiry": lambda street: signed(street, exp=None),
    "no tenant": lambda street: signed(street, tenant=None),
    "no audience": lambda street: signed(street, aud=None),
    "an expiry in the past": lambda street: signed(street, exp=int(clock.now().timestamp()) - 60),
    "a start in the future": lambda street: signed(street, nbf=int(clock.now().timestamp()) + 600),
    "a neighbour's tenant": lambda street: signed(street, tenant=str(street.globex.tenant.id)),
    "a neighbour's client": lambda street: signed(
        street, client_id=f"hubster.portal.api.{street.globex.tenant.id.hex}"
    ),
    "a secret that is not there": lambda street: signed(street, sid=987654321),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_or_broken_token_is_401(street, what):
    answer = get_hubs(FORGED[what](street))
    assert (answer.status_code, fault_of(answer), codes_of(answer)) == (401, None, ["PRT000102"])


@pytest.mark.parametrize("audience", ["hubster-engine-api", "hubster-webchat", "elsewhere"])
def test_our_own_token_for_another_audience_is_403(street, audience):
    answer = get_hubs(signed(street, aud=audience))
    assert (answer.status_code, codes_of(answer)) == (403, ["PRT000101"])


def test_the_scheme_is_matched_in_any_case(street):
    token = street.acme.token("portal")
    assert [get_hubs(token, scheme).status_code for scheme in ("bearer", "BEARER", "WebBearer")] == [200] * 3


def test_a_token_ends_after_thirty_days(street):
    token = street.acme.token("portal")
    with time_machine.travel(clock.now() + timedelta(days=29, hours=23), tick=False):
        assert get_hubs(token).status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=30, minutes=1), tick=False):
        answer = get_hubs(token)
        assert (answer.status_code, codes_of(answer)) == (401, ["PRT000102"])
        assert "expired" in answer.json()["errors"][0]["description"]


def test_deleting_a_secret_ends_its_tokens_at_once_and_no_others(street):
    client = street.acme.tenant.clients.get(client_id__startswith="hubster.portal")
    row, secret = do_add_secret(client, "second")
    token = ask(street.acme, "portal", client_secret=secret).json()["access_token"]
    assert get_hubs(token).status_code == 200
    answer = street.clients["portal"].delete(f"/api/v1/tenants/clients/{client.client_id}/tokens/{row.id}")
    assert answer.status_code == 200
    assert (get_hubs(token).status_code, codes_of(get_hubs(token))) == (401, ["PRT000102"])
    assert ask(street.acme, "portal", client_secret=secret).status_code == 400
    assert street.clients["portal"].get("/api/v1/hubs").status_code == 200


def test_the_expiry_of_a_secret_ends_its_tokens_at_once(street):
    client = street.acme.tenant.clients.get(client_id__startswith="hubster.portal")
    _, secret = do_add_secret(client, "short", clock.now() + timedelta(hours=1))
    token = ask(street.acme, "portal", client_secret=secret).json()["access_token"]
    assert get_hubs(token).status_code == 200
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1), tick=False):
        assert codes_of(get_hubs(token)) == ["PRT000102"]
        assert ask(street.acme, "portal", client_secret=secret).json()["error"] == "invalid_client"


@pytest.mark.parametrize(("change", "portal", "engine"), [
    ({"enabled": False}, (403, ["PRT000101"]), (400, ["ENG002001"])),
    ({"evaluation_ends": clock.now() - timedelta(days=1)}, (200, None), (400, ["ENG002002"])),
])  # fmt: skip
def test_a_disabled_tenant_and_a_past_evaluation_are_refused_at_once(street, change, portal, engine):
    visitor = APIClient(raise_request_exception=False)
    visitor.credentials(HTTP_AUTHORIZATION=f"WebBearer {webchat_token(street.acme)}")
    body = {"integrationId": street.own.webchat_id, "binding": "v", "channelType": "WebChat"}
    made = visitor.post("/api/v1/conversations/establish", body, format="json").json()["conversationId"]
    type(street.acme.tenant).objects.filter(pk=street.acme.tenant.pk).update(**change)
    for call in WITH_TOKEN:
        if call.method != "GET" and call.api == "portal":
            continue
        answer = send(street.clients[call.api], call, street.own)
        found = (answer.status_code, codes_of(answer) if answer.status_code != 200 else None)
        assert found == (portal if call.api == "portal" else engine), str(call)
    said = {"message": {"type": "text", "text": "x"}}
    tries = [
        visitor.get(f"/api/v1/interactions/activities/{made}?type=Customer"),
        visitor.post(f"/inbound/customer/v1/web-chat/{made}", said, format="json"),
        visitor.post("/api/v1/conversations/establish", body, format="json"),
    ]
    assert [(answer.status_code, codes_of(answer)) for answer in tries] == [engine] * 3


def test_a_secret_is_shown_whole_once_and_then_by_its_first_fifteen_characters(street):
    path = f"/api/v1/tenants/clients/{street.own.client_id}"
    made = street.clients["portal"].post(f"{path}/tokens", {"name": "new"}, format="json").json()
    shown = street.clients["portal"].get(path)
    assert {row["name"]: row["token"] for row in shown.json()["secrets"]}["new"] == made["token"][:15] + "..."
    assert made["token"] not in shown.content.decode()
    assert len(made["token"]) >= 43
    assert ClientSecret.objects.get(pk=made["id"]).start == made["token"][:15]


def test_a_key_that_is_no_longer_active_ends_its_tokens_within_a_minute(street):
    token = street.acme.token("portal")
    keys.make_key()
    keys.forget()
    assert get_hubs(token).status_code == 200
    assert len(Browser().get("/.well-known/jwks.json").json()["keys"]) == 2
    JwtKey.objects.filter(pk=jwt.get_unverified_header(token)["kid"]).update(active=False)
    keys._cache["at"] -= keys.CACHE_SECONDS + 1
    assert codes_of(get_hubs(token)) == ["PRT000102"]
    assert keys.CACHE_SECONDS <= 60
