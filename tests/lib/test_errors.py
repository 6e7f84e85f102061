"""Errors: the documented shape, and no answer without end."""

from hubster.lib.errors import MOST_FAULTS, Fault, HubsterError, fail


def test_an_error_lists_its_faults_with_number_and_code():
    body = HubsterError(Fault("PRT000301", "Property 'name' is required."), Fault("PRT000206")).body()
    assert body["status"] == 400
    assert body["errors"][0] == {"code": 301, "description": "Property 'name' is required. (code: PRT000301)"}
    assert body["errors"][1]["code"] == 206


def test_the_status_is_the_tables():
    assert fail("ENG006500").status == 404


def test_a_body_of_endless_faults_gets_an_answer_of_reasonable_length():
    faults = [Fault("PRT000303", str(number)) for number in range(MOST_FAULTS * 3)]
    assert len(HubsterError(*faults).body()["errors"]) == MOST_FAULTS
