"""Files of agents and bots."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from engine.models import Activity, File
from tests.cast import ORIGIN
from tests.engine import file_samples as samples
from tests.engine.file_samples import Visitor
from tests.two_tenants import codes_of, fault_of, snapshot


def upload(pair, conversation: str | None = None, **fields):
    path = f"/inbound/business/v1/direct/activity/{conversation or pair.own.conversation_id}/files"
    form = {"file": SimpleUploadedFile("offer.pdf", samples.PDF), **fields}
    return pair.clients["engine"].post(path, form, format="multipart")


@pytest.mark.parametrize("where", ["conversation_id", "webchat_conversation_id"])
def test_an_agents_file_is_said_by_the_agent(pair, where):
    answer = upload(pair, getattr(pair.own, where), integrationId=pair.own.agent_id, externalId="x")
    assert answer.status_code == 200, answer.content
    said = Activity.objects.get(pk=answer.json()["interactionId"])
    assert (said.sender_type, said.sender_integration, said.external_id) == ("Agent", pair.acme.agent, "x")
    assert (said.content["type"], said.content["label"]) == ("attachment", "offer.pdf")
    assert File.objects.get().activity == said


@pytest.mark.parametrize(("sender", "code", "status"), [
    ("", "ENG005001", 400), ("x", "ENG005020", 400), ("customer", "ENG000206", 400), ("other", "ENG006000", 404),
    ("random", "ENG006000", 404),
])  # fmt: skip
def test_the_sender_must_be_an_agent_or_bot_of_the_hub(pair, sender, code, status):
    known = {
        "customer": pair.own.integration_id,
        "other": pair.other.agent_id,
        "random": str(uuid.uuid4()),
    }
    before = snapshot()
    answer = upload(pair, integrationId=known.get(sender, sender))
    assert (answer.status_code, codes_of(answer), fault_of(answer)) == (status, [code], None)
    assert snapshot() == before


def test_a_neighbours_conversation_does_not_exist(pair):
    for conversation in (pair.other.conversation_id, str(uuid.uuid4())):
        answer = upload(pair, conversation, integrationId=pair.own.agent_id)
        assert (answer.status_code, codes_of(answer)) == (404, ["ENG006500"])
    assert not File.objects.exists()


def test_a_visitor_is_no_agent(pair):
    visitor = Visitor(pair.acme)
    path = f"/inbound/business/v1/direct/activity/{visitor.conversation}/files"
    form = {"file": SimpleUploadedFile("a.pdf", samples.PDF), "integrationId": pair.own.agent_id}
    assert visitor.client.post(path, form, format="multipart", HTTP_ORIGIN=ORIGIN).status_code == 403


def test_a_direct_conversation_takes_no_file_on_the_widgets_path(pair):
    path = f"/inbound/customer/v1/web-chat/{pair.own.conversation_id}/files"
    form = {"file": SimpleUploadedFile("a.pdf", samples.PDF)}
    answer = pair.clients["engine"].post(path, form, format="multipart")
    assert (answer.status_code, codes_of(answer)) == (404, ["ENG006500"])


def test_the_tenants_own_token_may_speak_for_the_visitor(pair):
    path = f"/inbound/customer/v1/web-chat/{pair.own.webchat_conversation_id}/files"
    form = {"file": SimpleUploadedFile("a.pdf", samples.PDF)}
    answer = pair.clients["engine"].post(path, form, format="multipart")
    assert Activity.objects.get(pk=answer.json()["interactionId"]).sender_type == "Customer"
