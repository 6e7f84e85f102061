"""Hubs and client tokens over the Portal API, and the wire habits that all Portal calls share."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hubster.lib import clock
from portal.models import ClientSecret, Hub, Integration
from tests.two_tenants import codes_of, webchat_token

HUB = {
    "name": "Your New Cool Hub Name",
    "description": "This hub is cool",
    "closeDormantConversation": 30,
    "statusId": 2000,
}
MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


@pytest.fixture
def api(pair):
    """The first tenant's portal client."""
    return pair.clients["portal"]


def make(api, **changes) -> dict:
    answer = api.post("/api/v1/hubs", {**HUB, **changes}, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_documented_hub_is_created_and_read_back(api, pair):
    made = make(api)
    assert made == {"hubId": made["hubId"], "tenantId": str(pair.acme.tenant.id), **HUB}
    assert made["hubId"] == str(uuid.UUID(made["hubId"]))
    assert api.get(f"/api/v1/hubs/{made['hubId']}").json() == made


def test_what_is_optional_has_its_documented_default(api):
    made = api.post("/api/v1/hubs", {"name": "Bare", "description": "x"}, format="json").json()
    assert (made["closeDormantConversation"], made["statusId"]) == (0, 2000)


def test_property_names_are_matched_in_any_case(api):
    body = {"NAME": "Loud", "Description": "x", "CLOSEDORMANTCONVERSATION": 5, "StatusID": 2002}
    made = api.post("/api/v1/hubs", body, format="json").json()
    assert (made["name"], made["closeDormantConversation"], made["statusId"]) == ("Loud", 5, 2002)


def test_one_property_in_two_spellings_is_refused(api):
    answer = api.post("/api/v1/hubs", {"name": "a", "Name": "b", "description": "x"}, format="json")
    assert (answer.status_code, codes_of(answer)) == (400, ["PRT000303"])


@pytest.mark.parametrize("status", [2002, "2002", "paused", "PAUSED", "Paused"])
def test_a_status_is_accepted_by_number_or_name(api, status):
    assert make(api, statusId=status)["statusId"] == 2002


def test_null_means_that_an_optional_property_is_not_given(api):
    made = make(api, closeDormantConversation=None, statusId=None)
    assert (made["closeDormantConversation"], made["statusId"]) == (0, 2000)
    changed = api.put(f"/api/v1/hubs/{made['hubId']}", {"name": None, "description": "New"}, format="json").json()
    assert (changed["name"], changed["description"]) == (HUB["name"], "New")


def test_an_update_changes_only_what_is_given(api):
    made = make(api)
    changed = api.put(f"/api/v1/hubs/{made['hubId']}", {"statusId": 2002}, format="json").json()
    assert changed == {**made, "statusId": 2002}
    assert api.put(f"/api/v1/hubs/{made['hubId']}", {}, format="json").json() == changed


def test_names_are_unique_in_a_tenant_and_free_in_another(api, pair):
    made = make(api)
    again = api.post("/api/v1/hubs", HUB, format="json")
    assert (again.status_code, codes_of(again)) == (400, ["PRT000600"])
    renamed = api.put(f"/api/v1/hubs/{pair.own.hub_id}", {"name": HUB["name"]}, format="json")
    assert (renamed.status_code, codes_of(renamed)) == (400, ["PRT000600"])
    assert api.put(f"/api/v1/hubs/{made['hubId']}", {"name": HUB["name"]}, format="json").status_code == 200
    assert pair.globex.api("portal").post("/api/v1/hubs", HUB, format="json").status_code == 200


@pytest.mark.parametrize("form", [str, str.upper, lambda text: text.replace("-", ""), lambda text: f"{{{text}}}",
                                  lambda text: text.replace("-", "").upper()])  # fmt: skip
def test_ids_are_accepted_in_every_form_and_answered_in_one(api, pair, form):
    answer = api.get(f"/api/v1/hubs/{form(pair.own.hub_id)}")
    assert (answer.status_code, answer.json()["hubId"]) == (200, pair.own.hub_id)


def test_a_trailing_slash_is_optional_and_two_are_not(api, pair):
    assert api.get(f"/api/v1/hubs/{pair.own.hub_id}/").status_code == 200
    assert api.post("/api/v1/hubs/", HUB, format="json").status_code == 200
    assert api.get("/api/v1/hubs//").status_code == 404


def test_deleting_a_hub_takes_its_integrations_and_only_those(api, pair):
    before = Integration.objects.count()
    answer = api.delete(f"/api/v1/hubs/{pair.own.hub_id}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert Integration.objects.count() == before - 5
    assert api.get(f"/api/v1/hubs/{pair.own.hub_id}").status_code == 404
    assert Hub.objects.filter(pk=pair.other.hub_id).exists()


def test_pages_hold_every_hub_once_with_the_total(api):
    for number in range(6):
        make(api, name=f"Hub {number}")
    pages = [api.get(f"/api/v1/hubs?pageNumber={number}&PageSize=3").json() for number in range(4)]
    assert [len(page["results"]) for page in pages] == [3, 3, 1, 0]
    assert {(page["total"], page["pageSize"]) for page in pages} == {(7, 3)}
    assert [page["pageNumber"] for page in pages] == [0, 1, 2, 3]
    assert len({row["hubId"] for page in pages for row in page["results"]}) == 7
    default = api.get("/api/v1/hubs").json()
    assert (default["pageNumber"], default["pageSize"]) == (0, 50)


def queries(api, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert api.get(path).status_code == 200
    return len(seen)


def test_lists_cost_the_same_for_five_rows_and_sixty(api, pair):
    paths = [
        "/api/v1/hubs?pageSize=100", "/api/v1/integrations?pageSize=100",
        f"/api/v1/integrations/hubs/{pair.own.hub_id}/Direct",
    ]  # fmt: skip
    counts = []
    for start, end in ((0, 5), (5, 60)):
        for number in range(start, end):
            make(api, name=f"Hub {number}")
            pair.acme.add("Direct", f"Agent {number}", integrationType="Agent")
        counts.append([queries(api, path) for path in paths])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 5


def test_a_client_token_is_made_listed_and_deleted(api, pair):
    path = f"/api/v1/tenants/clients/{pair.own.client_id}"
    body = {"name": "my secret 3", "expiration": "2090-01-31T00:00:00"}
    made = api.post(f"{path}/tokens", body, format="json").json()
    assert (made["name"], made["expiration"]) == ("my secret 3", "2090-01-31T00:00:00Z")
    shown = api.get(path).json()
    assert shown["tenantId"] == str(pair.acme.tenant.id)
    assert shown["allowedScopes"] == ["hubster-engine-api"]
    assert {"type": "tenant", "value": str(pair.acme.tenant.id)} in shown["claims"]
    assert "expiration" not in shown["secrets"][0]
    assert shown["secrets"][1] == {**made, "token": made["token"][:15] + "..."}
    assert api.delete(f"{path}/tokens/{made['id']}").status_code == 200
    assert api.delete(f"{path}/tokens/{made['id']}").status_code == 404
    assert len(api.get(path).json()["secrets"]) == 1


@pytest.mark.parametrize(("given", "shown"), [
    ("2090-01-31T00:00:00", "2090-01-31T00:00:00Z"), ("2090-01-31", "2090-01-31T00:00:00Z"),
    ("2090-01-31T02:00:00+02:00", "2090-01-31T00:00:00Z"), ("2090-01-31T00:00:00.5Z", "2090-01-31T00:00:00.500000Z"),
])  # fmt: skip
def test_an_expiration_in_any_iso_form_is_shown_in_utc(api, pair, given, shown):
    path = f"/api/v1/tenants/clients/{pair.own.client_id}/tokens"
    made = api.post(path, {"name": "t", "expiration": given}, format="json").json()
    assert made["expiration"] == shown
    assert MOMENT.match(shown)


def test_names_of_client_tokens_are_unique_per_client(api, pair):
    path = f"/api/v1/tenants/clients/{pair.own.client_id}/tokens"
    assert api.post(path, {"name": "same"}, format="json").status_code == 200
    again = api.post(path, {"name": "same"}, format="json")
    assert (again.status_code, codes_of(again)) == (400, ["PRT000600"])
    other = path.replace("engine", "portal")
    assert api.post(other, {"name": "same", "expiration": None}, format="json").status_code == 200


def test_an_expired_client_token_stays_listed_with_its_expiration(api, pair):
    path = f"/api/v1/tenants/clients/{pair.own.client_id}"
    api.post(
        f"{path}/tokens", {"name": "short", "expiration": clock.iso(clock.now() + timedelta(days=1))}, format="json"
    )
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        shown = pair.acme.api("portal").get(path).json()["secrets"]
    assert [row["name"] for row in shown] == ["test", "short"]
    assert ClientSecret.objects.get(name="short").start in shown[1]["token"]


@pytest.mark.parametrize("secret_id", ["x", "-1", "1.5", "\u0663", "9" * 30])
def test_a_token_id_that_is_no_number_is_refused(api, pair, secret_id):
    answer = api.delete(f"/api/v1/tenants/clients/{pair.own.client_id}/tokens/{secret_id}")
    assert (answer.status_code, codes_of(answer)) == (400, ["PRT000210"])


def test_apis_are_never_cached_and_hide_nothing_behind_cookies(api, pair):
    answer = api.get("/api/v1/hubs")
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert webchat_token(pair.acme)
