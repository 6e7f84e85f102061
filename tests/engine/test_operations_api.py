"""The API of operations: deliveries seen, sent anew and sent now."""

import json
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.models import Delivery
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure
from tests.background import do_deliver
from tests.engine.observer import lane_of, say, texts
from tests.engine.test_replay import failures, hasty
from tests.engine.test_send_now import waiting
from tests.two_tenants import codes_of, snapshot

__all__ = ["hasty"]
S = Delivery.Status
DELIVERIES = "/api/v1/deliveries"


def endpoint(party, verb: str = "", end=None) -> str:
    return f"/api/v1/integrations/{(end or party.observer).id}/endpoint{verb and f'/{verb}'}"


def test_a_list_can_be_of_an_integration_a_hub_a_status_and_a_span_of_time(observed, globex, fake_http, hasty):
    rows = failures(observed, fake_http, "one", "two")
    Delivery.objects.filter(pk=rows[0].pk).update(status=S.SENT, created=clock.now() - timedelta(days=2))
    say(globex, globex.establish(), "theirs")
    api, mine = observed.api("portal"), f"integrationId={observed.observer.id}"
    yesterday = clock.iso(clock.now() - timedelta(days=1))
    wanted = {
        "": {row.pk for row in Delivery.objects.filter(destination__hub=observed.hub)},
        f"?hubId={observed.hub.id}": {row.pk for row in Delivery.objects.filter(destination__hub=observed.hub)},
        f"?{mine}": {row.pk for row in rows},
        f"?{mine}&hubId={observed.hub.id}&STATUS=Failed": {rows[1].pk},
        f"?{mine}&from={yesterday}": {rows[1].pk},
        f"?{mine}&to={yesterday}": {rows[0].pk},
        f"?{mine}&from=2020-01-01&to=2020-01-02": set(),
    }
    for query, expected in wanted.items():
        answer = api.get(DELIVERIES + query).json()
        assert {uuid.UUID(row["deliveryId"]) for row in answer["results"]} == expected, query
        assert answer["total"] == len(expected)


def test_the_newest_come_first_and_pages_follow_each_other(observed, fake_http, hasty):
    rows = failures(observed, fake_http, "one", "two", "three")
    api, query = observed.api("portal"), f"{DELIVERIES}?integrationId={observed.observer.id}&pageSize=2"
    pages = [api.get(f"{query}&pageNumber={number}").json() for number in (0, 1, 2)]
    assert [[row["deliveryId"] for row in found["results"]] for found in pages] == [
        [str(rows[2].id), str(rows[1].id)], [str(rows[0].id)], [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("integrationId=x", "PRT000203"),
        ("hubId=x", "PRT000203"),
        ("status=lost", "PRT000206"),
        ("from=yesterday", "PRT000204"),
        ("to=2020-13-01", "PRT000204"),
        ("pageSize=0", "PRT000208"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(acme, query, code):
    answer = acme.api("portal").get(f"{DELIVERIES}?{query}")
    assert (answer.status_code, codes_of(answer)) == (400, [code])


def test_all_filters_that_cannot_be_are_named_together(acme):
    answer = acme.api("portal").get(f"{DELIVERIES}?integrationId=x&hubId=y&status=z&from=a&to=b&pageSize=0")
    assert codes_of(answer) == ["PRT000208", "PRT000203", "PRT000203", "PRT000204", "PRT000204", "PRT000206"]


@pytest.mark.parametrize(("name", "code"), [("integrationId", "PRT000799"), ("hubId", "PRT000699")])
def test_a_neighbours_filter_answers_like_a_random_one(acme, globex, name, code):
    api = acme.api("portal")
    theirs = {"integrationId": globex.agent.id, "hubId": globex.hub.id}[name]
    answers = [api.get(f"{DELIVERIES}?{name}={found}") for found in (theirs, uuid.uuid4())]
    assert [(answer.status_code, codes_of(answer)) for answer in answers] == [(404, [code])] * 2


def test_a_list_takes_the_same_number_of_queries_however_long(observed, fake_http, hasty):
    api = observed.api("portal")
    failures(observed, fake_http, "one")
    api.get(DELIVERIES)
    counts = []
    for words in ((), [str(number) for number in range(20)]):
        say(observed, observed.establish(), *words)
        with CaptureQueriesContext(connection) as seen:
            assert api.get(DELIVERIES).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_delivery_shows_every_attempt_without_its_secrets(observed, fake_http):
    fake_http.answers = [ConnectFailure("Nobody listens there."), 500]
    say(observed, observed.establish(), "one")
    do_deliver(lane_of(observed).id)
    Delivery.objects.filter(destination=observed.observer).update(next_attempt=clock.now())
    lane_of(observed)
    observed.observer.lanes.update(due=clock.now())
    do_deliver(lane_of(observed).id)
    row = Delivery.objects.get(destination=observed.observer)
    shown = observed.api("portal").get(f"{DELIVERIES}/{row.id}").json()
    assert (shown["status"], shown["attempts"], shown["replays"]) == ("pending", 2, 0)
    assert "returned HTTP 500" in shown["lastError"]
    assert shown["nextAttemptDateTime"] == clock.iso(row.next_attempt)
    first, second = shown["attemptLog"]
    assert [found["outcome"] for found in (first, second)] == ["failed", "failed"]
    assert "Nobody listens there." in first["error"]
    assert "answer" not in first
    assert second["answer"] == {"status": 500, "headers": {"Content-Type": "text/plain"}, "body": "seen"}
    assert second["request"]["headers"]["webhook-signature"] == "***"
    assert json.loads(second["request"]["body"])["activities"][0]["message"]["text"] == "one"
    secret = observed.observer.signing_keys.get().private_key
    assert secret not in json.dumps(shown)


def test_of_very_many_attempts_the_newest_are_shown(observed, fake_http, hasty, monkeypatch):
    monkeypatch.setattr("engine.api.deliveries.NEWEST_ATTEMPTS", 4)
    (row,) = failures(observed, fake_http, "one")
    shown = observed.api("portal").get(f"{DELIVERIES}/{row.id}").json()
    assert [found["number"] for found in shown["attemptLog"]] == [3, 4, 5, 6]


def test_a_failed_delivery_is_sent_anew_with_the_same_id(observed, fake_http, hasty):
    (row,) = failures(observed, fake_http, "one")
    shown = observed.api("portal").post(f"{DELIVERIES}/{row.id}/replay").json()
    assert (shown["deliveryId"], shown["status"], shown["attempts"], shown["replays"]) == (str(row.id), "pending", 0, 1)
    assert "lastError" not in shown
    do_deliver(lane_of(observed).id)
    assert [request.headers["webhook-id"] for request in fake_http.sent] == [str(row.id)]


def test_all_that_failed_is_sent_anew_in_the_order_it_was_said(observed, fake_http, hasty):
    failures(observed, fake_http, "one", "two")
    body = {"IntegrationId": observed.observer.id.hex.upper()}
    answer = observed.api("portal").post(f"{DELIVERIES}/replay", body, format="json")
    assert answer.json() == {"replayed": 2, "more": False}
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two"]


def test_a_waiting_delivery_is_sent_now_behind_what_holds_it_up(observed, fake_http):
    first, later = waiting(observed, fake_http, "one", "two")
    answer = observed.api("portal").post(f"{DELIVERIES}/{later.id}/send-now")
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two"]
    first.refresh_from_db()
    assert (first.status, first.attempts) == (S.SENT, 2)


def test_everything_that_waits_is_sent_now(observed, fake_http):
    waiting(observed, fake_http, "one", "two")
    body, api = {"integrationId": str(observed.observer.id)}, observed.api("portal")
    assert api.post(f"{DELIVERIES}/send-now", body, format="json").json() == {"queued": 2, "more": False}
    assert api.post(f"{DELIVERIES}/send-now", body, format="json").json() == {"queued": 0, "more": False}
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two"]


def test_nothing_is_sent_now_to_a_paused_endpoint(observed, fake_http):
    (row,) = waiting(observed, fake_http, "one")
    api = observed.api("portal")
    api.post(endpoint(observed, "pause"))
    for path, body in ((f"{row.id}/send-now", None), ("send-now", {"integrationId": str(observed.observer.id)})):
        answer = api.post(f"{DELIVERIES}/{path}", body, format="json")
        assert (answer.status_code, codes_of(answer)) == (403, ["PRT000110"])
        assert "Resume it" in answer.json()["errors"][0]["description"]


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"integrationId": "x"}, ["PRT000305"]),
        ({"integrationId": None}, ["PRT000301"]),
        ({"status": "pending"}, ["PRT000206"]),
        ({"from": "yesterday", "to": 5}, ["PRT000204", "PRT000204"]),
        ({"colour": "red"}, ["PRT000303"]),
    ],
)
def test_a_replay_that_cannot_be_changes_nothing(observed, fake_http, hasty, more, codes):
    failures(observed, fake_http, "one")
    api, before = observed.api("portal"), snapshot()
    answer = api.post(f"{DELIVERIES}/replay", {"integrationId": str(observed.observer.id), **more}, format="json")
    assert (answer.status_code, sorted(codes_of(answer))) == (400, codes)
    assert snapshot() == before


def test_a_delivery_on_a_socket_is_refused(observed, fake_http):
    say(observed, observed.establish(), "one")
    row = Delivery.objects.get(destination=observed.agent)
    answer = observed.api("portal").post(f"{DELIVERIES}/{row.id}/replay")
    assert (answer.status_code, codes_of(answer)) == (403, ["PRT000110"])
