"""The API of operations: endpoints seen, paused, resumed and tried out."""

import json
import uuid

import pytest
from standardwebhooks.webhooks import Webhook

from engine.models import Activity, Attempt, Delivery, Endpoint
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure, RefusedAddress
from hubster.lib.signing import standard_secret
from portal.models import AuditEntry, User
from tests.background import do_deliver
from tests.cast import PASSWORD
from tests.engine.observer import lane_of, say, texts
from tests.engine.test_replay import failures, hasty
from tests.two_tenants import codes_of, snapshot

__all__ = ["hasty"]
S = Delivery.Status


def endpoint(party, verb: str = "", end=None) -> str:
    return f"/api/v1/integrations/{(end or party.observer).id}/endpoint{verb and f'/{verb}'}"


def test_an_endpoint_shows_how_it_is_doing(observed, globex, fake_http):
    api = observed.api("portal")
    assert api.get(endpoint(observed)).json()["state"] == "unused"
    assert api.get(endpoint(observed, end=observed.agent)).json()["state"] == "socket"
    now = clock.now()
    states = {
        "well": {},
        "slow": {"slow": True},
        "failing": {"slow": True, "failures": 3, "failing_since": now},
        "paused": {"failures": 3, "paused": now, "reason": "It is gone."},
    }
    for state, values in states.items():
        Endpoint.objects.all().delete()
        Endpoint.objects.create(destination=observed.observer, **values)
        shown = api.get(endpoint(observed)).json()
        assert (shown["state"], shown["failures"]) == (state, values.get("failures", 0))
        assert ("failingSince" in shown, "pausedSince" in shown) == (state == "failing", state == "paused")
    assert shown["reason"] == "It is gone."


def test_it_counts_what_waits_and_what_failed(observed, fake_http, hasty):
    failures(observed, fake_http, "one", "two")
    say(observed, observed.establish(), "three")
    shown = observed.api("portal").get(endpoint(observed)).json()
    assert (shown["waiting"], shown["failed"]) == (1, 2)


def test_a_paused_endpoint_gets_nothing_until_it_is_resumed(observed, globex, fake_http):
    api, client = observed.api("portal"), f"hubster.portal.api.{observed.tenant.id.hex}"
    shown = api.post(endpoint(observed, "pause")).json()
    assert (shown["state"], shown["reason"]) == ("paused", "Paused through the API.")
    say(observed, observed.establish(), "one")
    assert do_deliver(lane_of(observed).id) == 0
    assert api.post(endpoint(observed, "resume")).json()["state"] == "well"
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one"]
    entries = AuditEntry.objects.filter(action__contains="endpoint").order_by("at")
    assert [entry.action for entry in entries] == ["integration.endpoint_paused", "integration.endpoint_resumed"]
    assert {entry.actor_name for entry in entries} == {client}


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_doing_it_twice_changes_nothing(observed, verb):
    api = observed.api("portal")
    api.post(endpoint(observed, verb))
    before = snapshot()
    assert api.post(endpoint(observed, verb)).status_code == 200
    assert snapshot() == before


@pytest.mark.parametrize("verb", ["pause", "resume", "test"])
def test_an_integration_without_an_address_has_nothing_to_pause_or_try(acme, verb):
    answer = acme.api("portal").post(endpoint(acme, verb, acme.agent))
    assert (answer.status_code, codes_of(answer)) == (403, ["PRT000110"])


@pytest.mark.parametrize(("channel", "node"), [("System", "activities"), ("Direct", "activity")])
def test_a_test_message_is_signed_and_can_be_told_from_a_real_one(observed, fake_http, channel, node):
    url = "http://127.0.0.1:8099/direct"
    end = observed.observer if channel == "System" else observed.add(
        "Direct", "Bot", integrationType="Bot", webhookUrl=url
    )  # fmt: skip
    api, before = observed.api("portal"), snapshot()
    answer = api.post(endpoint(observed, "test", end)).json()
    assert set(answer) == {"status", "milliseconds"}
    (request,) = fake_http.sent
    body = json.loads(request.body)
    activity = body[node][0] if channel == "System" else body[node]
    assert (activity["type"], "message" in activity, "event" in activity) == ("test", False, False)
    assert body["conversationId"] == str(uuid.UUID(int=0))
    assert body["integrationId"] == str(end.id)
    assert request.headers["webhook-id"].startswith("test_")
    key = end.signing_keys.get()
    assert request.headers["x-hubster-public-key"] == key.public_key
    Webhook(standard_secret(key.private_key)).verify(request.body, dict(request.headers))
    assert snapshot() == before


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (404, 404, "Check its path"),
        (302, 302, "redirect"),
        (ConnectFailure("Nobody listens there."), None, "Nobody listens there."),
        (RefusedAddress("This address is private."), None, "private"),
    ],
)
def test_a_test_that_does_not_arrive_says_why_and_leaves_no_trace(observed, fake_http, answer, status, words):
    fake_http.answers = [answer]
    api, before = observed.api("portal"), snapshot()
    shown = api.post(endpoint(observed, "test")).json()
    assert shown.get("status") == status
    assert words in shown["error"]
    assert snapshot() == before
    assert not Activity.objects.exists()
    assert not Attempt.objects.exists()


def test_a_paused_endpoint_is_tried_too_and_stays_paused(observed, fake_http):
    api = observed.api("portal")
    api.post(endpoint(observed, "pause"))
    assert api.post(endpoint(observed, "test")).json()["status"] == 200
    assert Endpoint.objects.get().paused


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("manager", 200), ("agent", 403)])
def test_owners_and_managers_may_and_agents_may_not(observed, client, fake_http, role, status):
    person = observed.people[role]
    assert isinstance(person, User)
    form = {"grant_type": "password", "client_id": "hubster.portal", "username": person.username, "password": PASSWORD}
    token = client.post("/connect/token", form).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    assert client.get("/api/v1/deliveries", headers=headers).status_code == status
    for verb in ("pause", "resume", "test"):
        assert client.post(endpoint(observed, verb), headers=headers).status_code == status
