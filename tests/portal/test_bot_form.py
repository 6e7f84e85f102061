"""The form of a bot: one for all dialects, of which the fields of the chosen one are shown and count."""

import re
from html import unescape

import pytest
from django.urls import reverse
from pydantic.alias_generators import to_camel

from engine.adapters.bot import DIALECTS, Config, properties_of
from portal.models import Integration
from tests.test_house import ROOT

ADD = reverse("admin:portal_integration_add") + "?channel=Bot"
PROPERTIES = {to_camel(name) for name in Config.model_fields} - {"dialect", "regenerateKeys"}
KEY = "sk-not-to-be-seen"


@pytest.fixture
def browser(acme):
    return acme.browser("manager")


def given(acme, dialect, **properties):
    values = {f"configuration_{name}": value for name, value in properties.items()}
    return {"hub": acme.hub.pk, "name": "My bot", "status": 3000, "configuration_dialect": dialect, **values}


def test_a_bot_can_be_chosen_and_every_field_says_what_it_is_for(browser):
    page = unescape(browser.get(reverse("admin:portal_integration_add")).content.decode())
    assert "?channel=Bot" in page
    form = browser.get(ADD).context["adminform"].form
    assert {name.removeprefix("configuration_") for name in form.fields if name.startswith("configuration_")} == (
        PROPERTIES | {"dialect"}
    )
    assert [value for value, _ in form.fields["configuration_dialect"].choices] == list(DIALECTS)


def test_the_style_sheet_shows_the_fields_of_the_chosen_dialect():
    sheet = (ROOT / "static/admin_hubster/bots.css").read_text()
    hidden = {
        found[1]: set(re.findall(r"\.field-configuration_(\w+)", found[2]))
        for found in re.finditer(r'\[value="(\w+)"\]:checked(.*?)display: none', sheet, re.S)
    }
    assert hidden == {dialect: PROPERTIES - set(properties_of(dialect)) for dialect in DIALECTS}


def test_only_the_properties_of_the_chosen_dialect_are_stored(acme, browser):
    answer = browser.post(ADD, given(
        acme, "chatCompletions", baseUrl="https://api.openai.com/v1", apiKey=KEY, model="m", tools="weather\norders",
        contextTokens="4000", url="https://left.example.com", webhookUrl="https://left.example.com", echo="on",
    ))  # fmt: skip
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    kept = Integration.objects.get(channel="Bot").configuration
    assert kept == {"dialect": "chatCompletions", "baseUrl": "https://api.openai.com/v1", "apiKey": KEY, "model": "m",
                    "tools": ["weather", "orders"], "contextTokens": 4_000, "stream": False}  # fmt: skip


def test_another_dialect_takes_the_place_of_the_former_one_and_a_secret_stays(acme, browser):
    row = acme.add(
        "Bot", "My bot", dialect="chatCompletions", baseUrl="https://api.openai.com/v1", apiKey=KEY, model="m"
    )
    page = reverse("admin:portal_integration_change", args=[row.pk])
    assert KEY not in browser.get(page).content.decode()
    browser.post(page, given(acme, "responses", baseUrl="https://api.openai.com/v1", model="n"))
    row.refresh_from_db()
    assert row.configuration == {"dialect": "responses", "baseUrl": "https://api.openai.com/v1", "apiKey": KEY,
                                 "model": "n", "stream": False}  # fmt: skip
    browser.post(page, given(acme, "rasa", url="https://rasa.example.com"))
    row.refresh_from_db()
    assert row.configuration == {"dialect": "rasa", "url": "https://rasa.example.com", "dropSuperseded": False}


@pytest.mark.parametrize(("dialect", "properties", "field"), [
    ("webhook", {}, "webhookUrl"), ("rasa", {"url": "http://10.0.0.1"}, "url"),
    ("responses", {"model": "m"}, "baseUrl"),
    ("dialogflow", {"agent": "x", "credentials": "{}"}, "credentials"),
])  # fmt: skip
def test_a_fault_stands_at_its_field(acme, browser, dialect, properties, field):
    answer = browser.post(ADD, given(acme, dialect, **properties))
    assert answer.status_code == 200
    assert f"configuration_{field}" in answer.context["adminform"].form.errors
    assert not Integration.objects.filter(channel="Bot").exists()


def test_a_webhook_shows_its_key_and_a_model_has_none(acme, browser):
    hook = acme.add("Bot", "Hook", webhookUrl="https://bot.example.com")
    model = acme.add("Bot", "Model", dialect="responses", baseUrl="https://api.openai.com/v1", model="m")
    pages = [
        browser.get(reverse("admin:portal_integration_change", args=[row.pk])).content.decode() for row in (hook, model)
    ]
    assert ["Rotate" in page or "rotate" in page for page in pages] == [True, False]
