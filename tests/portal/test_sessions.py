"""What ends a member's session, and with it at once the tokens it gave."""

from datetime import timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from hubster.lib import clock
from portal.actions import sessions
from portal.identity import members, tokens
from portal.models import AuditEntry, IdempotencyRecord, PortalSession, Tenant, User
from tests.api_table import WITH_TOKEN
from tests.cast import PASSWORD, TenantFixture
from tests.portal.test_token_members import renew, sign_in
from tests.portal.test_tokens import get_hubs, signed
from tests.two_tenants import codes_of, send


@pytest.fixture
def acme(pair) -> TenantFixture:
    """The first tenant, with its neighbour beside it."""
    return pair.acme


def change_password(person: User, password: str = "another long password") -> None:
    person.set_password(password)
    person.save()


def change(**values):
    """A change of the person's row."""
    return lambda person: User.objects.filter(pk=person.pk).update(**values)


def move(person: User) -> None:
    User.objects.filter(pk=person.pk).update(tenant=Tenant.objects.exclude(pk=person.tenant_id).first())


ENDS = {
    "deactivated": change(is_active=False),
    "deleted": lambda person: person.delete(),
    "without a tenant": change(tenant=None),
    "without tenant and role": change(tenant=None, role=""),
    "in another tenant": move,
    "with another password": change_password,
    "with the same password set anew": lambda person: change_password(person, PASSWORD),
    "signed out": lambda person: person.portal_sessions.all().delete(),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_session_and_its_tokens_end_at_once_when_the_person_is(acme, how):
    given, kept = sign_in("acme-manager").json(), sign_in("acme-owner").json()
    ENDS[how](User.objects.get(username="acme-manager"))
    assert codes_of(get_hubs(given["access_token"])) == ["PRT000102"]
    answer = renew(given["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert get_hubs(kept["access_token"]).status_code == 200


def test_what_a_refresh_found_ended_stays_ended(acme):
    given, person = sign_in("acme-manager").json(), acme.people["manager"]
    change(is_active=False)(person)
    renew(given["refresh_token"])
    change(is_active=True)(person)
    assert renew(given["refresh_token"]).status_code == 400
    assert get_hubs(given["access_token"]).status_code == 401


def test_a_disabled_tenant_stops_the_tokens_of_its_members_as_those_of_its_clients(acme):
    given = sign_in().json()
    Tenant.objects.filter(pk=acme.tenant.pk).update(enabled=False)
    answer = get_hubs(given["access_token"])
    assert (answer.status_code, codes_of(answer)) == (403, ["PRT000101"])
    refused = renew(given["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")
    assert "business" in refused.json()["error_description"]
    Tenant.objects.filter(pk=acme.tenant.pk).update(enabled=True)
    assert renew(given["refresh_token"]).status_code == 200


def test_a_session_lives_sixty_days_from_its_last_renewal(acme):
    first, start = sign_in().json(), clock.now()
    with time_machine.travel(start + timedelta(days=59), tick=False):
        second = renew(first["refresh_token"]).json()
    with time_machine.travel(start + timedelta(days=118), tick=False):
        third = renew(second["refresh_token"]).json()
    with time_machine.travel(start + timedelta(days=179), tick=False):
        assert renew(third["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_access_token_ends_after_thirty_days_and_its_session_goes_on(acme):
    given = sign_in().json()
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert get_hubs(given["access_token"]).status_code == 401
        assert get_hubs(renew(given["refresh_token"]).json()["access_token"]).status_code == 200


def test_an_access_token_ends_with_a_session_that_nobody_renewed(acme):
    token = sign_in().json()["access_token"]
    PortalSession.objects.update(expires=clock.now() - timedelta(seconds=1))
    assert get_hubs(token).status_code == 401


def test_signing_in_forgets_the_persons_expired_sessions_and_no_others(acme):
    sign_in("acme-owner"), sign_in("acme-manager")
    PortalSession.objects.update(expires=clock.now() - timedelta(days=1))
    sign_in("acme-owner")
    left = PortalSession.objects.values_list("user__username", flat=True)
    assert sorted(left) == ["acme-manager", "acme-owner"]


def test_a_token_is_proven_by_one_query(acme, django_assert_num_queries):
    claims = tokens.read(sign_in().json()["access_token"])
    with django_assert_num_queries(1):
        assert members.member_caller(claims, tokens.PORTAL).name == f"member:{acme.people['owner'].id}"


@pytest.mark.parametrize("call", [call for call in WITH_TOKEN if call.api == "engine"], ids=str)
def test_a_members_token_is_for_the_portal_only(pair, call):
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in('acme-owner').json()['access_token']}")
    answer = send(client, call, pair.own)
    assert (answer.status_code, codes_of(answer)) == (403, ["ENG000101"])


@pytest.mark.parametrize("changes", [{"ses": "x"}, {"ses": 5}, {"ses": "00000000-0000-0000-0000-000000000000"}])
def test_a_token_of_no_session_is_401(pair, changes):
    assert codes_of(get_hubs(signed(pair, sid=None, **changes))) == ["PRT000102"]


def test_a_session_of_a_neighbour_does_not_open_this_tenant(pair):
    sign_in("globex-owner")
    session = PortalSession.objects.get(user__username="globex-owner")
    assert codes_of(get_hubs(signed(pair, sid=None, ses=str(session.id)))) == ["PRT000102"]


def test_the_standing_is_not_the_password_hash(acme):
    sign_in()
    session = PortalSession.objects.select_related("user").get()
    assert session.standing == sessions.standing_of(session.user)
    assert session.user.password not in session.standing


def test_a_member_acts_under_the_own_name(acme):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in('acme-manager').json()['access_token']}")
    body = {"name": "By a member", "description": "x"}
    assert client.post("/api/v1/hubs", body, format="json", HTTP_IDEMPOTENCY_KEY="k").status_code == 200
    assert IdempotencyRecord.objects.get().caller == f"member:{acme.people['manager'].id}"
    written = AuditEntry.objects.filter(action="hub.created", object_name="By a member").values("by", "actor_name")
    assert list(written) in ([], [{"by": "member", "actor_name": "acme-manager"}])
