"""Texts for channels: counted in their units, cut where people would, shown by their nearest form."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.adapters._text import (
    characters,
    clip,
    cut,
    is_gsm,
    map_link,
    numbered,
    septets,
    size,
    sms,
    utf8,
    utf16,
    vcard,
)
from tests.adapters.messages import SCRIPTS

UNITS = [characters, utf16, utf8]
FAMILY = "👩\u200d👩\u200d👧"
TEXTS = st.text(st.one_of(st.sampled_from(SCRIPTS), st.characters(exclude_categories=["Cs"])), max_size=300)


def bare(text):
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("text", "counted"),
    [("abc", (3, 3, 3)), ("ä€", (2, 2, 5)), ("😀", (1, 2, 4)), ("한국", (2, 2, 6)), ("", (0, 0, 0))],
)
def test_units_count_as_channels_do(text, counted):
    assert tuple(size(text, unit) for unit in UNITS) == counted


@given(TEXTS)
def test_units_agree_with_the_encodings(text):
    assert size(text, utf8) == len(text.encode())
    assert size(text, utf16) == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "gsm", "counted"),
    [("hello", True, 5), ("5 €", True, 4), ("{[~]}", True, 10), ("Ä à", True, 3), ("ç", False, 1), ("😀€", False, 3)],
)
def test_an_sms_is_counted_in_the_alphabet_that_holds_it(text, gsm, counted):
    assert (is_gsm(text), size(text, sms(text))) == (gsm, counted)


@given(TEXTS, st.integers(4, 60), st.sampled_from(UNITS))
@example("a" * 3 + FAMILY, 12, characters)
@example("\u0301" * 30, 4, characters)
@example("🇩🇪" * 10, 10, utf16)
def test_pieces_keep_to_the_limit_and_lose_nothing(text, most, unit):
    pieces = cut(text, most, unit)
    assert all(piece.strip() and size(piece, unit) <= most for piece in pieces)
    assert bare("".join(pieces)) == bare(text)


@given(TEXTS, st.integers(4, 60))
def test_words_that_fit_stay_whole(text, most):
    words = [word for word in text.split() if len(word) <= most and not re.search("[。！？]", word)]
    kept = " ".join(cut(text, most)).split()
    assert not [word for word in words if word not in kept]


@pytest.mark.parametrize(
    ("text", "most", "pieces"),
    [
        ("One. Two.\n\nThree. Four.", 16, ["One. Two.", "Three. Four."]),
        ("One. Two\nthree. Four", 17, ["One. Two", "three. Four"]),
        ("It is so. Then it is.", 14, ["It is so.", "Then it is."]),
        ("He said “no.” Then he went.", 20, ["He said “no.”", "Then he went."]),
        ("three little words", 13, ["three little", "words"]),
        ("see https://example.com/long", 25, ["see", "https://example.com/long"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("茶は？はい。ええ", 6, ["茶は？はい。", "ええ"]),
        ("  as it is ", 20, ["  as it is "]),
        (" \n ", 20, []),
    ],
)  # fmt: skip
def test_the_best_place_for_a_cut(text, most, pieces):
    assert cut(text, most) == pieces


@pytest.mark.parametrize(
    ("text", "most", "unit"),
    [
        (f"{FAMILY}{FAMILY}", 9, characters), ("e\u0301e\u0301e\u0301", 5, characters), ("👍🏽👍🏽", 6, utf16),
        ("🇩🇪🇫🇷🇮🇹", 5, characters), ("नि" * 4, 5, characters), ("กำกำกำ", 5, characters),
        ("\u1112\u1161\u11ab" * 3, 4, characters), ("क्षक्षक्ष", 5, characters),
    ],
)  # fmt: skip
def test_no_cut_is_inside_of_a_character_that_people_see(text, most, unit):
    pieces = cut(text, most, unit)
    assert len(pieces) > 1
    whole = re.compile(
        f"({FAMILY}|e\u0301|👍🏽|🇩🇪|🇫🇷|🇮🇹|नि|กำ|\u1112\u1161\u11ab|क्ष)+"
    )  # fmt: skip
    assert all(whole.fullmatch(piece) for piece in pieces)


def test_a_limit_that_holds_no_character_is_a_mistake():
    with pytest.raises(ValueError, match="3"):
        cut("abc", 3)


@given(TEXTS, st.integers(4, 60), st.sampled_from([*UNITS, septets]))
def test_a_clipped_label_keeps_to_the_limit_and_says_so(text, most, unit):
    clipped = clip(text, most, unit)
    assert size(clipped, unit) <= most
    assert clipped == text or clipped.endswith(("…", "..."))


def test_choices_as_a_list():
    assert numbered(["Green\ntea", "Black"], 3) == "3. Green tea\n4. Black"


@pytest.mark.parametrize(
    ("place", "link"),
    [
        (("1 Main St, Köln",), "1%20Main%20St%2C%20K%C3%B6ln"),
        (("x", 43.8425254, -79.5240196), "43.8425254,-79.5240196"),
        (("", 0.0, 1e-9), "0,0"),
    ],
)  # fmt: skip
def test_a_place_has_a_link_to_a_map(place, link):
    assert map_link(*place) == f"https://maps.google.com/?q={link}"


def test_a_contact_as_phones_save_it():
    made = vcard("Green, Eva", "Mighty; Health", "https://x.io/e.png",
                 [("Title", "Advisor", ""), ("Cell", "(416) 555", "phone;cell"), ("Mail", "e@x.io", "email"),
                  ("Home", "1 A St\nKöln", "address;home"), ("Likes", "ä" * 60, "")])  # fmt: skip
    lines = made.split("\r\n")
    assert lines[:9] == [
        "BEGIN:VCARD", "VERSION:3.0", "FN:Green\\, Eva", "N:Green\\, Eva;;;;", "ORG:Mighty\\; Health",
        "PHOTO;VALUE=URI:https://x.io/e.png", "TITLE:Advisor", "TEL;TYPE=CELL:(416) 555", "EMAIL:e@x.io",
    ]  # fmt: skip
    assert lines[9] == "ADR;TYPE=HOME:;;1 A St\\nKöln;;;;"
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "NOTE:Likes: " + "ä" * 60 in made.replace("\r\n ", "")
