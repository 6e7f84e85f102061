"""Errors: the documented shape, and no answer without end."""

import pytest

from hubster.lib import codes
from hubster.lib.errors import MOST_FAULTS, Fault, HubsterError, fail


def test_an_error_lists_its_faults_with_number_and_code():
    body = HubsterError(Fault("PRT000301", "name", "is required."), Fault("PRT000206")).body()
    assert body["status"] == 400
    assert body["errors"][0] == {"code": 301, "description": "Property 'name' is required. (code: PRT000301)"}
    assert body["errors"][1]["code"] == 206


def test_the_status_is_the_tables():
    assert fail("ENG006500").status == 404


def test_a_body_of_endless_faults_gets_an_answer_of_reasonable_length():
    faults = [Fault("PRT000303", text=str(number)) for number in range(MOST_FAULTS * 3)]
    assert len(HubsterError(*faults).body()["errors"]) == MOST_FAULTS


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault("PRT000301", "name", "is required."), "Property 'name' is required."),
        (Fault("PRT000600", "name", "a hub named 'x' exists."), "Property 'name': a hub named 'x' exists."),
        (Fault("PRT000302", "a[0].b", "must be text.", quoted=True), "Property 'a[0].b': must be text."),
        (Fault("PRT000101", text="Ask an owner."), "Ask an owner."),
        (Fault("PRT000699", "hubId"), codes.TABLE["PRT000699"].text),
        (Fault("PRT000699"), codes.TABLE["PRT000699"].text),
    ],
)
def test_a_fault_s_sentence_is_made_of_its_property_and_text(fault, sentence):
    assert fault.sentence == sentence
    assert fault.body()["description"] == f"{sentence} (code: {fault.code})"
