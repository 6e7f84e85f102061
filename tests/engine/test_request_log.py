"""The log of requests: one line for each, with ids and without a word of what was said or what must stay secret."""

import io
import json
import logging
import re
import uuid

import pytest
from django.db import OperationalError
from django.test import Client as Browser

from engine.delivery import call
from engine.models import Activity, Lane, PipelineLane
from engine.pipeline import destination
from hubster.lib import clock, log
from hubster.lib.http import Answer
from tests.background import asking, do_deliver, do_run
from tests.cast import ORIGIN, PASSWORD

LOGGERS = ("", "hubster", "engine", "portal", "django", "oauthlib", "oauth2_provider", "limits")
WORDS = "call me at +44 7700 900123 or mail jane.doe@example.com"


class Output:
    """Everything that is logged, as it would be written."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines()]

    def requests(self) -> list[dict]:
        return [line for line in self.lines if line["logger"] == "hubster.request"]


@pytest.fixture
def output(settings):
    """All loggers at INFO, into one text."""
    settings.HUBSTER_LOG_REQUESTS = True
    found = Output()
    handler = logging.StreamHandler(found.stream)
    handler.setFormatter(log.JsonFormatter())
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def send(party, conversation, words=WORDS, **headers):
    path = f"/inbound/customer/v1/direct/activity/{conversation.id}?hidden=query-words"
    body = {"message": {"type": "text", "text": words}}
    return party.api("engine").post(path, body, format="json", headers=headers)


def test_a_request_is_one_line_that_says_who_what_and_how_it_went(acme, output):
    conversation = acme.establish()
    answer = send(acme, conversation, **{"X-Request-Id": "abc-123"})
    line = output.requests()[-1]
    assert isinstance(line.pop("ms"), float)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO", "logger": "hubster.request", "message": "request", "request": "abc-123", "method": "POST",
        "route": "/inbound/customer/v1/direct/activity/<str:conversation_id>", "status": 200,
        "tenant": str(acme.tenant.id), "client": f"hubster.engine.api.{acme.tenant.id.hex}",
        "conversation": str(conversation.id), "activity": answer.json()["interactionId"],
    }  # fmt: skip


def test_pages_and_probes_have_no_line_and_none_has_one_when_it_is_switched_off(acme, output, client, settings):
    for path in ("/healthz", "/docs/", "/admin/login/"):
        client.get(path)
    assert output.requests() == []
    settings.HUBSTER_LOG_REQUESTS = False
    acme.api("portal").get("/api/v1/hubs")
    assert output.requests() == []


@pytest.mark.parametrize("given", ["", "two words", "a" * 65, "x\r\nSet-Cookie: a=b", 'a"b', "<b>", "é"])
def test_a_request_id_that_is_no_plain_short_token_is_replaced(client, given):
    shown = client.get("/api/v1/hubs", headers={"X-Request-Id": given})["X-Request-Id"]
    assert uuid.UUID(hex=shown)


@pytest.mark.parametrize("path", ["/api/v1/hubs", "/healthz", "/nothing", "/connect/token"])
def test_every_answer_carries_the_request_id_it_came_with(client, db, path):
    assert client.get(path, headers={"X-Request-Id": "My_Id-1.2"})["X-Request-Id"] == "My_Id-1.2"


def test_the_request_id_is_the_tracking_id_of_a_fault_of_ours(acme, output, monkeypatch):
    conversation = acme.establish()
    monkeypatch.setattr("engine.inbound.views.parse_inbound", lambda *_: 1 / 0)
    answer = send(acme, conversation, **{"X-Request-Id": "abc-123"})
    assert answer.status_code == 500
    assert "Tracking id abc-123." in answer.json()["errors"][0]["description"]
    faults = [line for line in output.lines if line["message"] == "unhandled"]
    assert [(line["request"], "ZeroDivisionError" in line["trace"]) for line in faults] == [("abc-123", True)]


@pytest.mark.parametrize("path", ["/api/v1/hubs/x/y/z", "/docs/"])
def test_a_fault_outside_the_apis_has_a_tracking_id_too(client, monkeypatch, path):
    client.raise_request_exception = False
    monkeypatch.setattr("hubster.lib.middleware.SlashMiddleware.__call__", lambda *_: 1 / 0)
    answer = client.get(path, headers={"X-Request-Id": "abc-123"})
    assert answer.status_code == 500
    assert re.search(r"[Tt]racking (id|ID:) abc-123", answer.content.decode())


def test_lines_of_pipeline_and_delivery_say_what_they_are_about(transactional_db, acme, output, monkeypatch):
    acme.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    conversation = acme.establish()
    send(acme, conversation)
    activity = Activity.objects.get()
    with monkeypatch.context() as broken:
        broken.setattr(destination, "step", lambda *_: 1 / 0)
        do_run(conversation.id)
    PipelineLane.objects.update(due=clock.now())
    do_run(conversation.id)
    monkeypatch.setattr(call, "asend", asking(lambda *_: 1 / 0))
    lane = Lane.objects.get()
    do_deliver(lane.id)
    found = {line["message"]: line for line in output.lines}
    assert found["pipeline failed"]["conversation"] == str(conversation.id)
    assert found["pipeline failed"]["activity"] == str(activity.id)
    delivery = activity.deliveries.get(destination__channel="System")
    line = found["a call failed by a fault of ours"]
    assert (line["delivery"], line["activity"]) == (str(delivery.id), str(activity.id))


def test_what_a_caller_writes_cannot_forge_a_line(acme, output, client):
    evil = 'x\r\n{"level": "INFO", "message": "forged"}'
    client.get("/api/v1/hubs", headers={"X-Request-Id": evil, "User-Agent": evil, "Authorization": f"Bearer {evil}"})
    client.get("/api/v1/" + evil.replace("\r\n", "%0d%0a"))
    logging.getLogger("engine").warning("said %s", evil, extra={"field": evil})
    assert all(line["message"] != "forged" for line in output.lines)
    assert len(output.lines) == 3


def walk(acme) -> list[str]:
    """Something of everything, good and bad; returns all that must not be in the log."""
    browser, secrets = Browser(), [*acme.secrets.values(), PASSWORD, "wrong-secret-1", WORDS, "900123", "jane.doe"]
    for value in (acme.secrets["engine"], "wrong-secret-1"):
        form = {"grant_type": "client_credentials", "client_id": f"hubster.engine.api.{acme.tenant.id.hex}"}
        browser.post("/connect/token", {**form, "client_secret": value})
        browser.post(f"/connect/token?client_secret={value}", form)
    member = {"grant_type": "password", "client_id": "hubster.portal", "username": "acme-owner", "password": PASSWORD}
    signed_in = browser.post("/connect/token", member).json()
    secrets += [signed_in["access_token"], signed_in["refresh_token"]]
    browser.get("/api/v1/hubs", headers={"Authorization": f"Bearer {signed_in['access_token']}"})
    token = acme.token("engine")
    end = acme.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook?key=url-secret", events=["message"])
    secrets += [token, "url-secret", end.signing_keys.get().private_key]
    made = acme.api("portal").post(f"/api/v1/tenants/clients/{acme.tenant.clients.first().client_id}/tokens",
                                   {"description": "new", "name": "new"}, format="json")  # fmt: skip
    secrets += [str(made.json().get("token") or "none was made")]
    widget = f"/api/v1/integrations/web-chat/token/{acme.webchat.id}"
    visitor = browser.get(widget, headers={"Origin": ORIGIN}).json()["access_token"]
    secrets += [visitor, "binding-of-jane"]
    conversation = acme.establish("binding-of-jane-0000000")
    send(acme, conversation)
    do_run(conversation.id)
    for lane in Lane.objects.all():
        do_deliver(lane.id)
    browser.get(f"/engine-chat-hub/negotiate?access_token={visitor}")
    browser.get(f"/api/v1/hubs?access_token={token}", headers={"Authorization": f"Bearer {token}x"})
    send(acme, conversation, "")
    return [secret for secret in secrets if secret]


def test_nothing_secret_and_nothing_that_was_said_is_in_the_log_of_a_whole_walk(
    transactional_db, acme, output, monkeypatch
):
    monkeypatch.setattr(call, "asend", asking(lambda *_: Answer(500, {}, WORDS.encode(), False, 1, "127.0.0.1")))
    secrets = walk(acme)
    with monkeypatch.context() as broken:
        broken.setattr("engine.inbound.views.do_receive_from", away)
        send(acme, acme.establish())
    assert len(secrets) > 12
    assert len(output.requests()) > 12
    assert [secret for secret in secrets if secret in output.text] == []


def away(*_):
    """What PostgreSQL says quotes the row."""
    raise OperationalError(f'new row violates "x"\nDETAIL:  Failing row contains (1, {WORDS}).')
