"""The example of docs/adding-a-channel.md: taken from the page as it stands, it is a channel that works."""

import json
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.test import Client

from engine import adapters
from engine.models import Activity, Conversation, Delivery
from hubster.lib import clock
from tests.background import do_all, do_deliver
from tests.inbox.conftest import Provider

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-channel.md"
KEY = "key-of-the-loft"


@pytest.fixture
def pigeon(monkeypatch, settings, provider: Provider, acme, still):
    settings.HUBSTER_PIGEON_API = "http://127.0.0.1:8099"
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.S)[1]
    module = ModuleType("pigeon")
    exec(compile(code, "pigeon.py", "exec"), module.__dict__)
    monkeypatch.setitem(adapters._CHANNELS, "pigeon", module.ADAPTER)
    provider.answers = [{"loft": "north"}, {}]
    return acme.add("Pigeon", "Pigeons", key=KEY)


@pytest.mark.django_db(transaction=True)
def test_a_letter_comes_in_and_an_answer_goes_out(pigeon, provider, acme):
    assert pigeon.inbound_id == "north"
    assert [request.method for request in provider.asked] == ["GET", "PUT"]
    hook = provider.asked[1].body.decode()
    letter = {"kind": "letter", "from": "ann", "name": "Ann", "id": "l1", "at": clock.now_ms(), "text": "Coo"}
    path = "/" + hook.split("/", 3)[3]
    assert Client().post(path, json.dumps(letter), "application/json", headers={"X-Key": "guess"}).status_code == 401
    for _ in range(2):
        found = Client().post(path, json.dumps(letter), "application/json", headers={"X-Key": KEY})
        assert found.status_code == 200
    do_all("inbox")
    do_all("pipeline")
    talk = Conversation.objects.get(integration=pigeon)
    assert [row.content["text"] for row in Activity.objects.filter(sender_type="Customer")] == ["Coo"]
    body = {"sender": {"integrationId": str(acme.agent.pk)}, "message": {"type": "text", "text": "Coo, too"}}
    path = f"/inbound/business/v1/direct/activity/{talk.pk}"
    assert acme.api("engine").post(path, body, format="json").status_code == 200
    do_all("pipeline")
    do_deliver(talk.lanes.get(destination=pigeon).pk)
    assert json.loads(provider.asked[-1].body) == {"to": "ann", "text": "Coo, too"}
    assert Delivery.objects.get(destination=pigeon).status == "sent"
    found = acme.api("engine").post(f"/api/v1/hubs/{acme.hub.pk}/preview", {"message": body["message"]}, format="json")
    [drawn] = [part["bubbles"] for part in found.json() if part["channel"] == "Pigeon"]
    assert drawn == [{"kind": "text", "text": "Coo, too"}]
