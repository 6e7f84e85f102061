"""A customer who asks for a person, in any of 20 languages: understood, and handed over or answered honestly."""

import pytest

from engine.activity import disclosure
from engine.activity.disclosure import asks_for_a_person, known_language

ASKING = {
    "ar": "أريد التحدث مع شخص من فضلك",
    "cs": "Chci mluvit s člověkem, prosím.",
    "da": "Jeg vil gerne tale med et menneske",
    "de": "Bitte einen Menschen!",
    "en": "A person, please!",
    "es": "Quiero hablar con una persona, por favor",
    "fi": "Haluan puhua ihmisen kanssa",
    "fr": "Je voudrais parler à quelqu’un, s’il vous plaît",
    "he": "אני רוצה לדבר עם נציג",
    "it": "Vorrei parlare con un operatore",
    "ja": "人と話したいです。",
    "nl": "Ik wil graag met een medewerker spreken",
    "no": "Kan jeg snakke med et menneske?",
    "pl": "Chcę rozmawiać z człowiekiem",
    "pt": "Quero falar com um atendente",
    "ru": "Хочу поговорить с человеком",
    "sv": "Jag vill prata med en människa",
    "tr": "Bir insanla konuşmak istiyorum lütfen",
    "uk": "Хочу поговорити з людиною",
    "zh": "我想找人工客服",
}


def test_there_is_an_example_of_each_language():
    assert ASKING.keys() == disclosure.LANGUAGES.keys()
    assert len(ASKING) == 20


@pytest.mark.parametrize("language", ASKING)
def test_it_is_understood_in(language):
    text = ASKING[language]
    assert language in asks_for_a_person(text)
    assert language in asks_for_a_person(f"  {text.upper()} !!")
    assert language in asks_for_a_person(f"12345. {text}")


@pytest.mark.parametrize("language", ASKING)
def test_every_language_has_its_three_sentences(language):
    for name in ("disclosure", "handover", "nobody"):
        text = disclosure.sentence(name, language)
        assert 10 < len(text) <= 300
        assert language == "en" or text != disclosure.sentence(name, "en")


@pytest.mark.parametrize(
    "text",
    [
        "I am a person", "I do not want to talk to a person", "He is a person. Really.", "The agent was rude",
        "Is my order with an agent?", "I talked to a person yesterday", "Ich bin ein Mensch", "Je suis une personne",
        "A person told me to ask here", "Can I talk to you?", "", "   ", "?!", "a person " * 100, "Soy una persona",
        "Table for one person, please? No, two", "Мой человек", "不是真人吗我不信",
    ],
)  # fmt: skip
def test_other_words_are_no_request(text):
    assert asks_for_a_person(text) == []


def test_accents_quotes_and_case_make_no_difference():
    assert "fr" in asks_for_a_person("JE VOUDRAIS PARLER A QUELQU'UN")
    assert "en" in asks_for_a_person("id like to talk to a human")
    assert "tr" in asks_for_a_person("İNSANLA KONUŞMAK İSTİYORUM")
    assert "pl" in asks_for_a_person("chce rozmawiac z czlowiekiem")


@pytest.mark.parametrize(
    ("stated", "code"),
    [("pt-BR", "pt"), ("zh_Hant_TW", "zh"), ("NB", "no"), ("iw", "he"), ("English", ""), ("", ""), (None, ""), (5, "")],
)
def test_languages_are_known_as_channels_state_them(stated, code):
    assert known_language(stated) == code
