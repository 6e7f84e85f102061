"""Logs: one line of JSON, what a line is about, and what is taken out of other people's texts."""

import json
import logging
import time

import pytest
from django.test import RequestFactory

from hubster.lib import log

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwOi8veCJ9.c2lnbmF0dXJl"


def line(text: str, fault: Exception | None = None, **extra) -> dict:
    """A record as it is written."""
    trace = (type(fault), fault, None) if fault else None
    record = logging.getLogger("engine").makeRecord("engine", 30, "x.py", 1, text, (), trace, extra=extra)
    written = log.JsonFormatter().format(record)
    assert "\n" not in written
    return json.loads(written)


HIDDEN = [
    (f"GET /x?access_token={JWT}&cId=2", "GET /x?access_token=***&cId=2"),
    ("client_secret=s3cr3t&grant_type=a", "client_secret=***&grant_type=a"),
    (f"Authorization: Bearer {JWT}", "Authorization: Bearer ***"),
    (f"the token {JWT} is bad", "the token *** is bad"),
    ("postgres://hub:pa:ss@db:5432/x", "postgres://***@db:5432/x"),
    ("mail to jane.doe+x@mail.example.com now", "mail to *** now"),
    ("bad row\nDETAIL:  Key (binding)=(Jane) exists.\nCONTEXT: x", "bad row\nDETAIL:***\nCONTEXT: x"),
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_what_must_not_be_in_a_log_is_taken_out_wherever_it_stands(text, shown):
    assert line(text)["message"] == shown
    assert line("x", field=text)["field"] == shown
    assert shown in line("x", ValueError(text))["trace"]


@pytest.mark.parametrize("text", ["http://127.0.0.1:8000/x?iId=1", "Serving on port 8000.", "key: value", "a@b", ""])
def test_ordinary_text_stays_as_it_is(text):
    assert line(text)["message"] == text


def test_a_very_long_word_is_searched_in_no_time():
    started = time.process_time()
    log.redacted("a" * 200_000 + "://" + "b." * 100_000)
    assert time.process_time() - started < 5


def test_the_address_of_a_request_with_its_query_is_not_written():
    request = RequestFactory().get("/connect/token?code=4711")
    assert "4711" not in json.dumps(line("Bad Request: %s", request=request, status_code=400))


def test_numbers_stay_numbers():
    shown = line("x", ms=1.5, status=200)
    assert (shown["ms"], shown["status"]) == (1.5, 200)


def test_lines_say_what_they_are_about_until_it_is_over():
    with log.about(request="r1"):
        with log.about(activity=7):
            log.note(delivery="d")
            assert {"request": "r1", "activity": "7", "delivery": "d"}.items() <= line("x").items()
        assert "activity" not in line("x")
        assert "delivery" not in line("x")
        assert log.tracking_id() == "r1"
    assert "request" not in line("x")
    assert len(log.tracking_id()) == 32


@pytest.mark.parametrize("host", ["evil.example", "testserver,evil.example", "a/b", ""])
def test_a_foreign_host_name_leaves_one_short_line(db, client, caplog, host):
    assert client.get("/admin/login/", headers={"host": host}).status_code == 400
    (record,) = [record for record in caplog.records if record.name == "django.security.DisallowedHost"]
    assert "trace" not in json.loads(log.JsonFormatter().format(record))
