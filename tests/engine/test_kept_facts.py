"""What a token proves and who answers are kept for seconds, and dropped by whatever changes them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.models import Activity
from hubster.lib import clock, kept
from portal.actions import tenants
from portal.actions.hubs import do_update_hub
from portal.actions.integrations import do_delete_integration, do_update_integration
from portal.models import Client, ClientSecret, Integration
from tests.cast import make_tenant_fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def keeps_facts(believes_nothing, monkeypatch):
    monkeypatch.setattr(kept, "SECONDS", 3_600.0)
    kept.forget()


class Talk:
    """A customer who speaks with a token that was obtained once."""

    def __init__(self, name) -> None:
        self.party = make_tenant_fixture(name)
        self.conversation, self.client = self.party.establish(), self.party.api("engine")

    def say(self):
        body = {"message": {"type": "text", "text": "hi"}}
        path = f"/inbound/customer/v1/direct/activity/{self.conversation.id}"
        return self.client.post(path, body, format="json")

    def recipient(self):
        answer = self.say()
        assert answer.status_code == 200, answer.content
        return Activity.objects.get(event_id=answer.json()["eventId"]).recipient_integration_id


@pytest.fixture
def ours():
    return Talk("Ours")


@pytest.fixture
def theirs():
    return Talk("Theirs")


def delete_secret(party):
    row = ClientSecret.objects.get(client__tenant=party.tenant, client__scope="hubster-engine-api")
    tenants.do_delete_secret(row.client, row.pk)


def disable_client(party):
    tenants.do_switch_client(Client.objects.get(tenant=party.tenant, scope="hubster-engine-api"), False)


def disable_tenant(party):
    tenants.do_update_tenant(party.tenant, {"enabled": False})


@pytest.mark.parametrize(("end", "status"), [(delete_secret, 401), (disable_client, 401), (disable_tenant, 400)])
def test_a_token_that_was_just_proven_ends_with_what_proved_it(ours, theirs, end, status):
    assert ours.say().status_code == theirs.say().status_code == 200
    end(ours.party)
    assert ours.say().status_code == status
    assert theirs.say().status_code == 200


def test_a_token_that_is_known_still_expires(ours, monkeypatch, settings):
    settings.TOKEN_SECONDS = 60
    ours.client = ours.party.api("engine")
    assert ours.say().status_code == 200
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(seconds=61))
    assert ours.say().status_code == 401


def test_a_token_for_one_resource_opens_no_other(ours):
    assert ours.say().status_code == 200
    assert ours.client.get("/api/v1/hubs").status_code == 403
    portal = ours.party.api("portal")
    assert portal.get("/api/v1/hubs").status_code == 200
    assert portal.post(f"/inbound/customer/v1/direct/activity/{ours.conversation.id}", {}).status_code == 403


def test_what_is_known_is_not_asked_for_again(ours):
    ours.say()
    with CaptureQueriesContext(connection) as first:
        ours.say()
    asked = [query["sql"] for query in first if query["sql"].startswith("SELECT")]
    assert not [sql for sql in asked if "portal_clientsecret" in sql or "engine_endpoint" in sql]


# --- Who answers ---------------------------------------------------------------------------------------------


def other_agent(party):
    return party.add("Direct", "Others", integrationType="Agent")


def test_an_integration_that_is_new_deleted_paused_or_active_again_counts_at_once(ours, theirs):
    first = ours.party.agent
    assert ours.recipient() == first.pk
    second = other_agent(ours.party)
    do_update_integration(first, {"status": Integration.Status.PAUSED})
    assert ours.recipient() == second.pk
    do_update_integration(first, {"status": Integration.Status.ACTIVE})
    assert ours.recipient() == first.pk
    do_delete_integration(first)
    assert ours.recipient() == second.pk
    do_delete_integration(second)
    assert ours.say().status_code == 400
    assert theirs.recipient() == theirs.party.agent.pk


def test_a_hub_that_is_paused_takes_nothing(ours):
    assert ours.say().status_code == 200
    do_update_hub(ours.party.hub, {"status": ours.party.hub.Status.PAUSED}, by_operator=True)
    assert ours.say().status_code == 400


def test_one_that_was_deleted_elsewhere_a_moment_ago_is_noticed_when_its_row_is_missing(ours):
    second = other_agent(ours.party)
    assert ours.recipient() == ours.party.agent.pk
    Activity.objects.all().delete()
    Integration.objects.filter(pk=ours.party.agent.pk).delete()  # another process has, and its word has not come yet
    assert ours.recipient() == second.pk
