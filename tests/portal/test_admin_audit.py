"""The page of the audit log: who sees whose changes, in words, and that every form of the admin is recorded."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from portal.actions import audit, hubs, integrations, members
from portal.actions.snapshots import Snapshot
from portal.models import AuditEntry, Client, User
from tests.cast import PASSWORD

LIST = "/admin/portal/auditentry/"
HUB = {
    "name": "Acme hub",
    "description": "Changed",
    "status": 2000,
    "close_dormant_conversation": 3,
    "bot_failures": 2,
    "bot_patience": 0,
    "handback_after": 0,
}


def shown(browser, query: str = "") -> list[str]:
    """The actions listed, newest first."""
    return [row.action for row in browser.get(LIST + query).context["cl"].result_list]


def detail(browser, entry: AuditEntry):
    return browser.get(reverse("admin:portal_auditentry_change", args=[entry.pk]))


def newest() -> AuditEntry:
    return AuditEntry.objects.all()[0]


@pytest.fixture
def operator(client, db):
    client.force_login(User.objects.create(username="op", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("manager", 200), ("agent", 403)])
def test_owners_and_managers_read_it_and_nobody_writes(acme, role, status):
    browser, entry = acme.browser(role), newest()
    assert browser.get(LIST).status_code == status
    assert detail(browser, entry).status_code == status
    for way in ("change", "delete"):
        url = reverse(f"admin:portal_auditentry_{way}", args=[entry.pk])
        assert browser.post(url, {"post": "yes"}).status_code == 403
    assert browser.post(LIST + "add/", {}).status_code == 403
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


def test_each_tenant_sees_its_own_and_operators_see_all(acme, globex, operator):
    hubs.do_update_hub(globex.hub, {"name": "Globex renamed"})
    for browser in (acme.browser("owner"), acme.browser("manager")):
        page = browser.get(LIST).content.decode()
        assert "Acme hub" in page
        assert "Globex" not in page
        assert "shown_tenant" not in page
    page = operator.get(LIST).content.decode()
    assert "Globex renamed" in page
    assert "Acme hub" in page
    assert "column-shown_tenant" in page


def test_an_operator_chooses_a_tenant_and_still_knows_a_deleted_one(acme, globex, operator):
    assert set(operator.get(f"{LIST}?tenant={acme.tenant.pk}").context["cl"].result_list) == set(
        AuditEntry.objects.filter(tenant_id=acme.tenant.pk)
    )
    gone = globex.tenant.pk
    globex.tenant.delete()
    assert f"deleted ({str(gone)[:8]}…)" in operator.get(LIST).content.decode()


def test_the_list_tells_who_did_what_in_words(acme):
    browser = acme.browser("manager")
    browser.post(reverse("admin:portal_hub_change", args=[acme.hub.pk]), HUB)
    page = browser.get(LIST).content.decode()
    for words in ("acme-manager", "Member", "Changed hub", "description, close after (days without a message)"):
        assert words in page


def test_filters_and_search_narrow_the_list(acme):
    hubs.do_update_hub(acme.hub, {"name": "Sales"})
    integrations.do_rotate_keys(acme.agent)
    browser = acme.browser("manager")
    assert shown(browser, "?noun=hub") == ["hub.updated", "hub.created"]
    assert shown(browser, "?verb=added&noun=secret") == ["secret.added"] * 2
    assert shown(browser, "?verb=keys_rotated") == ["integration.keys_rotated"]
    assert shown(browser, "?q=Sales") == ["hub.updated"]
    assert shown(browser, "?by__exact=member") == []
    assert shown(browser, "?at__gte=2100-01-01+00%3A00%3A00%2B00%3A00") == []
    assert shown(browser, f"?object={acme.hub.pk}") == ["hub.updated", "hub.created"]


@pytest.mark.parametrize("query", ["?noun=nonsense", "?verb=x", "?object=%00", "?object=x", "?tenant=x", "?q=%00"])
def test_a_filter_with_a_senseless_value_harms_nothing(acme, operator, query):
    for browser in (acme.browser("manager"), operator):
        answer = browser.get(LIST + query)
        assert answer.status_code in (200, 302, 400)


def test_a_change_is_shown_property_by_property(acme):
    integrations.do_update_integration(acme.webchat, {"configuration": {"allowedOrigins": ["a.example.com"]}})
    answer = detail(acme.browser("manager"), newest())
    (line,) = answer.context["lines"]
    assert line.label == "Websites"
    assert (line.before.kind, line.before.value) == ("lines", ["shop.example.com", "localhost"])
    assert line.after.value == ["a.example.com"]
    assert "allowedOrigins" not in answer.content.decode()
    assert reverse("admin:portal_integration_change", args=[acme.webchat.pk]) in answer.content.decode()


def test_every_kind_of_value_has_a_readable_form(acme):
    values = {
        "enabled": True, "evaluationEnds": "2030-01-31T00:00:00Z", "url": "<b>x</b>",
        "responses": [{"type": "text"}], "mountDelay": 5,
    }  # fmt: skip
    audit.do_record(
        "updated", Snapshot("hub", "1", "x", acme.tenant.pk, {}), Snapshot("hub", "1", "x", acme.tenant.pk, values)
    )
    answer = detail(acme.browser("manager"), newest())
    found = {line.label: line.after.kind for line in answer.context["lines"]}
    assert found == {
        "Enabled": "text", "Trial ends": "moment", "URL": "text", "Messages": "nested",
        "Delay (milliseconds)": "text",
    }  # fmt: skip
    page = answer.content.decode()
    assert "<b>x</b>" not in page
    assert "empty" in page
    assert "yes" in page


def test_what_is_gone_has_no_link_and_its_entry_stays(acme):
    pk = acme.hub.pk
    hubs.do_delete_hub(acme.hub)
    page = detail(acme.browser("manager"), newest()).content.decode()
    assert "3 integrations" in page
    assert reverse("admin:portal_hub_change", args=[pk]) not in page
    assert f"?object={pk}" in page


def test_the_secrets_of_a_client_are_in_its_history(acme, globex):
    api, browser = acme.tenant.clients.get(client_id__contains="portal"), acme.browser("owner")
    answer = browser.get(reverse("admin:portal_client_history", args=[api.pk]), follow=True)
    assert [row.action for row in answer.context["cl"].result_list] == ["secret.added"]
    assert api.client_id in answer.content.decode()
    entry = AuditEntry.objects.get(action="secret.added", object_id=api.client_id)
    assert reverse("admin:portal_client_change", args=[api.pk]) in detail(browser, entry).content.decode()


def test_an_empty_log_says_what_will_appear(operator):
    assert "are listed here" in operator.get(LIST).content.decode()


def test_the_sidebar_leads_managers_to_the_log(acme):
    assert f'href="{LIST}"' in acme.browser("manager").get("/admin/").content.decode()
    assert f'href="{LIST}"' not in acme.browser("agent").get("/admin/").content.decode()


def test_the_list_takes_the_same_number_of_queries_however_long(acme, operator, django_assert_max_num_queries):
    for number in range(20):
        acme.add("Direct", f"More {number}", integrationType="Customer")
    for browser in (acme.browser("manager"), operator):
        with django_assert_max_num_queries(10):
            browser.get(LIST)


# --- every form of the admin is recorded ---------------------------------------------------------------------
def test_a_form_saved_unchanged_is_no_change(acme):
    before = AuditEntry.objects.count()
    form = {
        **HUB,
        "description": acme.hub.description,
        "close_dormant_conversation": 0,
        "bot_failures": 2,
        "bot_patience": 0,
        "handback_after": 0,
    }
    assert acme.browser("manager").post(reverse("admin:portal_hub_change", args=[acme.hub.pk]), form).status_code == 302
    assert AuditEntry.objects.count() == before


def test_the_form_of_a_member_is_recorded_with_what_was_before(acme):
    person, browser = acme.people["agent"], acme.browser("owner")
    form = {"username": "acme-agent", "first_name": "", "last_name": "", "email": "a@example.com", "role": "manager"}
    assert browser.post(reverse("admin:portal_user_change", args=[person.pk]), form).status_code == 302
    entry = newest()
    assert (entry.action, entry.actor_name) == ("member.updated", "acme-owner")
    assert entry.before == {"role": "agent", "maySignIn": True}
    assert entry.after == {"role": "manager", "maySignIn": False, "email": "a@example.com"}


def test_a_password_set_by_an_owner_is_recorded(acme, globex):
    browser, fresh = acme.browser("owner"), "a completely new word"
    form = {"password1": fresh, "password2": fresh}
    foreign = reverse("admin:auth_user_password_change", args=[globex.people["agent"].pk])
    own = reverse("admin:auth_user_password_change", args=[acme.people["agent"].pk])
    before = AuditEntry.objects.count()
    assert browser.post(foreign, form).status_code in (302, 403, 404)
    assert browser.post(own, {**form, "password2": "other"}).status_code == 200
    assert AuditEntry.objects.count() == before
    assert browser.post(own, {**form, "usable_password": "false"}).status_code == 302
    person = User.objects.get(pk=acme.people["agent"].pk)
    assert person.check_password(fresh)
    assert (newest().action, newest().object_id) == ("member.password_set", str(person.pk))


def test_ones_own_new_password_is_recorded_and_keeps_one_signed_in(acme):
    browser, fresh = acme.browser("agent"), "a completely new word"
    form = {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh}
    assert browser.post("/admin/password_change/", {**form, "old_password": "wrong"}).status_code == 200
    assert newest().action != "member.password_set"
    assert browser.post("/admin/password_change/", form).status_code == 302
    entry = newest()
    assert (entry.action, entry.actor_name, entry.object_name) == ("member.password_set", "acme-agent", "acme-agent")
    assert User.objects.get(username="acme-agent").check_password(fresh)
    assert browser.get("/admin/").status_code == 200


def test_a_client_switched_off_in_the_admin_is_recorded(acme):
    api = acme.tenant.clients.first()
    assert acme.browser("owner").post(reverse("admin:portal_client_change", args=[api.pk]), {}).status_code == 302
    assert (newest().action, newest().before, newest().after) == (
        "client.disabled", {"enabled": True}, {"enabled": False},
    )  # fmt: skip
    assert not Client.objects.get(pk=api.pk).enabled


def test_a_tenant_changed_by_an_operator_is_recorded(acme, operator):
    form = {"name": "Acme", "evaluation_ends_0": "", "evaluation_ends_1": "", "keep_days": "0"}
    assert operator.post(reverse("admin:portal_tenant_change", args=[acme.tenant.pk]), form).status_code == 302
    assert (newest().action, newest().before, newest().actor_name) == ("tenant.updated", {"enabled": True}, "op")


def test_signing_in_is_no_change_and_there_is_no_second_log(acme, client):
    before = AuditEntry.objects.count()
    client.post("/admin/login/", {"username": "acme-manager", "password": PASSWORD, "next": "/admin/"})
    assert AuditEntry.objects.count() == before
    client.post(reverse("admin:portal_hub_change", args=[acme.hub.pk]), HUB)
    assert AuditEntry.objects.count() == before + 1
    assert not LogEntry.objects.exists()


def test_a_member_who_is_deleted_stays_named(acme):
    hubs.do_update_hub(acme.hub, {"name": "Renamed"})
    members.do_delete_member(acme.people["agent"])
    assert (newest().action, newest().object_name) == ("member.deleted", "acme-agent")
