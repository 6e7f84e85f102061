"""Limits of bodies by path, by network address and in all; the memory comes back."""

import gc

import pytest
from django.urls import get_resolver

from engine.files.body import UploadParser
from hubster.lib import body_limits
from hubster.lib.body_limits import BUSY, FULL, STEP, HeldBody, limit_of

MB = 1_048_576


@pytest.fixture(autouse=True)
def account(settings, monkeypatch):
    settings.HUBSTER_BODIES_ADDRESS, settings.HUBSTER_BODIES_ALL = 4 * STEP, 6 * STEP
    made = body_limits._Held()
    monkeypatch.setattr(body_limits, "held", made)
    return made


@pytest.mark.parametrize("target", [
    "/inbound/customer/v1/web-chat/{id}/files",
    "/inbound/customer/v1/web-chat/{id}/files/",
    "/inbound/business/v1/direct/activity/{id}/files?name=a",
    "/inbound/business/v1/direct/activity/{id}/%66iles",
    "http://chat.example.com/inbound/customer/v1/web-chat/{id}/files",
])  # fmt: skip
def test_where_files_go_the_limit_is_that_of_files(target, settings):
    assert limit_of(target) == settings.HUBSTER_FILES_SIZE + MB


@pytest.mark.parametrize("target", [
    "/connect/token", "/", "", "*", "/nowhere", "/admin/login/", "/engine-chat-hub/negotiate", "/files/a/b/c",
    "/inbound/customer/v1/web-chat/{id}", "/inbound/customer/v1/web-chat/{id}?x=/inbound/a/files",
    "/connect/token?http://a/inbound/x/files", "http://a.example/connect/token", "/inbound/customer/v1/files.txt",
])  # fmt: skip
def test_anywhere_else_it_is_one_megabyte(target):
    assert limit_of(target) == MB


@pytest.mark.parametrize("target", [
    "/inbound/customer/v1/whats-app", "/inbound/customer/v1/messenger/{id}",
    "/inbound/customer/v1/twilio-sms/{id}/status",
])  # fmt: skip
def test_what_providers_send_may_be_as_large_as_they_say(target):
    assert limit_of(target) == 4 * MB


def test_every_view_that_takes_uploads_is_allowed_them_and_no_other():
    routes = {
        "/" + str(pattern.pattern): getattr(getattr(pattern.callback, "view_class", None), "parser_classes", [])
        for found in get_resolver().url_patterns
        for pattern in getattr(found, "url_patterns", [found])
    }
    uploads = {route for route, parsers in routes.items() if UploadParser in parsers}
    assert uploads
    assert {route for route in routes if body_limits.takes_files(route)} == uploads


def test_one_address_cannot_take_what_is_for_all():
    mine = [HeldBody("10.0.0.1") for _ in range(5)]
    assert [body.add(b"x") for body in mine] == [None] * 4 + [BUSY]
    others = [HeldBody(f"10.0.0.{n}") for n in (2, 3, 4)]
    assert [body.add(b"x") for body in others] == [None] * 2 + [BUSY]


def test_uploads_leave_room_for_what_else_arrives(settings):
    settings.HUBSTER_BODIES_ADDRESS, settings.HUBSTER_BODIES_ALL = 4 * STEP, 8 * STEP
    uploads = []
    for address, room in (("10.0.0.1", 3), ("10.0.0.2", 3), ("10.0.0.3", 0)):
        uploads.append(upload := HeldBody(address, is_upload=True))
        assert [upload.add(b"x" * STEP) for _ in range(room + 1)] == [None] * room + [BUSY]
        assert HeldBody(address).add(b"x") is None, "kept by nobody, so it gives its room back"


@pytest.mark.parametrize("ended", ["closed", "forgotten"])
def test_what_a_body_held_is_free_again(account, ended):
    body = HeldBody("10.0.0.1")
    assert body.add(b"x" * 4 * STEP) is None
    assert HeldBody("10.0.0.1").add(b"x") is BUSY
    if ended == "closed":
        body.close()
        body.close()
    del body
    gc.collect()
    again = HeldBody("10.0.0.1")
    assert again.add(b"x" * 4 * STEP) is None
    assert (account.all, dict(account.by_address)) == (4 * STEP, {"10.0.0.1": 4 * STEP})


def test_a_body_grows_until_there_is_no_more_room():
    body = HeldBody("10.0.0.1")
    assert [body.add(b"x" * STEP) for _ in range(5)] == [None] * 4 + [BUSY]


def test_a_body_beyond_what_is_kept_in_memory_goes_to_a_file_and_comes_back_whole():
    body = HeldBody("10.0.0.1")
    for letter in (b"a", b"b", b"c"):
        assert body.add(letter * STEP) is None
    body.seek(0)
    assert body.read() == b"a" * STEP + b"b" * STEP + b"c" * STEP


def test_a_full_disk_is_said(monkeypatch):
    body = HeldBody("10.0.0.1")
    monkeypatch.setattr(body, "write", lambda data: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert body.add(b"x") is FULL


def test_memory_is_given_back_once_after_much_was_held(account, monkeypatch):
    monkeypatch.setattr(body_limits, "WORTH_TRIMMING", 3 * STEP)
    body = HeldBody("10.0.0.1")
    body.add(b"x" * 4 * STEP)
    assert not account.trim_is_due(), "it is still held"
    body.close()
    assert account.trim_is_due()
    assert not account.trim_is_due()
