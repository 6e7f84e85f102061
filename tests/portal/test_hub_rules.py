"""A hub's rules about bot and agents, over the API and in the admin."""

import pytest
from django.urls import reverse

from portal.models import Hub
from tests.two_tenants import codes_of, snapshot


def test_they_are_set_shown_and_taken_back(acme):
    api, path = acme.api("portal"), f"/api/v1/hubs/{acme.hub.id}"
    assert not {"handoverPhrases", "botFailures", "botPatience", "handbackAfter"} & api.get(path).json().keys()
    rules = {
        "handoverPhrases": ["  talk to   a person ", "agent", "agent", " "],
        "botFailures": 1,
        "botPatience": 45,
        "handbackAfter": 30,
    }
    kept = {"handoverPhrases": ["talk to a person", "agent"], "botFailures": 1, "botPatience": 45, "handbackAfter": 30}
    rules["handoverPhrases"].pop()
    assert kept.items() <= api.put(path, rules, format="json").json().items()
    assert kept.items() <= api.get(path).json().items()
    api.put(path, {"handoverPhrases": [], "botFailures": 2, "botPatience": 0, "handbackAfter": 0}, format="json")
    assert not {"handoverPhrases", "botFailures", "botPatience", "handbackAfter"} & api.get(path).json().keys()


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"handoverPhrases": "agent"}, "PRT000302"),
        ({"handoverPhrases": [1]}, "PRT000302"),
        ({"handoverPhrases": ["x" * 101]}, "PRT000207"),
        ({"handoverPhrases": ["x"] * 51}, "PRT000207"),
        ({"botFailures": 7}, "PRT000207"),
        ({"botFailures": -1}, "PRT000209"),
        ({"handbackAfter": "soon"}, "PRT000302"),
        ({"botPatience": 86_401}, "PRT000207"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(acme, rules, code):
    api, before = acme.api("portal"), snapshot()
    answer = api.put(f"/api/v1/hubs/{acme.hub.id}", rules, format="json")
    assert (answer.status_code, codes_of(answer)) == (400, [code])
    assert snapshot() == before


def test_they_are_set_in_the_admin_one_phrase_in_each_line(acme):
    browser, place = acme.browser("manager"), reverse("admin:portal_hub_change", args=[acme.hub.pk])
    form = {"name": acme.hub.name, "description": "x", "status": 2000, "close_dormant_conversation": 0,
            "handover_phrases": "talk to a person\r\n\r\nagent", "bot_failures": 3, "bot_patience": 0,
            "handback_after": 15}  # fmt: skip
    assert browser.post(place, form).status_code == 302
    hub = Hub.objects.get(pk=acme.hub.pk)
    assert (hub.handover_phrases, hub.bot_failures, hub.handback_after) == (["talk to a person", "agent"], 3, 15)
    assert "talk to a person\nagent" in browser.get(place).content.decode()
    answer = browser.post(place, {**form, "handover_phrases": "x" * 101})
    assert "100 characters" in answer.content.decode()
