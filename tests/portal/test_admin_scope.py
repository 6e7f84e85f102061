"""The admin shows and changes one's own tenant only: every registered page, every way in."""

import uuid

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from engine.actions.append import NewActivity
from engine.actions.conversations import do_establish
from engine.actions.notices import do_notify
from engine.actions.receive import do_receive
from engine.models import Activity, Conversation, Delivery, Endpoint, Notice
from portal.actions.commands import do_create_command
from portal.actions.hubs import do_update_hub
from portal.models import (
    AuditEntry,
    Client,
    DynamicCommand,
    Hub,
    Integration,
    ResponseCommand,
    Tenant,
    TransferCommand,
    User,
)
from tests.background import do_run
from tests.cast import TenantFixture

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
WAYS = ["change", "delete", "history"]


COMMANDS = {
    TransferCommand: {"url": "https://a.example.com", "link_description": "There"},
    ResponseCommand: {"to": "customer", "kind": "message", "responses": [{"type": "text", "text": "Hi"}]},
    DynamicCommand: {"url": "https://a.example.com"},
}


def furnish(party: TenantFixture) -> dict:
    """One row of every registered model; all names contain the tenant's."""
    name = party.tenant.name
    for row in party.hub.integrations.all():
        row.name = f"{name} {row.name}"
        row.save(update_fields=["name"])
    conversation, _ = do_establish(party.customer, uuid.uuid4().hex, {"profile": {"full name": f"{name} customer"}})
    said = NewActivity("message", {"type": "text", "text": f"{name} words"}, external_id=f"{name}-1")
    activity = do_receive(conversation.id, party.customer, said)
    do_run(conversation.id)
    observer = party.add("System", f"{name} observer", webhookUrl="https://a.example.com", events=["message"])
    return {
        Endpoint: Endpoint.objects.create(destination=observer),
        Tenant: party.tenant,
        User: party.people["agent"],
        Client: party.tenant.clients.first(),
        Hub: party.hub,
        Integration: party.customer,
        Conversation: conversation,
        Activity: activity,
        Delivery: Delivery.objects.get(activity=activity),
        Notice: do_notify(party.tenant.id, party.customer.id, "delivery_failed", f"{name} notice"),
        AuditEntry: AuditEntry.objects.filter(object_id=party.hub.id).first(),
        **{
            model: do_create_command(model, party.hub, {"name": f"{name} command", **values})
            for model, values in COMMANDS.items()
        },
    }


@pytest.fixture
def own(acme):
    return furnish(acme)


@pytest.fixture
def foreign(globex):
    return furnish(globex)


def page(model, way, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{way}", args=args)


def shown(answer) -> str:
    return answer.content.decode().lower()


def test_the_registry_is_what_we_think(own):
    assert set(MODELS) == set(own)


@pytest.mark.parametrize("model", MODELS)
def test_no_page_offers_to_view_a_row_on_a_site(own, admin_client, model):
    row = own[model]
    answer = admin_client.get(page(model, "change", row.pk))
    assert answer.status_code == 200
    assert "view on site" not in shown(answer)
    kind = ContentType.objects.get_for_model(model).pk
    assert admin_client.get(f"/admin/r/{kind}/{row.pk}/").status_code == 404


@pytest.mark.parametrize("role", ["owner", "manager", "agent"])
@pytest.mark.parametrize("model", MODELS)
def test_a_list_shows_nothing_of_the_neighbour(acme, own, foreign, model, role):
    answer = acme.browser(role).get(page(model, "changelist"))
    assert answer.status_code in (200, 403)
    assert "globex" not in shown(answer)
    if answer.status_code == 200:
        assert "acme" in shown(answer) or model is Client


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("model", MODELS)
def test_a_foreign_row_does_not_exist(acme, own, foreign, model, way):
    answer = acme.browser("owner").get(page(model, way, foreign[model].pk), follow=True)
    assert "globex" not in shown(answer)
    assert answer.status_code in (403, 404) or answer.redirect_chain


@pytest.mark.parametrize("way", ["change", "delete"])
@pytest.mark.parametrize("model", MODELS)
def test_a_foreign_row_cannot_be_posted_to(acme, own, foreign, model, way):
    before = model.objects.filter(pk=foreign[model].pk).values().get()
    answer = acme.browser("owner").post(page(model, way, foreign[model].pk), {"post": "yes", "name": "taken"})
    assert answer.status_code in (302, 403, 404)
    assert model.objects.filter(pk=foreign[model].pk).values().get() == before


@pytest.mark.parametrize("model", MODELS)
def test_an_operator_sees_both(acme, own, foreign, client, model):
    client.force_login(User.objects.create(username="op", is_staff=True, is_superuser=True))
    answer = client.get(page(model, "changelist"), {"status": "available"} if model is Delivery else {})
    assert answer.status_code == 200
    counted = len(answer.context["cl"].result_list)
    assert counted >= 2
    assert client.get(page(model, "change", foreign[model].pk)).status_code == 200


@pytest.mark.parametrize("verb", ["pause", "resume", "replay", "test", "free_order"])
def test_the_buttons_of_a_foreign_endpoint_are_out_of_reach(acme, own, foreign, verb):
    before = Endpoint.objects.filter(pk=foreign[Endpoint].pk).values().get()
    url = reverse(f"admin:engine_endpoint_{verb}", args=[foreign[Endpoint].pk])
    answer = acme.browser("owner").post(url, follow=True)
    assert "globex" not in shown(answer)
    assert "does" in shown(answer)
    assert Endpoint.objects.filter(pk=foreign[Endpoint].pk).values().get() == before


def test_a_foreign_delivery_cannot_be_sent_again(acme, own, foreign):
    Delivery.objects.update(status="failed")
    browser, rows = acme.browser("owner"), [own[Delivery].pk, foreign[Delivery].pk]
    for end in (acme.agent, foreign[Delivery].destination):
        end.configuration = {**end.configuration, "webhookUrl": "https://a.example.com"}
        end.save()
    browser.post(page(Delivery, "changelist"), {"action": "send_again", "_selected_action": rows})
    browser.post(reverse("admin:engine_delivery_replay", args=[foreign[Delivery].pk]))
    assert [Delivery.objects.get(pk=pk).status for pk in rows] == ["pending", "failed"]


@pytest.mark.parametrize("path", ["secrets/add/", "secrets/{secret}/delete/"])
def test_secrets_of_a_foreign_client_are_out_of_reach(acme, own, foreign, path):
    secret = foreign[Client].secrets.get()
    url = page(Client, "change", foreign[Client].pk).replace("change/", path.format(secret=secret.pk))
    assert acme.browser("owner").post(url, {"name": "mine"}).status_code == 302
    assert foreign[Client].secrets.get() == secret


def test_keys_of_a_foreign_integration_cannot_be_rotated(acme, own, foreign):
    url = reverse("admin:portal_integration_rotate", args=[foreign[Integration].pk])
    assert acme.browser("owner").post(url).status_code == 302
    assert foreign[Integration].signing_keys.count() == 1


def test_a_foreign_hub_is_no_choice_and_no_value(acme, own, foreign):
    browser = acme.browser("manager")
    url = page(Integration, "add") + "?channel=WebChat"
    assert "globex" not in shown(browser.get(url))
    form = {"hub": foreign[Hub].pk, "name": "Mine", "status": 3000, "allowed_origins": "a.example.com", "welcome": ""}
    answer = browser.post(url, form)
    assert answer.context["errors"]
    assert not Integration.objects.filter(name="Mine").exists()


@pytest.mark.parametrize("model", COMMANDS)
def test_a_foreign_hub_takes_no_command(acme, own, foreign, model):
    browser, url = acme.browser("manager"), page(model, "add")
    assert "globex" not in shown(browser.get(url))
    values = {**COMMANDS[model], "mount_delay": 0, "responses-kind": "text", "responses-content": "Hi"}
    form = {"hub": foreign[Hub].pk, "name": "Mine", "description": "", **values}
    assert browser.post(url, form).context["adminform"].form.errors.keys() == {"hub"}
    assert browser.post(url, {**form, "hub": own[Hub].pk}).status_code == 302
    assert model.objects.get(name="Mine").hub == own[Hub]


def test_a_posted_tenant_is_ignored(acme, globex, own):
    form = {
        "tenant": globex.tenant.pk,
        "name": "New",
        "description": "d",
        "status": 2000,
        "close_dormant_conversation": 0,
        "bot_failures": 2,
        "bot_patience": 0,
        "handback_after": 0,
    }
    assert acme.browser("manager").post(page(Hub, "add"), form).status_code == 302
    assert Hub.objects.get(name="New").tenant == acme.tenant


@pytest.mark.parametrize(
    ("model", "field", "related"),
    [
        (Integration, "hub", Hub),
        (Conversation, "hub", Hub),
        (Delivery, "destination", Integration),
        (Endpoint, "destination__hub", Hub),
        *[(model, "hub", Hub) for model in COMMANDS],
    ],
)
def test_filters_offer_own_values_and_autocompletion_finds_own_rows(acme, own, foreign, model, field, related):
    browser = acme.browser("owner")
    assert "globex" not in shown(browser.get(page(model, "changelist") + f"?{field}__id__exact={own[related].pk}"))
    assert "globex" not in shown(browser.get(page(model, "changelist") + f"?{field}__id__exact={foreign[related].pk}"))
    source = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
    assert "globex" not in shown(browser.get("/admin/autocomplete/", source | {"term": ""}))


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (Integration, "configuration__startswith"),
        (Integration, "signing_keys__private_key__startswith"),
        (Integration, "hub__tenant__name"),
        (Conversation, "integration__configuration__contains"),
        (Conversation, "binding__startswith"),
        (Conversation, "token_id__startswith"),
        (Client, "secrets__digest__startswith"),
        (Client, "client_secret__startswith"),
        (User, "password__startswith"),
        (Delivery, "destination__configuration__startswith"),
        (Endpoint, "destination__configuration__startswith"),
        (Endpoint, "destination__signing_keys__private_key__startswith"),
        (Delivery, "destination__signing_keys__private_key__startswith"),
        (Activity, "author__password__startswith"),
        (DynamicCommand, "private_key__startswith"),
        (DynamicCommand, "url__contains"),
        (ResponseCommand, "responses__contains"),
        (TransferCommand, "hub__tenant__name"),
        (AuditEntry, "before__name"),
        (AuditEntry, "after__contains"),
        (AuditEntry, "address__startswith"),
        (AuditEntry, "tenant_id"),
        (AuditEntry, "tenant"),
        (AuditEntry, "noun__startswith"),
    ],
)
def test_no_lookup_reaches_a_column_that_is_not_a_filter(acme, own, model, lookup):
    answer = acme.browser("owner").get(page(model, "changelist"), {lookup: "a"})
    assert answer.status_code == 400


def test_the_history_of_a_row_is_its_part_of_the_audit_log(acme, globex, own, foreign):
    do_update_hub(globex.hub, {"name": "Globex renamed"})
    do_update_hub(acme.hub, {"description": "Another"})
    browser = acme.browser("owner")
    answer = browser.get(page(Hub, "history", acme.hub.pk), follow=True)
    assert [row.action for row in answer.context["cl"].result_list] == ["hub.updated", "hub.created"]
    for url in (page(Hub, "history", globex.hub.pk), f"{page(AuditEntry, 'changelist')}?object={globex.hub.pk}"):
        assert "globex" not in shown(browser.get(url, follow=True))
    assert "globex" not in shown(browser.get("/admin/"))


@pytest.mark.parametrize("model", [TransferCommand, ResponseCommand, DynamicCommand, Integration, Client, User])
def test_every_page_of_the_set_up_leads_to_its_history(acme, own, model):
    browser, row = acme.browser("owner"), own[model]
    assert f'href="{page(model, "history", row.pk)}"' in browser.get(page(model, "change", row.pk)).content.decode()
    assert browser.get(page(model, "history", row.pk), follow=True).status_code == 200


def test_a_selection_cannot_name_a_foreign_notice(acme, own, foreign):
    form = {"action": "mark_seen", "_selected_action": [own[Notice].pk, foreign[Notice].pk]}
    acme.browser("manager").post(page(Notice, "changelist"), form)
    own[Notice].refresh_from_db()
    foreign[Notice].refresh_from_db()
    assert own[Notice].seen
    assert not foreign[Notice].seen


def test_members_of_a_disabled_tenant_see_nothing(acme, own):
    browser = acme.browser("owner")
    acme.tenant.enabled = False
    acme.tenant.save()
    for model in MODELS:
        assert browser.get(page(model, "changelist")).status_code == 403
    assert "your account has no access yet" in shown(browser.get("/admin/"))
    assert browser.get("/admin/desk/conversations").status_code == 401


@pytest.mark.parametrize("model", [Integration, *COMMANDS])
def test_the_choice_of_one_person_is_not_left_behind_for_the_next(acme, own, model):
    acme.browser("manager").get(page(model, "add") + "?channel=WebChat")
    form = admin.site._registry[model].form
    assert not form.base_fields["hub"].queryset.exists()
