"""Refusals of the server have the shape of their address; bodies come as files and are deleted."""

import asyncio
import json

import pytest
from django.http import HttpResponse

from hubster import asgi
from hubster.lib.body_limits import BUSY, HeldBody, Refusal, too_large

SLOW = Refusal(408, "108", "The request did not arrive within 30 seconds.")


async def answered(path, *, refusal=None, body=None, method="POST", headers=()):
    """Status, headers and body of the answer to a request as our server hands it on."""
    messages, sent = asyncio.Queue(), []
    messages.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def send(message):
        sent.append(message)

    given = [(b"host", b"localhost"), *headers]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": given,
             "client": ("127.0.0.1", 5000), "state": {"refusal": refusal, "body": body}}  # fmt: skip
    await asgi.http(scope, messages.get, send)
    found = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(("path", "code"), [
    ("/connect/token", "IDT000100"), ("/api/v1/hubs", "PRT000207"), ("/engine-chat-hub/negotiate", "EVT000100"),
    ("/inbound/customer/v1/web-chat/x/files", "ENG000207"), ("/api/v1/nothing-here", "PRT000207"),
])  # fmt: skip
async def test_a_body_over_the_limit_is_told_in_the_documented_shape(path, code):
    status, headers, body = await answered(path, refusal=too_large(1_048_576))
    assert status == 413
    assert headers["content-type"] == "application/json"
    told = json.loads(body)
    assert told["status"] == 413
    assert [fault["description"] for fault in told["errors"]] == [
        f"The body is too large: the limit is 1 MB. (code: {code})"
    ]


@pytest.mark.parametrize("path", ["/admin/login/", "/nowhere", "/"])
async def test_a_page_says_it_in_words(path):
    status, headers, body = await answered(path, refusal=too_large(1_048_576))
    assert status == 413
    assert headers["content-type"].startswith("text/html")
    assert b"The body is too large: the limit is 1 MB." in body


async def test_too_many_uploads_are_told_when_to_come_again_and_pages_elsewhere_can_read_it():
    path, origin = "/inbound/customer/v1/web-chat/x/files", [(b"origin", b"https://shop.example")]
    status, headers, _ = await answered(path, refusal=BUSY, headers=origin)
    assert (status, headers["retry-after"], headers["access-control-allow-origin"]) == (503, "5", "*")
    assert "retry-after" in headers["access-control-expose-headers"]


async def test_one_that_came_too_slowly_is_told_so():
    status, _, body = await answered("/api/v1/hubs", refusal=SLOW)
    assert status == 408
    assert json.loads(body)["errors"][0]["code"] == 108


async def test_a_body_is_read_where_it_is_and_deleted_after_the_answer(monkeypatch):
    body, read = HeldBody("10.0.0.1"), []
    body.add(b"x" * 300_000)
    body.seek(0)

    def answer(request):
        read.append(request.read())
        return HttpResponse()

    monkeypatch.setattr(asgi.http, "get_response", answer)
    assert (await answered("/engine-chat-hub/negotiate", body=body))[0] == 200
    assert read == [b"x" * 300_000]
    assert body.closed


async def test_a_body_is_deleted_although_the_answer_fails(monkeypatch):
    body = HeldBody("10.0.0.1")
    body.add(b"x")
    monkeypatch.setattr(asgi.http, "get_response", lambda request: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await answered("/engine-chat-hub/negotiate", body=body)
    assert body.closed
