"""The setting by which the bots of a hub say that they are bots: over the API and in the admin."""

import pytest

from engine.activity.disclosure import LANGUAGES, sentence
from portal.models import Hub
from tests.two_tenants import codes_of


def url(party):
    return f"/api/v1/hubs/{party.hub.id}/disclosure"


def put(party, **body):
    return party.api("portal").put(url(party), body, format="json")


def test_a_new_hub_has_it_on_and_an_answer_shows_all_lines(acme):
    shown = acme.api("portal").get(url(acme)).json()
    assert shown == {
        "hubId": str(acme.hub.id), "enabled": True, "silenceHours": 24, "language": "en", "texts": {},
        "lines": {code: sentence("disclosure", code) for code in LANGUAGES},
    }  # fmt: skip


def test_what_is_given_is_changed_and_the_rest_stays(acme):
    set_ = put(acme, TEXTS={"DE": "  Hier antwortet\n ein Bot. ", "fr": " "}, silenceHours=0).json()
    assert (set_["texts"], set_["silenceHours"], set_["enabled"]) == ({"de": "Hier antwortet ein Bot."}, 0, True)
    assert set_["lines"]["de"] == "Hier antwortet ein Bot."
    assert set_["lines"]["fr"] == sentence("disclosure", "fr")
    off = put(acme, enabled=False, language="de").json()
    assert (off["enabled"], off["language"], off["texts"]) == (False, "de", set_["texts"])
    assert put(acme, texts={}).json()["texts"] == {}


@pytest.mark.parametrize(
    ("body", "codes", "words"),
    [
        ({"texts": []}, ["PRT000302"], "object of texts"),
        ({"texts": {"xx": "a", "de": 5}}, ["PRT000206", "PRT000302"], "texts.xx"),
        ({"texts": {"de": "x" * 301}}, ["PRT000207"], "texts.de"),
        ({"language": "tlh"}, ["PRT000206"], "tlh"),
        ({"silenceHours": -1}, ["PRT000209"], "silenceHours"),
        ({"silenceHours": 8_761}, ["PRT000207"], "silenceHours"),
        ({"enabled": "yes"}, ["PRT000302"], "enabled"),
        ({"lines": {}}, ["PRT000303"], "lines"),
    ],
)
def test_bad_values_are_refused_by_name_and_change_nothing(acme, body, codes, words):
    before = Hub.objects.values().get(pk=acme.hub.pk)
    answer = put(acme, **body)
    assert answer.status_code == 400
    assert codes_of(answer) == codes
    assert words in answer.content.decode()
    assert Hub.objects.values().get(pk=acme.hub.pk) == before


def test_another_tenants_hub_does_not_exist(acme, globex):
    for method, body in (("get", None), ("put", {"enabled": False})):
        answer = getattr(globex.api("portal"), method)(url(acme), body, format="json")
        assert answer.status_code == 404


def page(party):
    return f"/admin/portal/hub/{party.hub.pk}/disclosure/"


def test_a_manager_sets_it_on_a_page_that_shows_the_line(acme):
    browser = acme.browser("manager")
    assert sentence("disclosure", "en") in browser.get(page(acme)).content.decode()
    form = {"discloses_bots": "on", "disclosure_silence": "48", "disclosure_language": "de", "text_de": "Ein Bot."}
    assert browser.post(page(acme), form).status_code == 302
    hub = Hub.objects.get(pk=acme.hub.pk)
    assert (hub.disclosure_silence, hub.disclosure_language, hub.disclosure_texts) == (48, "de", {"de": "Ein Bot."})
    assert "Ein Bot." in browser.get(page(acme)).content.decode()
    assert browser.post(page(acme), {**form, "discloses_bots": ""}).status_code == 302
    assert not Hub.objects.get(pk=acme.hub.pk).discloses_bots
    assert page(acme) in browser.get(f"/admin/portal/hub/{acme.hub.pk}/change/").content.decode()


@pytest.mark.parametrize(
    "bad", [{"disclosure_silence": "x"}, {"disclosure_silence": "9999"}, {"disclosure_language": "xx"},
            {"text_de": "x" * 301}],
)  # fmt: skip
def test_a_bad_value_stands_at_its_field_and_changes_nothing(acme, bad):
    before = Hub.objects.values().get(pk=acme.hub.pk)
    form = {"discloses_bots": "", "disclosure_silence": "1", "disclosure_language": "de", **bad}
    answer = acme.browser("manager").post(page(acme), form)
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == bad.keys()
    assert Hub.objects.values().get(pk=acme.hub.pk) == before


def test_agents_and_other_tenants_do_not_see_it(acme, globex):
    assert acme.browser("agent").get(page(acme)).status_code in (302, 403)
    assert globex.browser("owner").get(page(acme)).status_code == 302
    for browser in (acme.browser("agent"), globex.browser("owner")):
        assert browser.get(f"/admin/disclosures/{acme.hub.pk}.csv").status_code == 404
    assert acme.browser("owner").get("/admin/disclosures/nonsense.csv").status_code == 404
