"""What each role may do in the admin, and that nobody raises themselves."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from engine.models import Activity, Conversation, Delivery
from portal.models import Client, Hub, Integration, Tenant, User
from tests.cast import PASSWORD

HUB = {
    "name": "Changed",
    "description": "d",
    "status": 2000,
    "close_dormant_conversation": 0,
    "bot_failures": 2,
    "bot_patience": 0,
    "handback_after": 0,
}


def url(model, way, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{way}", args=args)


def member(**more):
    return {"username": "somebody", "first_name": "", "last_name": "", "email": "", "role": "agent", **more}


def test_groups_and_tokens_are_not_in_the_admin():
    labels = {model._meta.label for model in admin.site._registry}
    assert Group._meta.label not in labels
    assert not [label for label in labels if label.startswith("oauth2_provider.")]


@pytest.mark.parametrize("model", [Conversation, Activity, Delivery])
def test_the_ledger_is_open_to_agents_and_read_only_to_all(acme, model):
    for role in ("owner", "manager", "agent"):
        browser = acme.browser(role)
        assert browser.get(url(model, "changelist")).status_code == 200
        assert browser.get(url(model, "add")).status_code == 403
        assert "/add/" not in browser.get(url(model, "changelist")).content.decode()


@pytest.mark.parametrize("model", [Hub, Integration, User, Client, Tenant])
def test_an_agent_configures_nothing(acme, model):
    browser = acme.browser("agent")
    assert browser.get(url(model, "changelist")).status_code == 403
    assert browser.post(url(model, "add"), HUB).status_code == 403


def test_a_manager_changes_hubs(acme):
    assert acme.browser("manager").post(url(Hub, "change", acme.hub.pk), HUB).status_code == 302
    acme.hub.refresh_from_db()
    assert acme.hub.name == "Changed"


@pytest.mark.parametrize("who", ["owner", "agent", "manager"])
def test_a_manager_changes_no_member(acme, who):
    browser, person = acme.browser("manager"), acme.people[who]
    assert browser.get(url(User, "change", person.pk)).status_code == 200
    assert browser.post(url(User, "change", person.pk), member(role="owner")).status_code == 403
    assert browser.post(url(User, "delete", person.pk), {"post": "yes"}).status_code == 403
    assert browser.post(url(User, "change", person.pk).replace("change", "password")).status_code in (403, 404)
    person.refresh_from_db()
    assert person.role == who


def test_a_member_list_hides_password_hashes(acme):
    for role in ("manager", "owner"):
        shown = acme.browser(role).get(url(User, "change", acme.people["agent"].pk)).content.decode()
        assert acme.people["agent"].password not in shown


def test_an_owner_adds_a_member_of_the_own_tenant_and_nothing_more(acme, globex):
    raised = {
        "is_superuser": "on", "tenant": globex.tenant.pk, "groups": "1", "user_permissions": "1",
        "password1": PASSWORD, "password2": PASSWORD,
    }  # fmt: skip
    assert acme.browser("owner").post(url(User, "add"), member(**raised)).status_code == 302
    person = User.objects.get(username="somebody")
    assert (person.tenant, person.role, person.is_staff, person.is_superuser) == (acme.tenant, "agent", True, False)
    assert not person.groups.exists()
    assert not person.user_permissions.exists()
    assert person.check_password(PASSWORD)


def test_an_owner_cannot_raise_another_to_operator(acme, globex):
    person = acme.people["agent"]
    raised = member(role="manager", is_active="on", is_superuser="on", is_staff="on", tenant=globex.tenant.pk)
    assert acme.browser("owner").post(url(User, "change", person.pk), raised).status_code == 302
    person.refresh_from_db()
    assert (person.role, person.is_superuser, person.tenant) == ("manager", False, acme.tenant)


def test_nobody_changes_their_own_standing_or_deletes_themselves(acme):
    person, browser = acme.people["owner"], acme.browser("owner")
    browser.post(url(User, "change", person.pk), member(username="me", role="agent"))
    person.refresh_from_db()
    assert (person.username, person.role, person.is_active) == ("me", "owner", True)
    assert browser.post(url(User, "delete", person.pk), {"post": "yes"}).status_code == 403


def test_fields_of_standing_are_absent_for_owners(acme):
    shown = acme.browser("owner").get(url(User, "change", acme.people["agent"].pk)).content.decode()
    for name in ("is_superuser", "is_staff", "tenant", "groups", "user_permissions"):
        assert f'name="{name}"' not in shown


def test_an_operator_makes_members_and_operators_but_no_mixture(acme, client):
    client.force_login(User.objects.create(username="op", is_staff=True, is_superuser=True))
    word = {"password1": PASSWORD, "password2": PASSWORD}
    mixed = member(is_superuser="on", tenant=acme.tenant.pk, **word)
    assert client.post(url(User, "add"), mixed).context["errors"]
    without = member(tenant="", **word)
    assert client.post(url(User, "add"), without).context["errors"]
    assert client.post(url(User, "add"), member(tenant=acme.tenant.pk, **word)).status_code == 302
    assert User.objects.get(username="somebody").tenant == acme.tenant


def test_an_operator_adds_a_tenant_with_its_clients(client, db):
    client.force_login(User.objects.create(username="op", is_staff=True, is_superuser=True))
    form = {"name": "Initech", "enabled": "on", "evaluation_ends_0": "", "evaluation_ends_1": "", "keep_days": "0"}
    assert client.post(url(Tenant, "add"), form).status_code == 302
    assert Tenant.objects.get(name="Initech").clients.count() == 2


def test_staff_without_a_tenant_cannot_log_in(client, db):
    person = User(username="lost", is_staff=True)
    person.set_password(PASSWORD)
    person.save()
    answer = client.post("/admin/login/", {"username": "lost", "password": PASSWORD})
    assert "doesn’t belong to an active business" in answer.content.decode()


def test_members_land_on_the_front_page_after_the_login(acme, client):
    answer = client.get("/admin/login/")
    assert 'name="next" value="/admin/"' in answer.content.decode()
    form = {"username": "acme-agent", "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", form).url == "/admin/"


@pytest.mark.parametrize(("role", "status"), [("owner", 302), ("manager", 403), ("agent", 403)])
def test_only_owners_make_secrets(acme, role, status):
    """A secret of the portal may do everything, so it is not for managers, as over the API."""
    api = acme.tenant.clients.first()
    form = {"name": "Order system"}
    assert acme.browser(role).post(reverse("admin:portal_client_add_secret", args=[api.pk]), form).status_code == status
    assert api.secrets.count() == (2 if status == 302 else 1)
    shown = acme.browser(role).get(reverse("admin:portal_client_change", args=[api.pk]))
    assert shown.status_code == (200 if status == 302 else 403)


@pytest.mark.parametrize(("role", "status"), [("owner", 302), ("manager", 403), ("agent", 403)])
def test_only_owners_delete_secrets(acme, role, status):
    api = acme.tenant.clients.first()
    secret = api.secrets.get()
    path = reverse("admin:portal_client_delete_secret", args=[api.pk, secret.pk])
    assert acme.browser(role).post(path).status_code == status
    assert api.secrets.exists() is (status == 403)
