"""The table of error codes against the documents, and the shape in which errors are shown."""

import json
import logging

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.db import OperationalError
from rest_framework import exceptions

from hubster.lib import codes
from hubster.lib.drf import system_error, to_error
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.log import JsonFormatter

# Every code of the documents with its HTTP status; 400 where nothing is said.
BOTH = {100: 500, 101: 403, 102: 401, 103: 501, 104: 410, 105: 404, 106: 409, 107: 417, 108: 408, 109: 417, 110: 403,
        **dict.fromkeys(range(200, 213), 400)}  # fmt: skip
PORTAL = [*range(300, 309), 400, 401, 600, 700, 701]
ENGINE = [2000, 2001, 2002, 3000, 3001, 3002, 5000, 5001, 5002, 5003, 5004, 5015, 5020, 5021, 5023, 5024, 5501, 6501,
6502, 6503,
          7500, 7501, 7502, 7510, 7511, 7512, 8000, 8001, 8002, 8500, 8501, 8502, 8503, 9000, 9001, 9200, 9201, 9202,
          9299]  # fmt: skip
MISSING = {"PRT": [599, 699, 799], "ENG": [5500, 6000, 6500]}


def documented() -> dict[str, int]:
    found = {"IDT000100": 500, "EVT000100": 500}
    for prefix, own in (("PRT", PORTAL), ("ENG", ENGINE)):
        found |= {f"{prefix}{number:06}": status for number, status in BOTH.items()}
        found |= {f"{prefix}{number:06}": 400 for number in own}
        found |= {f"{prefix}{number:06}": 404 for number in MISSING[prefix]}
    return found


def test_the_table_holds_every_documented_code_with_its_status_and_no_other():
    assert {code: row.status for code, row in codes.TABLE.items()} == documented()


def test_every_code_has_a_sentence():
    assert [code for code, row in codes.TABLE.items() if not row.text or row.text[0].islower()] == []


def test_an_error_is_shown_as_documented():
    error = HubsterError(Fault("PRT000301", "name", "is required."), Fault("PRT000206"))
    assert error.body() == {"status": 400, "errors": [
        {"code": 301, "description": "Property 'name' is required. (code: PRT000301)"},
        {"code": 206, "description": "Provided parameter value is not supported (out of range). (code: PRT000206)"},
    ]}  # fmt: skip
    assert str(error) == ("[PRT000301]: Property 'name' is required.; "
                          "[PRT000206]: Provided parameter value is not supported (out of range).")  # fmt: skip
    assert fail("ENG006000").status == 404


@pytest.mark.parametrize(("exception", "code", "status"), [
    (exceptions.NotAuthenticated(), "ENG000102", 401), (exceptions.AuthenticationFailed(), "ENG000102", 401),
    (exceptions.PermissionDenied(), "ENG000101", 403), (exceptions.NotFound(), "ENG000105", 404),
    (exceptions.MethodNotAllowed("PUT"), "ENG000110", 405), (exceptions.Throttled(9), "ENG000107", 429),
    (exceptions.ParseError("x"), "ENG005000", 400), (exceptions.UnsupportedMediaType("x"), "ENG000202", 400),
    (TooManyFieldsSent("settings.X"), "ENG000202", 400),
])  # fmt: skip
def test_what_the_framework_raises_is_shown_in_the_same_shape(exception, code, status):
    error = to_error(exception, "ENG", "ENG005000")
    assert (error.faults[0].code, error.status) == (code, status)
    assert "settings" not in str(error)


def test_a_throttled_call_is_told_when_to_come_back():
    assert to_error(exceptions.Throttled(8.2), "PRT", "PRT000300").retry_after >= 9


def test_faults_of_ours_have_a_tracking_id_that_the_log_has_too(caplog):
    error = system_error(RuntimeError("internals"), "PRT")
    assert (error.status, error.faults[0].code) == (500, "PRT000100")
    assert caplog.records[-1].tracking in error.faults[0].text
    assert "internals" not in str(error)
    away = system_error(OperationalError("no route to 10.0.0.5"), "ENG")
    assert (away.status, away.retry_after) == (503, 2)
    assert "10.0.0.5" not in str(away)
    assert to_error(RuntimeError(), "PRT", "PRT000300") is None


def line(message: str, **extra: object) -> str:
    record = logging.makeLogRecord({"msg": message, "levelname": "INFO", "name": "engine", **extra})
    return JsonFormatter().format(record)


def test_a_log_line_is_one_json_object_whatever_it_holds():
    text = line("a\nb\r\u2028", tenant="x\ny", depth={"a": 1})
    assert text.isascii()
    assert len(text.splitlines()) == 1
    shown = json.loads(text)
    assert (shown["message"], shown["tenant"], shown["depth"]) == ("a\nb\r\u2028", "x\ny", "{'a': 1}")


def test_a_token_in_an_address_is_not_logged():
    for text in ("GET /engine-chat-hub?iId=1&access_token=ey.J.x&cId=2", "/x?ACCESS_TOKEN=ey.J.x'>"):
        for shown in (line(text), line("x", request=text)):
            assert "ey.J.x" not in shown
            assert "access_token=" in shown.lower()
