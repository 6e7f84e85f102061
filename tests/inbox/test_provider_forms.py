"""Forms of channels that somebody else runs: made from the configuration, faults and refusals at their fields."""

import json
import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import translation

from engine import adapters
from engine.adapters._business import BusinessProvider
from hubster.lib.http_policy import ConnectFailure
from portal.admin.provider_fields import properties
from portal.models import AuditEntry, Integration
from tests.inbox.rich import RICH

ADD = reverse("admin:portal_integration_add")
TOKEN, SECRET = "rich-token-123456", "rich-secret-9876"
GREETING = [{"type": "text", "text": "Welcome!"}]
HIDDEN = r"\(hidden, [0-9a-f]{6}\)"


@pytest.fixture
def rich(monkeypatch, provider):
    monkeypatch.setitem(adapters._CHANNELS, "rich", RICH)
    monkeypatch.setitem(adapters._CHANNELS, "992", RICH)
    return provider


@pytest.fixture
def browser(db, acme):
    return acme.browser("manager")


@pytest.fixture
def row(acme, rich):
    made = acme.add("Rich", "Tea", token=TOKEN, appSecret=SECRET, start=GREETING, extra={"a": "b"})
    rich.asked.clear()
    return made


def page_of(row: Integration) -> str:
    return reverse("admin:portal_integration_change", args=[row.pk])


def form(acme=None, **more):
    values = {"name": "Tea", "status": 3000, "configuration_token": TOKEN, "configuration_region": "eu", **more}
    return {**values, "hub": acme.hub.pk} if acme else values


def add(browser, acme, **more):
    return browser.post(f"{ADD}?channel=Rich", form(acme, **more))


def errors(answer) -> dict:
    return answer.context["adminform"].form.errors


def test_fields_are_made_from_the_configuration_in_its_order(browser, rich):
    made = browser.get(f"{ADD}?channel=Rich").context["adminform"].form
    shown = [(field.label, type(field.widget).__name__, field.required) for name, field in made.fields.items()
             if name.startswith("configuration_") or name == "welcome"]  # fmt: skip
    assert shown == [
        ("Access token", "UnfoldAdminPasswordWidget", True),
        ("App secret", "UnfoldAdminPasswordWidget", False),
        ("Region", "UnfoldAdminSelectWidget", False),
        ("Daily limit", "UnfoldAdminIntegerFieldWidget", False),
        ("Loud", "UnfoldBooleanSwitchWidget", False),
        ("Words", "UnfoldAdminTextareaWidget", False),
        ("Webhook name", "UnfoldAdminTextInputWidget", False),
        ("Welcome message", "UnfoldAdminTextareaWidget", False),
    ]
    assert made.fields["name"].initial == "Rich chat"
    assert [label for _, label in made.fields["configuration_region"].choices][-2:] == ["Europe", "United States"]
    assert made.initial.get("configuration_region", made.fields["configuration_region"].initial) == "eu"


def test_help_is_escaped_and_leads_to_where_the_value_is_found(browser, rich):
    page = browser.get(f"{ADD}?channel=Rich").content.decode()
    assert "Copy it from the &lt;console&gt;." in page
    assert 'href="https://rich.example.com/console"' in page


def test_what_is_filled_in_is_stored_once_the_provider_agrees(browser, acme, rich):
    answer = add(browser, acme, configuration_region="us", configuration_limit="20",
                 configuration_loud="on", configuration_words=" a \n\nb", welcome="Welcome!")  # fmt: skip
    row = Integration.objects.get(channel="Rich")
    assert answer.url == page_of(row)
    assert row.configuration == {
        "token": TOKEN, "region": "us", "limit": 20, "loud": True, "words": ["a", "b"], "start": GREETING,
        "hookSecret": "made-by-us-123", "handle": "teashop",
    }  # fmt: skip
    assert (row.inbound_id, row.connected is None) == ("acc-1", False)
    assert "Rich chat knows you as teashop." in browser.get(answer.url).content.decode()


@pytest.mark.parametrize(("given", "field", "text"), [
    ({"configuration_token": ""}, "configuration_token", "required"),
    ({"configuration_limit": "0"}, "configuration_limit", "greater than or equal to 1"),
    ({"configuration_region": "moon"}, "configuration_region", "not one of the available choices"),
    ({"name": "Widget"}, "name", "already exists in this hub"),
])  # fmt: skip
def test_a_fault_stands_at_its_field_and_the_provider_is_not_asked(browser, acme, rich, given, field, text):
    answer = add(browser, acme, **given)
    assert text in str(errors(answer)[field])
    assert rich.asked == []
    assert not Integration.objects.filter(channel="Rich").exists()


def test_a_refusal_of_the_provider_stands_at_its_field_and_nothing_is_stored(browser, acme, rich):
    rich.answers = [401]
    answer = add(browser, acme, welcome="Welcome!")
    assert errors(answer) == {"configuration_token": ["Access token is not known. Copy it again."]}
    page = answer.content.decode()
    assert TOKEN not in page, "a secret is not sent back"
    assert 'placeholder="Not saved. Enter it again."' in page
    assert ">Welcome!</textarea>" in page.replace("\n", ""), "the rest is still there"
    assert not Integration.objects.filter(channel="Rich").exists()
    assert not AuditEntry.objects.filter(object_name="Tea").exists()


def test_a_provider_that_cannot_be_reached_is_told_over_the_form(browser, acme, rich):
    rich.answers = [ConnectFailure("The connection was refused.")]
    answer = add(browser, acme)
    (text,) = errors(answer)["__all__"]
    assert text == "Rich cannot be reached, so nothing was stored. Try again later. The connection was refused."
    assert answer.status_code == 200
    assert not Integration.objects.filter(channel="Rich").exists()


def test_an_account_that_is_connected_already_is_told_over_the_form(browser, acme, row, rich):
    answer = add(browser, acme, name="Other")
    assert "once across all hubs" in errors(answer)["__all__"][0]
    assert Integration.objects.filter(channel="Rich").count() == 1


def test_no_secret_is_on_the_page_and_an_empty_one_is_kept(browser, row, rich):
    page = unescape(browser.get(page_of(row)).content.decode())
    assert not [value for value in (TOKEN, SECRET, "made-by-us-123") if value in page]
    assert page.count('placeholder="Kept. Type to replace."') == 2
    answer = browser.post(page_of(row), form(configuration_token="", configuration_loud="on", welcome="Welcome!"))
    assert answer.status_code == 302
    kept = Integration.objects.get(pk=row.pk).configuration
    assert (kept["token"], kept["appSecret"], kept["loud"], kept["extra"]) == (TOKEN, SECRET, True, {"a": "b"})
    assert rich.asked[0].headers["Authorization"] == TOKEN


def test_a_secret_is_replaced_and_one_that_may_be_absent_is_taken_away(browser, row, rich):
    given = form(configuration_token="rich-token-new", clear_configuration_appSecret="on")
    assert browser.post(page_of(row), given).status_code == 302
    kept = Integration.objects.get(pk=row.pk).configuration
    assert kept["token"] == "rich-token-new"
    assert "appSecret" not in kept


def test_another_name_does_not_need_the_provider(browser, row, rich):
    rich.answers = [401]
    given = form(name="Coffee", configuration_token="", welcome="Welcome!")
    assert browser.post(page_of(row), given).status_code == 302
    assert Integration.objects.get(pk=row.pk).name == "Coffee"
    assert rich.asked == []


def test_a_refused_change_leaves_everything_as_it_was(browser, row, rich):
    before = Integration.objects.get(pk=row.pk)
    rich.answers = [401]
    answer = browser.post(page_of(row), form(name="Coffee", configuration_token="wrong-token"))
    assert errors(answer) == {"configuration_token": ["Access token is not known. Copy it again."]}
    after = Integration.objects.get(pk=row.pk)
    assert (after.name, after.configuration, after.connected) == ("Tea", before.configuration, before.connected)


def test_the_provider_is_called_outside_of_a_transaction(transactional_db, acme, rich, monkeypatch):
    from django.db import connection

    from portal.actions import providers

    seen = []
    answer = rich.__call__
    monkeypatch.setattr(providers, "send", lambda *given: seen.append(connection.in_atomic_block) or answer(*given))
    assert add(acme.browser("manager"), acme).status_code == 302
    assert set(seen) == {False}


def test_a_configuration_that_cannot_be_changed_is_shown_without_secrets(browser, row, monkeypatch):
    monkeypatch.setattr(type(RICH), "configurable", False)
    Integration.objects.filter(pk=row.pk).update(configuration={**row.configuration, "webhookName": f"x/{TOKEN}"})
    answer = browser.get(page_of(row))
    page = answer.content.decode()
    assert "configuration_token" not in page
    assert re.search(rf"<dt>Access token</dt><dd>{HIDDEN}</dd>", page)
    assert "<dt>Webhook name</dt><dd>x/***</dd>" in page
    assert TOKEN not in page
    assert browser.post(page_of(row), {"name": "Coffee", "status": 3002}).status_code == 302
    after = Integration.objects.get(pk=row.pk)
    assert (after.name, after.status, after.configuration["token"]) == ("Coffee", 3002, TOKEN)


def test_the_audit_log_has_the_titles_and_no_secret(acme, browser, row):
    entry = AuditEntry.objects.filter(object_id=str(row.pk)).latest("at")
    kept = json.dumps(entry.after)
    assert not [value for value in (TOKEN, SECRET, "made-by-us-123") if value in kept]
    page = browser.get(reverse("admin:portal_auditentry_change", args=[entry.pk])).content.decode()
    for title in ("Access token", "App secret", "Region", "Handle"):
        assert title in page


def test_a_secret_within_another_value_is_masked_in_the_audit_log(acme, browser, row):
    given = form(configuration_token="", welcome="", configuration_webhookName=f"for {TOKEN}")
    assert browser.post(page_of(row), given).status_code == 302
    entry = AuditEntry.objects.filter(object_id=str(row.pk)).latest("at")
    assert entry.after["configuration.webhookName"] == "for ***"


def test_titles_and_descriptions_are_in_the_document(rich, client):
    from portal.api.channels import configuration_schema

    schema, _components = configuration_schema(RICH)
    token = schema["properties"]["token"]
    assert (token["title"], token["description"]) == ("Access token", "Copy it from the <console>.")
    assert token["format"] == "password"
    assert token["externalDocs"] == {"url": "https://rich.example.com/console"}
    assert "labels" not in schema["properties"]["region"]


def test_titles_are_shown_in_the_readers_language(browser, rich, monkeypatch):
    from tests import pseudo

    with pseudo.bracketed():
        page = browser.get(f"{ADD}?channel=Rich").content.decode()
    assert "⟦Access token⟧" in page
    assert translation.get_language() != pseudo.CODE


def test_the_choose_page_groups_channels_and_greys_what_is_not_there_yet(browser, rich):
    answer = browser.get(f"{ADD}?hub=7")
    shown = {str(group.name): {card.label: card.address for card in group.cards} for group in answer.context["groups"]}
    assert list(shown) == ["Customers", "Business", "Systems"]
    assert list(shown["Customers"])[:2] == ["Web chat", "Direct"]
    addresses = list(shown["Customers"].values())
    assert addresses == sorted(addresses, key=lambda address: not address), "what can be chosen comes first"
    assert shown["Customers"]["Rich chat"] == "?channel=Rich&hub=7"
    assert shown["Business"]["Bot"] == "?channel=Bot&hub=7"
    assert shown["Business"]["Slack"] == "?channel=Slack&hub=7"
    assert list(shown["Systems"]) == ["System webhook"]
    page = answer.content.decode()
    assert "Customers write to your rich account." in page
    assert "Not available yet" not in page


@pytest.mark.parametrize("channel", [one.name for one in adapters.all_channels()])
def test_every_channel_says_what_it_is_for(channel):
    found = adapters.find_channel(channel)
    assert str(found.sentence).endswith(".")
    assert found.icon


def test_a_channel_that_is_not_there_has_no_form(browser):
    answer = browser.get(f"{ADD}?channel=Pigeon")
    assert "groups" in answer.context


REAL = [
    one
    for one in adapters.all_adapters()
    if isinstance(one, adapters.Provider) and not isinstance(one, BusinessProvider)
]


@pytest.mark.parametrize("adapter", REAL, ids=lambda adapter: adapter.name)
def test_every_field_of_a_real_channel_says_what_it_is_and_where_it_is_found(browser, adapter):
    fields = properties(adapter)
    assert [one.name for one in fields if not adapter.config.model_fields[snake(one.name)].title] == []
    assert [one.name for one in fields if not one.description.endswith(".")] == []
    assert {one.name for one in fields if one.secret} <= set(adapter.secret_keys)
    page = unescape(browser.get(f"{ADD}?channel={adapter.name}").content.decode())
    for one in fields:
        assert f'name="{one.field_name}"' in page
        assert one.description in page


def snake(name: str) -> str:
    return re.sub("(?=[A-Z])", "_", name).lower()


def test_a_telegram_bot_is_connected_by_the_form(acme, browser, provider):
    token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw8"
    given = {"hub": acme.hub.pk, "name": "Bot", "status": 3000, "configuration_botToken": "110201543"}
    answer = browser.post(f"{ADD}?channel=Telegram", given)
    assert "must be digits, a colon and 35 characters" in str(errors(answer)["configuration_botToken"])
    provider.answers = [b'{"ok": false, "error_code": 401, "description": "Unauthorized"}']
    given["configuration_botToken"] = token
    answer = browser.post(f"{ADD}?channel=Telegram", given)
    assert "Bot token is not known to Telegram." in str(errors(answer)["configuration_botToken"])
    provider.answers = [b'{"ok": true, "result": {"id": 7, "username": "teabot"}}', b'{"ok": true, "result": true}']
    answer = browser.post(f"{ADD}?channel=Telegram", given, follow=True)
    assert answer.context["original"].said == "Connected to @teabot."
    page = answer.content.decode()
    assert token not in page
    assert "Telegram API, version" in page
