"""A provider that quotes a secret of the integration: wherever its words are kept or shown, they come without it."""

import json

import pytest
from django.apps import apps

from engine.models import Attempt, Conversation, Delivery, Endpoint, InboxPost, MediaFetch, Notice
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure, DeadlineExceeded
from tests.background import do_all
from tests.inbox.conftest import TOKEN

QUOTED = f"It is not known as {TOKEN}."
SAFE = "It is not known as ***."


@pytest.fixture
def talk(toy):
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m1", "text": "hello"})
    return Conversation.objects.get(integration=toy.row)


def check_nowhere(*kept: str) -> None:
    """No table of the engine holds the secret, and these texts are there without it."""
    assert kept, "the case keeps the provider's words"
    for text in kept:
        assert SAFE in text
    for model in apps.get_app_config("engine").get_models():
        assert TOKEN not in str(list(model._default_manager.values())), model


def test_of_a_message_that_failed(toy, talk):
    toy.provider.answers = [DeadlineExceeded(QUOTED)]
    toy.answer(talk, "once")
    check_nowhere(Delivery.objects.get(destination=toy.row).last_error, Attempt.objects.get().error,
                  Endpoint.objects.get().last_error, Notice.objects.get().text)  # fmt: skip


def test_of_an_endpoint_that_is_paused(toy, talk, settings):
    settings.HUBSTER_PAUSE_AFTER = 0
    toy.answer(talk, "hi")
    Delivery.objects.filter(destination=toy.row).update(status="failed", attempts=1, ended=clock.now())
    toy.provider.answers = [ConnectFailure(QUOTED)]
    toy.answer(talk, "hi again")
    check_nowhere(Endpoint.objects.get().reason, Notice.objects.get().text)


def test_of_news_that_a_message_failed(toy, talk):
    toy.answer(talk, "hi")
    toy.hear({"kind": "receipt", "status": "failed", "at": 9, "ids": ["out-2"], "error": QUOTED})
    check_nowhere(Delivery.objects.get(destination=toy.row).last_error, Notice.objects.get().text)


def test_of_a_request_that_is_set_aside(toy):
    toy.post({"kind": "say", "from": "ann", "id": "m1", "at": 1, "text": "hi", QUOTED: 1})
    do_all("inbox")
    post = InboxPost.objects.get()
    text = Notice.objects.get().text
    assert (TOKEN in post.error, TOKEN in text, SAFE in post.error, SAFE in text) == (False, False, True, True)


def test_of_a_file_that_does_not_come(toy):
    media = [{"at": "url", "ref": {"id": "7"}}]
    toy.hear({"kind": "say", "from": "ann", "id": "m1", "at": 1, "media": media,
              "content": {"type": "image", "url": "http://x"}})  # fmt: skip
    toy.provider.answers = [ConnectFailure(QUOTED)]
    do_all("media")
    check_nowhere(MediaFetch.objects.get().error)


@pytest.mark.parametrize("answer", [ConnectFailure(QUOTED), {"account": "", "refuses": QUOTED}])
def test_of_a_channel_that_cannot_be_connected(toy, answer):
    toy.provider.answers = [answer]
    body = {"name": "More", "channelId": "990", "configuration": {"token": TOKEN}}
    found = toy.party.api("portal").post(f"/api/v1/integrations/hubs/{toy.party.hub.pk}", body, format="json")
    assert found.status_code in (400, 503)
    assert SAFE in json.dumps(found.json())
    assert TOKEN not in found.content.decode()


def test_of_what_is_shown_once_it_is_connected(toy, acme):
    toy.provider.answers = [{"account": "acc-2", "says": QUOTED}]
    assert SAFE in acme.add("Toy", "More", token=TOKEN).said
