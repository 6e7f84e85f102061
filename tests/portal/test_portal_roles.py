"""What each role may do over the Portal API with a member's token."""

import pytest
from rest_framework.test import APIClient

from portal.models import User
from tests.api_table import WITH_TOKEN
from tests.portal.test_token_members import sign_in
from tests.two_tenants import codes_of, fault_of, send, snapshot

PORTAL = [call for call in WITH_TOKEN if call.api == "portal"]
OWNERS = [call for call in PORTAL if call.route.startswith("api/v1/tenants/")]
OTHERS = [call for call in PORTAL if call not in OWNERS]


def member(who: str) -> APIClient:
    """An HTTP client with the token of a member of the first tenant."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in(f'acme-{who}').json()['access_token']}")
    return client


def test_there_are_calls_of_both_kinds():
    assert len(OWNERS) >= 3
    assert len(OTHERS) >= 10


@pytest.mark.parametrize("call", PORTAL, ids=str)
def test_an_owner_may_do_what_an_api_client_may(pair, call):
    answer = send(member("owner"), call, pair.own)
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize("call", OTHERS, ids=str)
def test_a_manager_may_do_everything_but_clients(pair, call):
    answer = send(member("manager"), call, pair.own)
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize(
    ("who", "call"), [("manager", call) for call in OWNERS] + [("agent", call) for call in PORTAL], ids=str
)
def test_a_role_that_does_not_suffice_is_403_and_changes_nothing(pair, who, call):
    client, before = member(who), snapshot()
    answer = send(client, call, pair.own)
    assert (answer.status_code, fault_of(answer), codes_of(answer)) == (403, None, ["PRT000110"])
    assert f"'{who}'" in answer.json()["errors"][0]["description"]
    assert snapshot() == before


@pytest.mark.parametrize("call", PORTAL, ids=str)
def test_another_tenants_objects_do_not_exist_for_an_owner(pair, call):
    if "{" not in call.path:
        return
    answer = send(member("owner"), call, pair.other)
    assert answer.status_code == 404


def test_a_change_of_role_acts_at_once_on_tokens_that_are_out(pair):
    client = member("manager")
    assert client.get("/api/v1/hubs").status_code == 200
    User.objects.filter(username="acme-manager").update(role="agent")
    assert codes_of(client.get("/api/v1/hubs")) == ["PRT000110"]
    User.objects.filter(username="acme-manager").update(role="owner")
    client_id = pair.own.client_id
    assert client.get(f"/api/v1/tenants/clients/{client_id}").status_code == 200
