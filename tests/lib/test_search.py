"""Texts are found in any case, composition and width, and both databases fold them alike."""

import pytest
from django.db import connection
from django.db.models import F, Value

from hubster.lib.folding import folded
from hubster.lib.search import Folded, holding
from portal.models import Tenant

SAME = [
    ("Иван", "иван"), ("Élodie", "élodie"), ("Jose\u0301", "José"), ("ÖZGÜR", "özgür"), ("Straße", "STRASSE"),
    ("Νίκος", "ΝΊΚΟΣ"), ("İstanbul", "istanbul"), ("IŞIK", "ışık"), ("Ｆｕｌｌ", "full"), ("می\u200cخواهم", "میخواهم"),
    ("Ḱing", "ḱing"), ("ﬁn", "FIN"), ("Ａ１", "a1"), ("ДЖОРЂЕ", "Джорђе"), ("ᲐᲑ", "აბ"), ("Ꭰꮳ", "ꭰᏣ"), ("ǰ", "J̌"),
]  # fmt: skip
OTHER = [("Иван", "Ivan"), ("Élodie", "Elodie"), ("क", "कि"), ("Smith", "Smyth")]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_two_spellings_are_one(left, right):
    assert folded(left) == folded(right)


@pytest.mark.parametrize(("left", "right"), OTHER)
def test_another_letter_is_another_word(left, right):
    assert folded(left) != folded(right)


@pytest.mark.parametrize("text", [text for pair in SAME for text in pair])
def test_the_database_folds_as_we_do(db, text):
    found = Tenant.objects.annotate(found=Folded(Value(text)))
    Tenant.objects.create(name="one")
    assert found.get().found == folded(text), connection.vendor


@pytest.mark.parametrize(("name", "asked"), SAME)
def test_rows_are_found_by_either_spelling(db, name, asked):
    Tenant.objects.bulk_create([Tenant(name=f"The {name} & co 100%"), Tenant(name="Globex")])
    for words in (name, asked, f"co {asked}", f"{asked.lower()} THE", f"{asked} 100%"):
        assert Tenant.objects.filter(holding(["name"], words)).count() == 1, words
    for words in (f"{asked} nobody", "100_", "%", "_") if "%" not in asked else ():
        assert Tenant.objects.filter(holding(["name"], words)).count() == (words == "%")


def test_each_word_may_be_in_another_field_and_none_finds_all(db):
    Tenant.objects.bulk_create([Tenant(name="Acme"), Tenant(name="Globex")])
    assert Tenant.objects.filter(holding(["name", F("keep_days")], "acme 0")).count() == 1
    assert Tenant.objects.filter(holding(["name"], " \x00 ")).count() == 2
    assert Tenant.objects.filter(holding(["evaluation_ends"], "2026")).count() == 0
