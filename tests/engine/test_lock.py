"""The statement that locks a conversation says what the models say, and shows nobody what is not theirs."""

import uuid

import pytest
from django.db import connection, transaction
from django.forms import model_to_dict
from django.test.utils import CaptureQueriesContext

from engine import access
from engine.access import locked_conversation
from engine.models import Conversation, Endpoint, VisitorGrant
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from portal.identity.tokens import ENGINE, Caller, Visitor
from portal.models import Integration


def caller_of(party) -> Caller:
    return Caller(party.tenant.pk, "client", "admin", 1, ENGINE, 0, "")


def locked(caller, conversation) -> Conversation:
    with transaction.atomic():
        return locked_conversation(caller, conversation.pk)


@pytest.fixture
def conversation(acme) -> Conversation:
    found = acme.establish()
    found.properties = {"profile": {"full name": "Ada Lovelace 👋"}, "of": [1, None]}
    found.closed = clock.now()
    found.save()
    return found


def test_it_is_the_row_that_the_models_know(acme, conversation):
    row = locked(None, conversation)
    same = Conversation.objects.select_related("integration", "hub__tenant").get(pk=conversation.pk)
    assert {name: getattr(row, name) for name in _names(Conversation)} == {
        name: getattr(same, name) for name in _names(Conversation)
    }
    assert model_to_dict(row.hub) == model_to_dict(same.hub)
    for name in ("id", "hub_id", "type", "channel", "name", "status"):
        assert getattr(row.integration, name) == getattr(same.integration, name)
    for name in ("id", "name", "enabled", "evaluation_ends"):
        assert getattr(row.hub.tenant, name) == getattr(same.hub.tenant, name)
    assert row.integration.hub is row.hub
    assert row.integration.configuration == same.integration.configuration  # loaded when it is read


def _names(model) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def test_it_is_one_statement_and_reads_no_secret(conversation):
    with CaptureQueriesContext(connection) as seen:
        row = locked(None, conversation)
        assert (row.integration.type, row.hub.tenant.enabled) == ("Customer", True)
    asked = [query["sql"] for query in seen if query["sql"].startswith("SELECT")]
    assert len(asked) == 1
    assert '"configuration"' not in asked[0]
    assert ("FOR NO KEY UPDATE OF c" in asked[0]) == (connection.vendor == "postgresql")


def test_each_caller_sees_what_the_querysets_show(acme, globex, conversation):
    own, other = uuid.uuid4(), uuid.uuid4()
    VisitorGrant.objects.create(visitor=own, conversation=conversation)
    callers = [
        caller_of(acme),
        caller_of(globex),
        Visitor(acme.tenant.pk, acme.customer.pk, own),
        Visitor(acme.tenant.pk, acme.customer.pk, other),
        Visitor(acme.tenant.pk, acme.agent.pk, own),
    ]
    for caller in callers:
        visible = access.conversations_for(caller).filter(pk=conversation.pk).exists()
        try:
            found = locked(caller, conversation).pk == conversation.pk
        except HubsterError as fault:
            assert [one.code for one in fault.faults] == ["ENG006500"]
            found = False
        assert found == visible, caller
    assert [access.conversations_for(caller).exists() for caller in callers] == [True, False, True, False, False]


def test_the_integrations_that_are_present_are_those_that_are_active(acme):
    bot = acme.add("Direct", "Bot", integrationType="Bot", webhookUrl="http://127.0.0.1:8099/bot")
    off = acme.add("Direct", "Off", integrationType="Agent")
    Integration.objects.filter(pk=off.pk).update(status=Integration.Status.PAUSED)
    Endpoint.objects.create(destination=bot, paused=clock.now())
    present, active = access.present_integrations(acme.hub.pk), access.active_integrations(acme.hub.pk)
    facts = [(ref.id, ref.type, ref.channel, ref.paused) for ref in active]
    assert [(ref.id, ref.type, ref.channel, ref.paused) for ref in present] == facts
    assert [ref.paused for ref in present if ref.id == bot.pk] == [True]
    assert off.pk not in {ref.id for ref in present}
