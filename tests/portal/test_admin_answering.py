"""Every hub can be answered: a new one at the desk; pages say when nobody answers, with the button that mends it."""

import pytest
from django.urls import reverse

from portal.actions.desk import do_open_desk
from portal.actions.hubs import do_create_hub
from portal.actions.integrations import do_create_integration, do_update_integration
from portal.models import AuditEntry, Hub, Integration

NEW = {"name": "Tea", "description": "", "status": 2000, "close_dormant_conversation": 0, "bot_failures": 2,
       "bot_patience": 0, "handback_after": 0}  # fmt: skip
WARNING, BUTTON = "Nobody can answer", "Answer at the desk"


def page(party, name: str, *args, who: str = "manager", query: str = "") -> str:
    return party.browser(who).get(reverse(f"admin:{name}", args=args) + query).content.decode()


def hub_page(party, hub) -> str:
    return page(party, "portal_hub_change", hub.pk)


@pytest.fixture
def silent(acme) -> Hub:
    """A hub with customers and nobody to answer them, as a program may make it over the API."""
    hub = do_create_hub(acme.tenant.pk, {"name": "Silent", "description": "d"})
    acme.add("WebChat", "Chat", hub, allowedOrigins=["shop.example.com"])
    return hub


def press(party, hub, who: str = "manager", **form):
    return party.browser(who).post(reverse("admin:portal_hub_desk", args=[hub.pk]), form, follow=True)


def test_a_hub_made_in_the_admin_can_be_answered_at_the_desk_at_once(acme):
    answer = acme.browser("manager").post(reverse("admin:portal_hub_add"), NEW, follow=True)
    made = Hub.objects.get(name="Tea")
    desk = made.integrations.get()
    assert (desk.name, desk.channel, desk.type, desk.configuration) == (
        "Desk", "Direct", "Agent", {"integrationType": "Agent", "echo": False},
    )  # fmt: skip
    assert answer.redirect_chain[-1][0] == reverse("admin:portal_hub_change", args=[made.pk])
    shown = answer.content.decode()
    assert f"?channel=WebChat&amp;hub={made.pk}" in shown
    assert desk.signing_keys.get().private_key not in shown
    assert WARNING not in shown
    entries = AuditEntry.objects.filter(tenant_id=acme.tenant.pk, object_name__in=["Tea", "Desk"])
    recorded = set(entries.values_list("action", "actor_name"))
    assert recorded == {("hub.created", "acme-manager"), ("integration.created", "acme-manager")}


def test_a_hub_that_cannot_be_made_leaves_no_desk_behind(acme):
    before = Integration.objects.count()
    assert (
        acme.browser("manager").post(reverse("admin:portal_hub_add"), {**NEW, "name": acme.hub.name}).status_code == 200
    )
    assert Integration.objects.count() == before


def test_a_hub_made_over_the_api_has_what_the_api_made(acme):
    body = {"name": "By program", "description": "d"}
    made = acme.api("portal").post("/api/v1/hubs", body, format="json").json()
    assert not Integration.objects.filter(hub=made["hubId"]).exists()
    assert WARNING in page(acme, "portal_hub_change", made["hubId"])


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("portal_hub_change", "hub"),
        ("portal_integration_change", "chat"),
        ("portal_integration_add", ""),
        ("index", ""),
    ],
)
def test_pages_say_when_nobody_can_answer(acme, globex, silent, name, row):
    args = {"hub": [silent.pk], "chat": [silent.integrations.get().pk], "": []}[row]
    shown = page(acme, name, *args)
    assert f"{WARNING} the customers of “Silent”" in shown
    assert BUTTON in shown
    if not row:
        assert WARNING not in page(globex, name), "a neighbour's hub is no business of theirs"
    acme.add("Direct", "Bot", silent, integrationType="Bot")
    assert WARNING not in page(acme, name, *args)


@pytest.mark.parametrize("status", [Hub.Status.PAUSED, Hub.Status.CANCELED])
def test_a_hub_that_takes_no_messages_needs_nobody(acme, silent, status):
    Hub.objects.filter(pk=silent.pk).update(status=status)
    assert WARNING not in hub_page(acme, silent)
    assert WARNING not in page(acme, "index")


def test_an_agent_is_not_asked_to_mend_what_only_managers_can(acme, silent):
    assert WARNING not in page(acme, "index", who="agent")
    assert press(acme, silent, who="agent").status_code == 403
    assert not silent.integrations.filter(type="Agent").exists()


def test_the_button_opens_the_desk_and_comes_back(acme, silent):
    back = reverse("admin:index")
    answer = press(acme, silent, back=back)
    assert answer.redirect_chain[-1][0] == back
    assert "Agents can now answer the customers of “Silent” at the desk." in answer.content.decode()
    assert silent.integrations.get(type="Agent").status == Integration.Status.ACTIVE
    again = press(acme, silent)
    assert "already has an active agent or bot" in again.content.decode()
    assert silent.integrations.filter(type="Agent").count() == 1


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_button_leads_to_no_other_site(acme, silent, back):
    answer = acme.browser("manager").post(reverse("admin:portal_hub_desk", args=[silent.pk]), {"back": back})
    assert answer["Location"] == reverse("admin:portal_hub_change", args=[silent.pk])


def test_a_paused_desk_is_resumed_and_a_paused_webhook_is_not(acme, silent):
    hooked = acme.add("Direct", "Own software", silent, integrationType="Agent", webhookUrl="https://example.com/x")
    desk = acme.add("Direct", "Counter", silent, integrationType="Agent")
    for row in (hooked, desk):
        do_update_integration(row, {"status": Integration.Status.PAUSED})
    assert do_open_desk(silent).pk == desk.pk
    hooked.refresh_from_db()
    assert hooked.status == Integration.Status.PAUSED
    assert silent.integrations.filter(type="Agent").count() == 2


def test_a_taken_name_gets_a_number(acme, silent):
    do_create_integration(
        silent, {"channel": "Direct", "name": "Desk", "configuration": {"integrationType": "Customer"}}
    )
    assert do_open_desk(silent).name == "Desk 2"


def test_the_neighbours_hub_cannot_be_opened(acme, globex, silent):
    assert press(globex, silent).redirect_chain[-1][0] == reverse("admin:index")
    assert not silent.integrations.filter(type="Agent").exists()


def test_keys_are_shown_only_where_something_is_signed(acme):
    """The desk's own integration signs nothing; with a webhook its key is shown, once."""
    browser, row = acme.browser("manager"), acme.agent
    change = reverse("admin:portal_integration_change", args=[row.pk])
    assert "Signing keys" not in browser.get(change).content.decode()
    rotate = reverse("admin:portal_integration_rotate", args=[row.pk])
    assert browser.post(rotate)["Location"] == reverse("admin:index")
    form = {"name": row.name, "status": 3000, "side": "Agent", "webhook_url": "https://example.com/x", "welcome": ""}
    browser.post(change, form)
    shown, key = browser.get(change).content.decode(), row.signing_keys.get()
    assert key.private_key in shown
    again = browser.get(change).content.decode()
    assert "Signing keys" in again
    assert key.public_key in again
    assert key.private_key not in again
