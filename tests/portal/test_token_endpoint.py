"""The token endpoint: what it answers, how it refuses, and that nothing it handles is kept or logged."""

import base64
import logging
from datetime import timedelta

import jwt
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client as Browser

from hubster.lib import clock
from portal.actions.tenants import do_add_secret
from portal.models import JwtKey
from tests.cast import PASSWORD, TenantFixture
from tests.two_tenants import codes_of, fault_of, webchat_token


def ask(party: TenantFixture, api: str = "engine", **form: str):
    """The token endpoint's answer, with any part of the form changed; an empty part is left out."""
    given = {"grant_type": "client_credentials", "client_id": f"hubster.{api}.api.{party.tenant.id.hex}"}
    given |= {"client_secret": party.secrets[api], **form}
    return Browser(raise_request_exception=False).post("/connect/token", {k: v for k, v in given.items() if v})


def member_ask(**form: str):
    """The token endpoint's answer to a member's client."""
    return Browser(raise_request_exception=False).post("/connect/token", {"client_id": "hubster.portal", **form})


def test_the_token_answer_is_as_documented(pair):
    answer = ask(pair.acme, "portal")
    assert answer.status_code == 200
    body = answer.json()
    assert {**body, "access_token": ""} == {
        "access_token": "", "expires_in": 2592000, "token_type": "Bearer", "scope": "hubster-portal-api",
    }  # fmt: skip
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("api", ["portal", "engine"])
def test_a_token_verifies_with_the_published_keys_and_says_who_calls(pair, api):
    document = Browser().get("/.well-known/openid-configuration").json()
    published = Browser().get("/.well-known/jwks.json").json()["keys"]
    token = pair.acme.token(api)
    header = jwt.get_unverified_header(token)
    key = next(jwt.PyJWK(entry) for entry in published if entry["kid"] == header["kid"])
    claims = jwt.decode(token, key, ["RS256"], audience=f"hubster-{api}-api", issuer=document["issuer"])
    assert header["alg"] == "RS256"
    assert claims["tenant"] == str(pair.acme.tenant.id)
    assert claims["client_id"] == f"hubster.{api}.api.{pair.acme.tenant.id.hex}"
    assert claims["role"] == "admin"
    assert claims["exp"] - claims["iat"] == 2592000
    assert claims["jti"] != jwt.decode(pair.acme.token(api), options={"verify_signature": False})["jti"]
    assert not {"d", "p", "q"} & {name for entry in published for name in entry}


def test_client_ids_are_matched_in_any_case(pair):
    client_id = f"HUBSTER.Portal.api.{pair.acme.tenant.id.hex.upper()}"
    assert ask(pair.acme, "portal", client_id=client_id).status_code == 200


def test_a_disabled_tenant_gets_no_token(pair):
    type(pair.acme.tenant).objects.filter(pk=pair.acme.tenant.pk).update(enabled=False)
    assert ask(pair.acme).json()["error"] == "invalid_client"
    url = f"/api/v1/integrations/web-chat/token/{pair.own.webchat_id}"
    assert codes_of(Browser().get(url, headers={"origin": "https://shop.example.com"})) == ["ENG002001"]


def basic(user: str, password: str) -> dict[str, str]:
    """The header of RFC 7617."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_unknown_client_wrong_secret_and_expired_secret_are_told_apart_by_nobody(pair):
    client = pair.acme.tenant.clients.get(client_id__startswith="hubster.engine")
    _, expired = do_add_secret(client, "old", clock.now() - timedelta(days=1))
    gone, deleted = do_add_secret(client, "gone")
    gone.delete()
    forms = [
        {"client_id": "hubster.engine.api.00"}, {"client_secret": "wrong"}, {"client_secret": expired},
        {"client_secret": deleted}, {"client_secret": pair.acme.secrets["portal"]}, {"client_secret": ""},
        {"client_secret": pair.globex.secrets["engine"]}, {"client_id": "a\x00b"}, {"client_id": ""},
    ]  # fmt: skip
    answers = [ask(pair.acme, **form) for form in forms]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["error"] == "invalid_client"


def test_credentials_in_a_basic_header_work_and_fail_with_401(pair):
    user, form = f"hubster.engine.api.{pair.acme.tenant.id.hex}", {"grant_type": "client_credentials"}
    post = Browser(raise_request_exception=False).post
    assert post("/connect/token", form, headers=basic(user, pair.acme.secrets["engine"])).status_code == 200
    for header in (
        basic(user, "wrong"),
        basic("x", "y"),
        {"authorization": "Basic %%%"},
        {"authorization": "Basic /w=="},
    ):
        answer = post("/connect/token", form, headers=header)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(("form", "error"), [
    ({"grant_type": ""}, "invalid_request"),
    ({"grant_type": "magic"}, "unsupported_grant_type"),
    ({"grant_type": "authorization_code", "code": "x"}, "unsupported_grant_type"),
    ({"scope": "hubster-portal-api"}, "invalid_scope"),
    ({"scope": "everything"}, "invalid_scope"),
])  # fmt: skip
def test_the_other_errors_of_the_token_endpoint(pair, form, error):
    answer = ask(pair.acme, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert set(answer.json()) == {"error", "error_description"}


def test_a_missing_grant_type_is_named(pair):
    assert "grant_type is missing" in ask(pair.acme, grant_type="").json()["error_description"]


@pytest.mark.parametrize("twice", ["grant_type", "client_id", "client_secret", "scope"])
def test_a_parameter_that_is_sent_twice_is_refused_and_named(pair, twice):
    form = {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s", "scope": "x"}
    answer = Browser().post("/connect/token", {**form, twice: [form[twice], "other"]})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert f"more than once: {twice}." in answer.json()["error_description"]


def test_the_discovery_document_names_the_grants_that_there_are():
    document = Browser().get("/.well-known/openid-configuration").json()
    assert document["grant_types_supported"] == ["client_credentials", "password", "refresh_token"]
    assert "none" in document["token_endpoint_auth_methods_supported"]


@pytest.mark.parametrize("raw", ["", "{}", "null", "%%%", "grant_type", "a=b;c=d",
"grant_type=client_credentials&grant_type=x",
                                 "\x00", "client_id=%ff%fe", "grant_type=%ED%A0%80", "&&&&",
                                 "x" * 100_000])  # fmt: skip
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json", "text/plain", ""])
def test_a_broken_form_is_an_oauth_error(pair, raw, content_type):
    answer = Browser(raise_request_exception=False).post("/connect/token", raw, content_type=content_type)
    assert (answer.status_code, set(answer.json())) == (400, {"error", "error_description"})


def test_a_form_over_the_limit_is_413(pair):
    raw = "client_id=" + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    answer = Browser(raise_request_exception=False).post(
        "/connect/token", raw, content_type="application/x-www-form-urlencoded"
    )
    assert (answer.status_code, fault_of(answer)) == (413, None)


def dump(but: str = "") -> str:
    """Everything that the database holds, as text, without the one table."""
    with connection.cursor() as cursor:
        text = ""
        for table in set(connection.introspection.table_names(cursor)) - {but}:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            text += repr(cursor.fetchall())
    return text


def test_no_secret_key_or_token_is_in_the_database_or_the_logs_in_clear(pair, caplog):
    caplog.set_level(logging.DEBUG)
    made = (
        pair.clients["portal"]
        .post(f"/api/v1/tenants/clients/{pair.own.client_id}/tokens", {"name": "new"}, format="json")
        .json()["token"]
    )
    ask(pair.acme, client_secret="a-wrong-secret-1")
    form = {"grant_type": "client_credentials"}
    Browser().post("/connect/token", form, headers=basic("someone", "a-wrong-secret-2"))
    tokens = [ask(pair.acme, client_secret=made).json()["access_token"], webchat_token(pair.acme)]
    Browser().get("/api/v1/hubs", headers={"authorization": "Bearer a.broken.token-1"})
    signed_in = member_ask(grant_type="password", username="acme-owner", password=PASSWORD).json()
    renewed = member_ask(grant_type="refresh_token", refresh_token=signed_in["refresh_token"]).json()
    member_ask(grant_type="password", username="acme-owner", password="a-wrong-secret-3")
    tokens += [answer[name] for answer in (signed_in, renewed) for name in ("access_token", "refresh_token")]
    private = pair.clients["portal"].get(f"/api/v1/integrations/{pair.own.agent_id}").json()["configuration"]
    secrets = [made, *pair.acme.secrets.values(), *tokens, "token-1", PASSWORD]
    secrets += ["a-wrong-secret-1", "a-wrong-secret-2", "a-wrong-secret-3"]
    secrets += [private["privateSigningKey"], JwtKey.objects.first().private_pem.splitlines()[1]]
    held, logged = dump(), caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert [secret for secret in secrets if secret in held] == []
    assert [secret for secret in secrets if secret in logged] == []
    assert "shop.example.com" not in dump(but="portal_auditentry")  # which tells what is no secret
