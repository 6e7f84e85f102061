"""The audit log: every change of configuration leaves one entry, in the same transaction, without a secret."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.actions import audit, commands, hubs, integrations, members, tenants
from portal.admin.audit_words import NOUNS, VERBS
from portal.api.hubs import HubWrite
from portal.models import AuditEntry, DynamicCommand, ResponseCommand, Tenant, TransferCommand, User
from tests.cast import PASSWORD
from tests.portal.rsa_keys import PUBLIC_PEM
from tests.two_tenants import snapshot

TRANSFER = {"name": "go", "url": "https://a.example.com", "link_description": "There"}
RESPONSE = {"name": "hi", "to": "customer", "kind": "message", "responses": [{"type": "text", "text": "Hi"}]}
DYNAMIC = {"name": "ask", "url": "https://a.example.com"}
DIRECT = {"channel": "Direct", "name": "Bots", "configuration": {"integrationType": "Bot"}}


@pytest.fixture
def things(acme):
    """A row of every kind, each ready to be changed and deleted."""
    client = acme.tenant.clients.get(client_id__contains="portal")
    return SimpleNamespace(
        acme=acme,
        hub=acme.hub,
        spare=hubs.do_create_hub(acme.tenant.id, {"name": "Spare", "description": "d"}),
        bot=integrations.do_create_integration(acme.hub, DIRECT),
        transfer=commands.do_create_command(TransferCommand, acme.hub, TRANSFER),
        response=commands.do_create_command(ResponseCommand, acme.hub, RESPONSE),
        dynamic=commands.do_create_command(DynamicCommand, acme.hub, DYNAMIC),
        person=acme.people["agent"],
        client=client,
        secret=client.secrets.get(),
        tenant=acme.tenant,
    )


def new_member(things) -> User:
    return members.do_create_member(User(username="new", tenant=things.tenant, role="agent", password="made"))


ACTIONS = {
    "hub.created": lambda t: hubs.do_create_hub(t.tenant.id, {"name": "New", "description": "d"}),
    "hub.updated": lambda t: hubs.do_update_hub(t.hub, {"name": "Renamed", "description": t.hub.description}),
    "hub.deleted": lambda t: hubs.do_delete_hub(t.spare),
    "integration.created": lambda t: integrations.do_create_integration(t.hub, {**DIRECT, "name": "More"}),
    "integration.updated": lambda t: integrations.do_update_integration(t.bot, {"name": "Robots"}),
    "integration.keys_rotated": lambda t: integrations.do_rotate_keys(t.bot),
    "integration.deleted": lambda t: integrations.do_delete_integration(t.bot),
    "transfer.created": lambda t: commands.do_create_command(TransferCommand, t.hub, {**TRANSFER, "name": "b"}),
    "transfer.updated": lambda t: commands.do_update_command(t.transfer, {"mount_delay": 5}),
    "transfer.deleted": lambda t: commands.do_delete_command(t.transfer),
    "response.created": lambda t: commands.do_create_command(ResponseCommand, t.hub, {**RESPONSE, "name": "b"}),
    "response.updated": lambda t: commands.do_update_command(t.response, {"category": "c"}),
    "response.deleted": lambda t: commands.do_delete_command(t.response),
    "dynamic.created": lambda t: commands.do_create_command(DynamicCommand, t.hub, {**DYNAMIC, "name": "b"}),
    "dynamic.updated": lambda t: commands.do_update_command(t.dynamic, {"description": "d"}),
    "dynamic.keys_rotated": lambda t: commands.do_update_command(t.dynamic, {"regenerate": True}),
    "dynamic.deleted": lambda t: commands.do_delete_command(t.dynamic),
    "member.created": new_member,
    "member.updated": lambda t: members.do_update_member(t.person, {"role": "manager"}),
    "member.password_set": lambda t: members.do_set_password(t.person, "another long password"),
    "member.deleted": lambda t: members.do_delete_member(t.person),
    "client.disabled": lambda t: tenants.do_switch_client(t.client, False),
    "secret.added": lambda t: tenants.do_add_secret(t.client, "new"),
    "secret.deleted": lambda t: tenants.do_delete_secret(t.client, t.secret.pk),
    "tenant.created": lambda t: tenants.do_create_tenant(Tenant(name="Initech")),
    "tenant.updated": lambda t: tenants.do_update_tenant(t.tenant, {"enabled": False}),
    "tenant.deleted": lambda t: tenants.do_delete_tenant(t.tenant),
}


def newest() -> AuditEntry:
    return AuditEntry.objects.all()[0]


@pytest.mark.parametrize(("name", "value"), [
    ("name", "Renamed"), ("description", "Other"), ("closeDormantConversation", 9), ("statusId", "paused"),
    ("handoverPhrases", ["a person"]), ("botFailures", 5), ("botPatience", 45), ("handbackAfter", 7),
    ("bindingPublicKey", PUBLIC_PEM), ("trustRandomBindings", True),
])  # fmt: skip
def test_a_change_of_any_property_of_a_hub_is_recorded(acme, name, value):
    answer = acme.api("portal").put(f"/api/v1/hubs/{acme.hub.id}", {name: value}, format="json")
    assert answer.status_code == 200
    entry = AuditEntry.objects.get(action="hub.updated")
    assert list(entry.after) == [name.removesuffix("Id")]


def test_all_that_can_be_set_of_a_hub_is_tried_above():
    tried = test_a_change_of_any_property_of_a_hub_is_recorded.pytestmark[0].args[1]
    assert {name for name, _ in tried} == set(HubWrite().fields)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_leaves_one_entry(things, globex, action):
    before, tenant = AuditEntry.objects.count(), things.tenant.pk
    ACTIONS[action](things)
    entry = newest()
    assert AuditEntry.objects.count() == before + 1
    assert entry.action == action
    assert entry.tenant_id == (Tenant.objects.get(name="Initech").pk if action == "tenant.created" else tenant)
    assert (entry.by, entry.actor_name, entry.address) == ("system", "Hubster", None)
    sides = (entry.before is not None, entry.after is not None)
    verb = action.partition(".")[2]
    assert sides == {"created": (False, True), "added": (False, True), "deleted": (True, False)}.get(verb, (True, True))


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_words(action):
    noun, _, verb = action.partition(".")
    assert noun in NOUNS
    assert verb in VERBS


@pytest.mark.parametrize("action", ACTIONS)
def test_what_cannot_be_recorded_is_not_done(things, monkeypatch, action):
    def broken(*args, **kwargs):
        raise RuntimeError("The log is out of order.")

    monkeypatch.setattr(AuditEntry, "save", broken)
    before = snapshot()
    with pytest.raises(RuntimeError):
        ACTIONS[action](things)
    assert snapshot() == before


def test_an_update_keeps_only_what_differs(things):
    hubs.do_update_hub(things.hub, {"name": "Renamed", "description": things.hub.description, "status": 2002})
    entry = newest()
    assert entry.before == {"name": "Acme hub", "status": "Active"}
    assert entry.after == {"name": "Renamed", "status": "Paused"}
    assert (entry.object_id, entry.object_name) == (str(things.hub.pk), "Renamed")


def test_a_property_that_comes_or_goes_is_on_one_side_only(things):
    integrations.do_update_integration(things.bot, {"configuration": {"webhookUrl": "https://a.example.com"}})
    assert (newest().before, newest().after) == ({}, {"configuration.webhookUrl": "https://a.example.com"})


@pytest.mark.parametrize(
    "change",
    [
        lambda t: hubs.do_update_hub(t.hub, {"name": t.hub.name}),
        lambda t: integrations.do_update_integration(t.bot, {"configuration": dict(t.bot.configuration)}),
        lambda t: commands.do_update_command(t.response, {"responses": t.response.responses}),
        lambda t: members.do_update_member(t.person, {"role": "agent"}),
        lambda t: tenants.do_update_tenant(t.tenant, {"enabled": True}),
        lambda t: tenants.do_switch_client(t.client, True),
    ],
)
def test_an_update_that_changes_nothing_is_not_recorded(things, change):
    before = AuditEntry.objects.count()
    change(things)
    assert AuditEntry.objects.count() == before


def test_a_deletion_says_how_much_went_with_it(acme, globex):
    acme.establish()
    hubs.do_delete_hub(acme.hub)
    assert newest().before["wentWithIt"] == {"integrations": 3, "conversations": 1}
    commands.do_create_command(TransferCommand, globex.hub, TRANSFER)
    tenants.do_delete_tenant(globex.tenant)
    gone = {"hubs": 1, "integrations": 3, "commands": 1, "members": 3, "secrets": 2}
    assert newest().before["wentWithIt"] == gone
    assert newest().object_name == "Globex"


def test_the_api_acts_as_its_client(acme, globex):
    acme.api("portal").put(f"/api/v1/hubs/{acme.hub.id}", {"name": "Renamed"}, format="json")
    name = f"hubster.portal.api.{acme.tenant.id.hex}"
    entry = newest()
    assert (entry.by, entry.actor_id, entry.actor_name, entry.address) == ("client", name, name, "127.0.0.1")
    assert entry.tenant_id == acme.tenant.id


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("hubs/{hub}", {"name": "Taken"}, 400),
        ("hubs/{hub}", {"colour": "red"}, 400),
        ("hubs/{foreign}", {"name": "Mine"}, 404),
        ("integrations/{integration}", {"name": "Agents"}, 400),
        ("integrations/{integration}", {"name": "Good", "configuration": {"webhookUrl": "file:///x"}}, 400),
    ],
)
def test_a_refused_call_is_not_recorded(acme, globex, path, body, status):
    hubs.do_create_hub(acme.tenant.id, {"name": "Taken", "description": "d"})
    api, before = acme.api("portal"), snapshot()
    url = path.format(hub=acme.hub.id, foreign=globex.hub.id, integration=acme.customer.id)
    assert api.put(f"/api/v1/{url}", body, format="json").status_code == status
    assert snapshot() == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("hubs/{t.hub.id}", {"description": "Other"}),
        ("integrations/{t.bot.id}", {"name": "Robots"}),
        ("commands/dynamics/{t.dynamic.id}", {"description": "Other"}),
    ],
)
def test_a_change_over_the_api_costs_one_query_more(things, path, body, monkeypatch):
    api, url = things.acme.api("portal"), "/api/v1/" + path.format(t=things)
    with CaptureQueriesContext(connection) as recorded:
        assert api.put(url, body, format="json").status_code == 200
    monkeypatch.setattr(audit, "do_record", lambda *args: None)
    with CaptureQueriesContext(connection) as silent:
        assert api.put(url, {name: value + "!" for name, value in body.items()}, format="json").status_code == 200
    assert len(recorded) - len(silent) == 1
    assert sum("portal_auditentry" in query["sql"] for query in recorded) == 1


def test_moments_are_kept_as_answers_show_them(things):
    tenants.do_update_tenant(things.tenant, {"evaluation_ends": datetime(2030, 1, 31, tzinfo=UTC)})
    assert (newest().before, newest().after) == ({}, {"evaluationEnds": "2030-01-31T00:00:00Z"})


def test_no_secret_is_in_the_log(things):
    _, api_secret = tenants.do_add_secret(things.client, "new")
    key = integrations.do_rotate_keys(things.bot)
    old_pair = things.dynamic.private_key
    commands.do_update_command(things.dynamic, {"regenerate": True})
    members.do_set_password(things.person, PASSWORD + " 2")
    kept = json.dumps(list(AuditEntry.objects.values_list("before", "after")))
    digest = things.client.secrets.get(name="new").digest
    for secret in (api_secret, api_secret[:15], digest, key.private_key, old_pair, things.dynamic.private_key):
        assert secret not in kept
    assert things.person.password not in kept
    assert PASSWORD not in kept
    assert key.public_key in kept


def test_a_new_secret_shows_as_other_digits(things):
    integrations.do_rotate_keys(things.bot)
    entry = newest()
    assert entry.before["privateSigningKey"] != entry.after["privateSigningKey"]
    members.do_set_password(things.person, PASSWORD + " 2")
    entry = newest()
    assert entry.before.keys() == entry.after.keys() == {"password"}
    assert entry.before["password"] != entry.after["password"]
