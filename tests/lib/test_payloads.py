"""Typed payloads: names without regard to case, every fault with its place and its code."""

from typing import Any, Literal

import pytest
from pydantic import Field, ValidationError

from hubster.lib.payloads import CodeSet, Typed, faults, get_blind

CODES = CodeSet(missing="ENG005001", unsupported="ENG005002", empty_list="ENG005015", decimal="ENG005021",
                range="ENG000207", url="ENG008501", other="ENG000201")  # fmt: skip


class Inner(Typed):
    """A part."""

    some_name: str
    free: dict[str, Any] | None = None


class Outer(Typed):
    """A whole."""

    kind: Literal["a", "b"] = "a"
    parts: list[Inner] = Field(default_factory=list, max_length=3)
    ratio: float | None = None


def found(data: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        Outer.model_validate(data)
    return [(fault.code, fault.sentence) for fault in faults(error.value, CODES, "root")]


@pytest.mark.parametrize("data", [
    {"parts": [{"someName": "x", "free": {"Key": {"KEY": 1}}}]},
    {"PARTS": [{"SOMENAME": "x", "Free": {"Key": {"KEY": 1}}}]},
    {"parts": [{"somename": "x", "free": {"Key": {"KEY": 1}}, "other": 1, "": 2}], "kind": None, "ratio": None},
])  # fmt: skip
def test_names_are_matched_in_any_case_and_free_dictionaries_untouched(data):
    wanted = {"kind": "a", "parts": [{"someName": "x", "free": {"Key": {"KEY": 1}}}]}
    assert Outer.model_validate(data).dump() == wanted


def test_a_value_that_is_none_of_the_allowed_ones_has_its_own_code_where_the_set_knows_one():
    with pytest.raises(ValidationError) as error:
        Outer.model_validate({"kind": "c"})
    codes = CodeSet(CODES, choice="PRT000206")
    assert [fault.code for fault in faults(error.value, codes)] == ["PRT000206"]
    assert codes.of("anything else") == CODES["other"]


@pytest.mark.parametrize(("data", "code", "text"), [
    ({"parts": [{}]}, "ENG005001", "Property 'root.parts[0].someName' is required."),
    ({"parts": [{"someName": None}]}, "ENG005001", "Property 'root.parts[0].someName' is required."),
    ({"parts": [{"someName": 5}]}, "ENG000201", "Property 'root.parts[0].someName' must be text."),
    ({"kind": "c"}, "ENG005002", "Property 'root.kind' must be 'a' or 'b'."),
    ({"ratio": "x"}, "ENG005021", "Property 'root.ratio' must be a number."),
    ({"parts": {}}, "ENG000201", "Property 'root.parts' must be a list."),
    ({"parts": [{"someName": "x"}] * 4}, "ENG000207", "Property 'root.parts':"),
    ([], "ENG000201", "Property 'root' must be an object."),
    ({"kind": "a", "Kind": "b"}, "ENG005002", "Property 'root': 'kind' is given twice."),
    ({"parts": [{"someName": "x", "SOMENAME": "y"}]}, "ENG005002",
    "Property 'root.parts[0]': 'someName' is given twice."),
])  # fmt: skip
def test_each_fault_names_its_place(data, code, text):
    faults_found = found(data)
    assert len(faults_found) == 1
    assert faults_found[0][0] == code
    assert faults_found[0][1].startswith(text)


def test_every_fault_is_listed():
    data = {"kind": "c", "ratio": [], "parts": [{}, {"someName": 1}]}
    assert [code for code, _ in found(data)] == ["ENG005002", "ENG005001", "ENG000201", "ENG005021"]


def test_a_property_of_a_raw_object_is_found_in_any_case_the_exact_one_first():
    assert get_blind({"Name": 1, "name": 2}, "name") == 2
    assert get_blind({"NAME": 1}, "name") == 1
    assert [get_blind(data, "name") for data in (None, 5, "name", ["name"], {}, {5: 1})] == [None] * 6
