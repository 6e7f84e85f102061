"""Friendly forms: faults of the actions beside the right field, secrets shown once, hidden settings kept."""

import re

from django.urls import reverse

from portal.models import Integration
from tests.cast import TenantFixture

RICH = [{"type": "card", "title": "Hello"}, {"type": "text", "text": "Second"}]


def add_url(channel: str) -> str:
    return reverse("admin:portal_integration_add") + f"?channel={channel}"


def change_url(row: Integration) -> str:
    return reverse("admin:portal_integration_change", args=[row.pk])


def errors(answer) -> dict:
    return answer.context["adminform"].form.errors


def webchat(party: TenantFixture, **more):
    return {
        "hub": party.hub.pk,
        "name": "Shop",
        "status": 3000,
        "allowed_origins": "a.example.com",
        "welcome": "",
        **more,
    }


def test_the_channel_is_chosen_first(acme):
    shown = acme.browser("manager").get(reverse("admin:portal_integration_add")).content.decode()
    for channel in ("WebChat", "Direct", "System"):
        assert f"?channel={channel}" in shown


def test_a_webchat_is_made_from_lines(acme):
    form = webchat(acme, allowed_origins="A.example.com\n\n https://b.example.com ", welcome="Hi!")
    assert acme.browser("manager").post(add_url("WebChat"), form).status_code == 302
    made = Integration.objects.get(name="Shop")
    assert made.channel == "WebChat"
    assert made.configuration["allowedOrigins"] == ["a.example.com", "https://b.example.com"]
    assert made.configuration["start"] == [{"type": "text", "text": "Hi!"}]


def test_a_website_is_taken_as_people_paste_it_and_the_page_says_what_is_kept(acme):
    browser = acme.browser("manager")
    pasted = "https://Shop.example.com/tea?from=mail\nplain.example.com\nm\u00fcller.example\nhttp://[::1]:3000/"
    shown = browser.post(add_url("WebChat"), webchat(acme, allowed_origins=pasted), follow=True).content.decode()
    made = Integration.objects.get(name="Shop")
    kept = ["https://shop.example.com", "plain.example.com", "xn--mller-kva.example", "http://[::1]:3000"]
    assert made.configuration["allowedOrigins"] == kept
    assert "Websites kept as https://shop.example.com, xn--mller-kva.example, http://[::1]:3000." in shown
    one = webchat(acme, allowed_origins="\n".join([*kept, "https://b.example.com/x"]))
    shown = browser.post(change_url(made), one, follow=True).content.decode()
    assert "Website kept as https://b.example.com." in shown
    assert "kept as" not in browser.post(change_url(made), webchat(acme), follow=True).content.decode()


def test_a_fault_names_the_line(acme):
    form = webchat(acme, allowed_origins="good.example.com\nnot a domain")
    answer = acme.browser("manager").post(add_url("WebChat"), form)
    assert errors(answer)["allowed_origins"][0].startswith("Line 2: ")


def test_a_taken_name_is_an_error_of_the_name(acme):
    answer = acme.browser("manager").post(add_url("WebChat"), webchat(acme, name="Widget"))
    assert "already exists in this hub" in errors(answer)["name"][0]
    hub = {
        "name": "Acme hub",
        "description": "d",
        "status": 2000,
        "close_dormant_conversation": 0,
        "bot_failures": 2,
        "bot_patience": 0,
        "handback_after": 0,
    }
    answer = acme.browser("manager").post(reverse("admin:portal_hub_add"), hub)
    assert "already exists" in errors(answer)["name"][0]


def test_an_unsafe_webhook_is_an_error_of_the_url(acme):
    form = {
        "hub": acme.hub.pk,
        "name": "CRM",
        "status": 3000,
        "webhook_url": "http://10.0.0.1/x",
        "events": ["message"],
    }
    answer = acme.browser("manager").post(add_url("System"), form)
    assert "webhook_url" in errors(answer)


def test_a_webhook_is_made(acme):
    form = {"hub": acme.hub.pk, "name": "CRM", "status": 3000, "webhook_url": "https://example.com/x",
            "events": ["message:customer", "message:bot"]}  # fmt: skip
    assert acme.browser("manager").post(add_url("System"), form).status_code == 302
    made = Integration.objects.get(name="CRM")
    assert made.configuration["events"] == ["message:customer", "message:bot"]
    assert made.signing_keys.count() == 1


def test_a_direct_agent_is_made_and_its_side_stays(acme):
    browser = acme.browser("manager")
    form = {"hub": acme.hub.pk, "name": "Crew", "status": 3000, "side": "Agent", "webhook_url": "", "echo": "on",
            "welcome": "ignored"}  # fmt: skip
    assert browser.post(add_url("Direct"), form).status_code == 302
    made = Integration.objects.get(name="Crew")
    assert made.type == "Agent"
    assert made.configuration == {"integrationType": "Agent", "echo": True}
    changed = {"name": "Crew 2", "status": 3002, "side": "Bot", "webhook_url": "", "welcome": ""}
    assert browser.post(change_url(made), changed).status_code == 302
    made = Integration.objects.get(pk=made.pk)
    assert (made.name, made.status, made.type) == ("Crew 2", 3002, "Agent")
    assert made.configuration == {"integrationType": "Agent", "echo": False}


def test_a_rich_greeting_from_the_api_is_kept(acme):
    row = acme.add("WebChat", "Rich", allowedOrigins=["a.example.com"], start=RICH)
    form = webchat(acme, name="Rich", allowed_origins="b.example.com", welcome="overwritten?")
    assert acme.browser("manager").post(change_url(row), form).status_code == 302
    kept = Integration.objects.get(pk=row.pk).configuration
    assert kept["start"] == RICH
    assert kept["allowedOrigins"] == ["b.example.com"]


def test_canceled_cannot_be_chosen(acme):
    answer = acme.browser("manager").post(change_url(acme.webchat), webchat(acme, name="Widget", status=3001))
    assert "status" in errors(answer)


def test_the_page_of_a_webchat_has_the_snippet(acme):
    shown = acme.browser("manager").get(change_url(acme.webchat)).content.decode()
    assert "/pub/scripts/webchat/hubster-webchat-1.0.min.js" in shown
    assert f"integrationId: &#x27;{acme.webchat.pk}&#x27;" in shown


def test_a_new_key_is_shown_once(acme):
    row = acme.add("Direct", "Hooked", integrationType="Agent", webhookUrl="https://example.com/x")
    browser, old = acme.browser("manager"), row.signing_keys.get()
    page = browser.get(change_url(row)).content.decode()
    assert old.public_key in page
    assert old.private_key not in page
    assert old.private_key[:4] in page
    asked = browser.get(reverse("admin:portal_integration_rotate", args=[row.pk]))
    assert row.signing_keys.count() == 1, asked
    first = browser.post(reverse("admin:portal_integration_rotate", args=[row.pk]), follow=True).content.decode()
    fresh = row.signing_keys.exclude(pk=old.pk).get()
    assert fresh.private_key in first
    assert fresh.private_key not in browser.get(change_url(row)).content.decode()


def test_a_secret_is_shown_once_and_works(acme):
    browser = acme.browser("owner")
    api = acme.tenant.clients.get(client_id__contains="portal")
    form = {"name": "Order system", "expiration_0": "", "expiration_1": ""}
    shown = browser.post(reverse("admin:portal_client_add_secret", args=[api.pk]), form, follow=True).content.decode()
    value = re.search(r'hub-once" tabindex="0">([^<]+)<', shown)[1]
    assert value not in browser.get(reverse("admin:portal_client_change", args=[api.pk])).content.decode()
    acme.secrets["portal"] = value
    assert acme.api("portal").get("/api/v1/hubs").status_code == 200


def test_a_secret_needs_a_free_name_and_a_future(acme):
    api = acme.tenant.clients.first()
    url = reverse("admin:portal_client_add_secret", args=[api.pk])
    taken = {"name": "test", "expiration_0": "", "expiration_1": ""}
    assert "already exists" in str(acme.browser("owner").post(url, taken).context["form"].errors)
    past = {"name": "new", "expiration_0": "2001-01-01", "expiration_1": "00:00"}
    assert "future" in str(acme.browser("owner").post(url, past).context["form"].errors)


def test_a_hub_is_deleted_after_a_question_in_counts(acme):
    browser, url = acme.browser("manager"), reverse("admin:portal_hub_delete", args=[acme.hub.pk])
    assert "Integrations: 3" in browser.get(url).content.decode()
    assert browser.post(url, {"post": "yes"}).status_code == 302
    assert not acme.tenant.hubs.exists()


def test_lists_take_the_same_number_of_queries_however_long(acme, django_assert_max_num_queries):
    for number in range(12):
        acme.add("Direct", f"More {number}", integrationType="Customer")
    browser = acme.browser("manager")
    with django_assert_max_num_queries(14):
        browser.get(reverse("admin:portal_integration_changelist"))
