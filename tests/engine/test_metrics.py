"""/metrics: what is counted and looked up, for whom, and what it never tells."""

import re
import timeit
import urllib.request
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from engine.delivery import call
from engine.models import Activity, Delivery, Endpoint, Job, Lane, PipelineLane
from engine.pipeline import destination
from engine.pipeline.run import MAX_TRIES
from hubster.lib import clock, metrics, rate
from hubster.lib.http import Answer
from tests.background import asking, do_run
from tests.engine.callers import add_calls

TEXT = {"message": {"type": "text", "text": "hello"}}


def samples(client, **headers) -> dict:
    """(name, labels without the role) to value."""
    answer = client.get("/metrics", headers={"host": "localhost", **headers})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, frozenset((key, value) for key, value in sample.labels.items() if key != "role")): sample.value
        for family in families
        for sample in family.samples
    }


class Look:
    """What changed between two looks."""

    def __init__(self, client) -> None:
        self.client, self.before = client, samples(client)

    def __call__(self, name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return samples(self.client).get(key, 0) - self.before.get(key, 0)


@pytest.fixture
def look(client, db):
    return Look(client)


def post(party, conversation, body=TEXT):
    path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
    return party.api("engine").post(path, body, format="json")


def observe(party):
    return party.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])


@pytest.mark.parametrize(("remote", "headers", "status"), [
    ("127.0.0.1", {"host": "localhost:8000"}, 200),
    ("::1", {"host": "[::1]:8000"}, 200),
    ("10.0.0.7", {"host": "localhost"}, 404),
    ("127.0.0.1", {"host": "testserver"}, 404),
    ("127.0.0.1", {"host": "localhost", "x-forwarded-for": "127.0.0.1"}, 404),
    ("127.0.0.1", {"host": "localhost", "forwarded": "for=1.2.3.4"}, 404),
    ("10.0.0.7", {"authorization": "Bearer the-token"}, 200),
    ("127.0.0.1", {"host": "testserver", "x-forwarded-for": "1.2.3.4", "authorization": "Bearer the-token"}, 200),
    ("10.0.0.7", {"authorization": "Bearer other"}, 404),
    ("10.0.0.7", {"authorization": "Bearer "}, 404),
])  # fmt: skip
def test_it_is_there_for_this_machine_and_for_the_token_only(client, db, settings, remote, headers, status):
    settings.HUBSTER_METRICS_TOKEN = "the-token"
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=remote).status_code == status


def test_without_a_configured_token_no_token_opens_it(client, db):
    for given in ("Bearer ", "Bearer", ""):
        headers = {"authorization": given}
        assert client.get("/metrics", headers=headers, REMOTE_ADDR="10.0.0.7").status_code == 404


def test_every_number_of_the_process_says_its_role_and_none_names_a_tenant_or_an_id(inline, client, acme, globex):
    for party in (acme, globex):
        post(party, party.establish())
        party.api("portal").get("/api/v1/hubs")
    text = client.get("/metrics", headers={"host": "localhost"}).content.decode()
    labels = " ".join(re.findall(r"\{.*\}", text))
    assert not re.search(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}|acme|globex", labels, re.IGNORECASE)
    own = [line for line in text.splitlines() if line.startswith("hubster_http_requests_total{")]
    assert own
    assert all('role="' in line for line in own)


def test_requests_are_counted_by_the_pattern_of_their_route(look, acme):
    conversation = acme.establish()
    assert post(acme, conversation).status_code == 200
    post(acme, conversation, {"message": {}})
    route = "/inbound/customer/v1/direct/activity/<str:conversation_id>"
    counted = {"resource": "engine", "route": route, "method": "POST"}
    assert look("hubster_http_requests_total", status="200", **counted) == 1
    assert look("hubster_http_requests_total", status="400", **counted) == 1
    assert look("hubster_http_request_seconds_count", resource="engine", route=route) == 2


def test_made_up_paths_and_methods_make_no_new_labels(look, client):
    for number in range(3):
        client.generic(f"EVIL{number}", f"/api/v1/made-up-{number}")
    counted = {"resource": "portal", "route": "unknown", "method": "other", "status": "404"}
    assert look("hubster_http_requests_total", **counted) == 3


def test_a_message_is_counted_on_its_whole_way(inline, look, acme, monkeypatch):
    answers = iter([200, 500])
    monkeypatch.setattr(call, "asend", asking(lambda *_: Answer(next(answers), {}, b"", False, 1, "127.0.0.1")))
    observe(acme)
    conversation = acme.establish()
    post(acme, conversation)
    post(acme, conversation)
    assert look("hubster_activities_accepted_total", channel="Direct") == 2
    assert look("hubster_pipeline_step_seconds_count", step="destination") == 2
    assert look("hubster_attempts_total", outcome="sent") == 1
    assert look("hubster_attempts_total", outcome="failed") == 1


def test_an_activity_that_was_not_stored_is_not_counted(transactional_db, look, acme, monkeypatch):
    conversation = acme.establish()
    monkeypatch.setattr("engine.actions.append.after_commit", lambda *_: 1 / 0)
    acme_api = acme.api("engine")
    acme_api.raise_request_exception = False
    path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
    assert acme_api.post(path, TEXT, format="json").status_code == 500
    assert look("hubster_activities_accepted_total", channel="Direct") == 0


def test_what_is_parked_is_counted(look, acme, monkeypatch, django_capture_on_commit_callbacks):
    def broken(passage):
        raise ValueError

    monkeypatch.setattr(destination, "step", broken)
    conversation = acme.establish()
    post(acme, conversation)
    for _ in range(MAX_TRIES):
        PipelineLane.objects.update(due=clock.now())
        with django_capture_on_commit_callbacks(execute=True):
            do_run(conversation.id)
    assert look("hubster_activities_parked_total") == 1


def test_what_waits_and_how_old_it_is_is_looked_up(look, acme, globex):
    observe(acme)
    for party in (acme, globex):
        post(party, party.establish())
    assert look("hubster_activities_waiting") == 2
    Activity.objects.update(modified=clock.now() - timedelta(seconds=50))
    assert 50 <= look("hubster_oldest_waiting_seconds") < 60
    for row in Activity.objects.all():
        do_run(row.conversation_id)
    assert look("hubster_activities_waiting") == look("hubster_oldest_waiting_seconds") == 0
    assert look("hubster_deliveries_pending") == Delivery.objects.filter(status="pending").count() == 1
    Lane.objects.update(due=clock.now() - timedelta(seconds=70))
    assert 70 <= look("hubster_oldest_due_seconds") < 80


def test_calls_of_commands_that_wait_are_looked_up(look, acme):
    add_calls(acme, 2, seconds=70)
    assert look("hubster_calls_waiting") == 2
    assert 70 <= look("hubster_oldest_due_seconds") < 80


def test_paused_endpoints_and_jobs_are_looked_up(look, acme):
    Endpoint.objects.create(destination=observe(acme), paused=clock.now())
    Job.objects.create(name="good", due=clock.now(), ended=clock.now())
    Job.objects.create(name="bad", due=clock.now(), error="ValueError")
    assert look("hubster_endpoints_paused") == 1
    assert look("hubster_job_last_success_timestamp_seconds", job="good") == pytest.approx(
        clock.now().timestamp(), abs=9
    )
    assert [look("hubster_job_failed", job=name) for name in ("good", "bad")] == [0, 1]


def test_a_refusal_by_a_rate_limit_is_counted_by_the_limit(look, acme, settings, monkeypatch):
    monkeypatch.setattr(rate, "_shared", rate._memory)
    rate.forget()
    settings.HUBSTER_RATE_CLIENT = 1
    api = acme.api("portal")
    assert [api.get("/api/v1/hubs").status_code for _ in range(3)] == [200, 429, 429]
    assert look("hubster_refusals_total", limit="client") == 2
    rate.forget()


def test_a_look_takes_eight_statements_however_much_waits(client, acme):
    conversation = acme.establish()
    for _ in range(3):
        post(acme, conversation)
    with CaptureQueriesContext(connection) as seen:
        samples(client)
    assert len(seen) <= 8, [query["sql"] for query in seen]


def test_counting_costs_microseconds():
    count, observe_step = metrics.ACCEPTED.labels("Direct").inc, metrics.STEP_SECONDS.labels("links").observe
    once = min(timeit.repeat(lambda: (count(), observe_step(0.001)), number=1_000, repeat=5)) / 1_000
    assert once < 50e-6  # seconds; about 2e-6 on an idle machine


def test_a_worker_shows_its_numbers_at_a_port_of_this_machine(monkeypatch):
    monkeypatch.setattr(metrics.own, "role", "")
    metrics.ACCEPTED.labels("Direct").inc()
    server = metrics.serve_as_worker(_free_port())
    try:
        host, port = server.server_address
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        assert host == "127.0.0.1"
        assert 'hubster_activities_accepted_total{channel="Direct",role="worker"}' in text
        assert metrics.serve_as_worker(port) is None  # taken: the worker works without
    finally:
        server.shutdown()
        server.server_close()


def test_a_worker_without_a_port_shows_nothing(monkeypatch):
    monkeypatch.setattr(metrics.own, "role", "")
    assert metrics.serve_as_worker(0) is None


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
