"""The whole error table: each code is caused by a request, or a sentence says why none can."""

import re
from collections import Counter

import pytest

from hubster.lib import codes
from tests.error_table.page import EVERY, FILE, rendered
from tests.error_table.scene import Cause, Never, Scene, Told
from tests.error_table.source import assembled_codes, assembled_digits, literal_codes, names_used

CAUSES = [entry for entry in EVERY if isinstance(entry, Cause)]
NEVER = [entry for entry in EVERY if isinstance(entry, Never)]


@pytest.fixture
def scene(pair, settings, monkeypatch):
    return Scene(pair, settings, monkeypatch)


@pytest.mark.parametrize("entry", CAUSES, ids=lambda entry: f"{entry.code}: {entry.how}")
def test_the_request_is_answered_with_exactly_this_code(scene, entry):
    told = entry.play(scene)
    assert told.codes() == [entry.code]
    assert told.status == told.body["status"] == (entry.status or codes.TABLE[entry.code].status)
    assert "internals" not in str(told.body)


def test_every_code_of_the_table_is_walked_and_no_other():
    assert {entry.code for entry in EVERY} == set(codes.TABLE)
    assert list(dict.fromkeys(entry.code for entry in EVERY)) == list(codes.TABLE)


def test_a_code_has_causes_or_one_reason_and_not_both():
    assert {entry.code for entry in CAUSES} & {entry.code for entry in NEVER} == set()
    assert [code for code, count in Counter(entry.code for entry in NEVER).items() if count > 1] == []


def test_one_cause_of_each_code_has_its_documented_status_or_says_why_not():
    usual = {entry.code for entry in CAUSES if entry.status is None}
    assert [entry for entry in CAUSES if bool(entry.status) != bool(entry.why)] == []
    other = {entry.code: entry.status for entry in CAUSES if entry.code not in usual}
    assert other == {"PRT000107": 429, "ENG000107": 429, "ENG000110": 405, "ENG008502": 507}


@pytest.mark.parametrize("entry", NEVER, ids=lambda entry: entry.code)
def test_a_code_with_a_reason_is_raised_nowhere_in_the_source(entry):
    assert re.fullmatch(r"[A-Z].{15,}\.", entry.why)
    assert entry.code not in literal_codes()
    if entry.unless:
        assert entry.code in assembled_codes(), "it is assembled nowhere: leave `unless` out"
        assert entry.unless not in names_used("engine", "webchat")
    else:
        assert entry.code not in assembled_codes()


def test_every_code_in_the_source_is_in_the_table():
    assert {code: file for code, file in literal_codes().items() if code not in codes.TABLE} == {}
    assert [digits for digits in assembled_digits() if f"PRT000{digits}" not in codes.TABLE] == []


def test_the_reader_of_the_source_finds_what_it_is_to_find():
    assert {"PRT000103", "ENG005501", "EVT000100", "IDT000100", "ENG007511"} <= set(literal_codes())
    wanted = {"PRT000203", "ENG000203", "PRT000301", "PRT000207", "ENG000106", "PRT000105", "ENG000208"}
    assert wanted <= set(assembled_codes())
    assert not {"PRT000211", "ENG000212", "PRT000108"} & set(assembled_codes())
    assert "guid_or_fail" in names_used("engine")


def test_a_description_without_its_code_or_with_another_number_is_noticed():
    for description, number in (
        ("No code.", 301),
        ("Late. (code: PRT000301) x", 301),
        ("Other. (code: PRT000301)", 302),
    ):
        with pytest.raises(AssertionError):
            Told(400, {"errors": [{"code": number, "description": description}]}).codes()


def test_the_page_is_made_of_the_table_and_of_what_was_walked():
    assert FILE.read_text() == rendered(), "write it anew: python -m tests.error_table --write"
    assert [code for code in codes.TABLE if f"`{code}` {codes.TABLE[code].status}: " not in rendered()] == []


def test_the_page_fits_the_reader():
    lines = rendered().splitlines()
    assert len(lines) < 300
    assert [text for text in lines if len(text) > 160] == []
