"""Members at the token endpoint: signing in by password, going on by refresh token, and every refusal."""

import base64
import threading

import jwt
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client as Browser

from portal.actions import sessions
from portal.identity import validator
from portal.models import PortalSession, User
from tests.cast import PASSWORD
from tests.portal.test_token_endpoint import ask, basic, member_ask
from tests.portal.test_tokens import get_hubs
from tests.two_tenants import codes_of

SCOPE = "hubster-portal-api"


def sign_in(who: str = "acme-owner", password: str = PASSWORD, **more: str):
    """The answer to a password."""
    return member_ask(grant_type="password", username=who, password=password, **more)


def renew(token: str, **more: str):
    """The answer to a refresh token."""
    return member_ask(grant_type="refresh_token", refresh_token=token, **more)


def claims_of(token: str) -> dict:
    """What an access token says."""
    return jwt.decode(token, options={"verify_signature": False})


def test_a_member_gets_a_token_that_acts_with_the_role_in_the_tenant(acme):
    answer = sign_in("acme-manager")
    body, person = answer.json(), acme.people["manager"]
    assert (answer.status_code, body["token_type"], body["scope"]) == (200, "Bearer", SCOPE)
    assert body["expires_in"] == settings.TOKEN_SECONDS
    assert answer["Cache-Control"] == "no-store"
    session = PortalSession.objects.get(user=person)
    claims = claims_of(body["access_token"])
    expected = {"aud": SCOPE, "scope": SCOPE, "client_id": "hubster.portal", "role": "manager"}
    assert expected.items() <= claims.items()
    assert claims["exp"] - claims["iat"] == settings.TOKEN_SECONDS
    assert (claims["tenant"], claims["sub"], claims["ses"]) == (
        str(acme.tenant.id), str(person.id), str(session.id),
    )  # fmt: skip
    found = get_hubs(body["access_token"]).json()["results"]
    assert [hub["hubId"] for hub in found] == [str(acme.hub.id)]


def test_signing_in_is_seen_in_the_admin(acme):
    sign_in()
    assert User.objects.get(username="acme-owner").last_login is not None


def test_a_refresh_token_gives_new_tokens_of_the_same_session(acme):
    first = sign_in().json()
    second = renew(first["refresh_token"]).json()
    assert second["scope"] == SCOPE
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert claims_of(first["access_token"])["ses"] == claims_of(second["access_token"])["ses"]
    assert get_hubs(second["access_token"]).status_code == 200
    assert renew(second["refresh_token"]).status_code == 200


def test_two_sign_ins_are_two_sessions(acme):
    one, other = sign_in().json(), sign_in().json()
    assert renew(one["refresh_token"]).status_code == 200
    assert renew(one["refresh_token"]).status_code == 400
    assert get_hubs(one["access_token"]).status_code == 401
    assert get_hubs(other["access_token"]).status_code == 200


@pytest.mark.parametrize("rotations", [1, 2, 3])
def test_using_a_refresh_token_again_ends_the_session_however_often_it_was_renewed_since(acme, rotations):
    first = latest = sign_in().json()
    for _ in range(rotations):
        latest = renew(latest["refresh_token"]).json()
    again = renew(first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert renew(latest["refresh_token"]).json()["error"] == "invalid_grant"
    assert codes_of(get_hubs(latest["access_token"])) == ["PRT000102"]
    assert not PortalSession.objects.exists()


def test_using_a_refresh_token_again_ends_the_session_even_when_the_request_is_wrong_otherwise(acme):
    first = sign_in().json()
    second = renew(first["refresh_token"]).json()
    assert renew(first["refresh_token"], scope="everything").status_code == 400
    assert get_hubs(second["access_token"]).status_code == 401


def test_an_invented_refresh_token_ends_nothing(acme):
    answer = sign_in().json()
    session, bare, proof = answer["refresh_token"].split(".")
    for invented in (
        f"{session}.x.{proof}",
        f"{session}.{bare}.{'0' * 32}",
        f"{session}.{bare}",
        session,
        "\u00e4.\u00f6",
        ".",
    ):
        assert renew(invented).json()["error"] == "invalid_grant"
    assert get_hubs(answer["access_token"]).status_code == 200
    assert renew(answer["refresh_token"]).status_code == 200


def test_of_two_uses_at_the_same_moment_one_succeeds_and_the_session_ends(acme):
    """Both find the token good before either has replaced it."""
    token = sign_in().json()["refresh_token"]
    one, other = sessions.get_session_for(token), sessions.get_session_for(token)
    fresh = sessions.do_renew_session(one, token)
    with pytest.raises(sessions.SessionOver):
        sessions.do_renew_session(other, token)
    assert renew(fresh).status_code == 400


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer")
def test_of_parallel_uses_of_one_refresh_token_exactly_one_succeeds(acme):
    token, found = sign_in().json()["refresh_token"], []
    start = threading.Barrier(6)

    def run() -> None:
        start.wait()
        found.append(renew(token).status_code)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] + [400] * 5


def test_nothing_of_a_refresh_token_is_kept_but_its_digest(acme):
    token = sign_in().json()["refresh_token"]
    row = PortalSession.objects.values_list("digest", "standing").get()
    assert not [part for part in token.split(".") for kept in row if part in kept]
    assert len(base64.urlsafe_b64decode(token.split(".")[1] + "=")) == 32


def test_unknown_name_wrong_password_and_a_person_who_may_not_sign_in_are_told_apart_by_nobody(acme, globex):
    User.objects.filter(username="acme-agent").update(is_active=False)
    tries = [
        ("nobody", PASSWORD), ("acme-owner", "wrong"), ("acme-agent", PASSWORD), ("acme-agent", "wrong"),
        ("acme\x00-owner", PASSWORD), ("ACME-OWNER", PASSWORD), ("acme-owner", PASSWORD + " "), ("x" * 5000, "y"),
    ]  # fmt: skip
    answers = [sign_in(*pair) for pair in tries]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["error"] == "invalid_grant"
    assert not PortalSession.objects.exists()


@pytest.mark.parametrize("name", ["acme-owner", "nobody", "acme\x00-owner"])
def test_each_refused_password_costs_one_hashing(acme, monkeypatch, name):
    hashed = []
    from django.contrib.auth.hashers import MD5PasswordHasher

    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *given: hashed.append(1) or encode(self, *given))
    sign_in(name, "wrong")
    assert len(hashed) == 1


def test_an_operator_and_a_member_of_a_disabled_business_are_told_why(acme):
    User.objects.create_superuser("root", password=PASSWORD)
    type(acme.tenant).objects.filter(pk=acme.tenant.pk).update(enabled=False)
    for name, error, text in (
        ("root", "invalid_grant", "no active business"),
        ("acme-owner", "invalid_client", "disabled"),
    ):
        answer = sign_in(name)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert text in answer.json()["error_description"]
    assert sign_in("acme-owner", "wrong").json()["error"] == "invalid_grant"


@pytest.mark.parametrize("scope", [
    "hubster-portal-api", "hubster-portal-api offline_access", "openid profile offline_access hubster-portal-api",
    "offline_access", "openid",
])  # fmt: skip
def test_whatever_known_scope_is_asked_for_the_portal_scope_is_granted(acme, scope):
    answer = sign_in(scope=scope).json()
    assert answer["scope"] == SCOPE
    again = renew(answer["refresh_token"], scope=scope).json()
    assert again["scope"] == SCOPE
    assert claims_of(again["access_token"])["scope"] == SCOPE


@pytest.mark.parametrize("scope", ["hubster-engine-api", "hubster-portal-api everything", "email"])
def test_an_unknown_scope_is_refused_and_uses_up_nothing(acme, scope):
    assert sign_in(scope=scope).json()["error"] == "invalid_scope"
    assert not PortalSession.objects.exists()
    token = sign_in().json()["refresh_token"]
    assert renew(token, scope=scope).json()["error"] == "invalid_scope"
    assert renew(token).status_code == 200


@pytest.mark.parametrize(("grant", "form", "missing"), [
    ("password", {}, "username, password"),
    ("password", {"username": "acme-owner"}, "password"),
    ("password", {"username": "", "password": "x"}, "username"),
    ("refresh_token", {}, "refresh_token"),
    ("refresh_token", {"refresh_token": ""}, "refresh_token"),
])  # fmt: skip
def test_what_is_missing_is_named(acme, grant, form, missing):
    answer = member_ask(grant_type=grant, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json()["error_description"].endswith(f": {missing}.")


def test_a_secret_sent_with_the_public_client_is_ignored(acme):
    assert sign_in(client_secret="anything").status_code == 200
    form = {"grant_type": "password", "username": "acme-owner", "password": PASSWORD}
    for header in (basic("hubster.portal", ""), basic("Hubster.Portal", "anything")):
        assert Browser().post("/connect/token", form, headers=header).status_code == 200


def test_client_credentials_are_not_for_the_public_client(acme):
    assert member_ask(grant_type="client_credentials").json()["error"] == "unauthorized_client"
    answer = member_ask(grant_type="client_credentials", client_secret="x")
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize("form", [
    {"grant_type": "password", "username": "acme-owner", "password": PASSWORD},
    {"grant_type": "refresh_token", "refresh_token": "x"},
])  # fmt: skip
def test_the_grants_of_members_are_not_for_api_clients(acme, form, monkeypatch):
    tried = []
    monkeypatch.setattr(validator, "session_by_password", lambda *given: tried.append(given))
    assert ask(acme, "portal", **form).json()["error"] == "unauthorized_client"
    assert ask(acme, "portal", **form, client_secret="wrong").json()["error"] == "invalid_client"
    assert ask(acme, "portal", **form, client_id="").json()["error"] == "invalid_client"
    assert tried == []
