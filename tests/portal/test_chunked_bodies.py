"""Bodies that come in chunks without a length, as .NET's HttpClient sends JSON."""

import io
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest

from portal.api.hubs import HubsView


def post(token: str, body: bytes, *headers: tuple[bytes, bytes]) -> Any:
    """The answer to a POST as the ASGI server hands it on."""
    given = [(b"host", b"localhost"), (b"content-type", b"application/json"), *headers]
    given.append((b"authorization", f"Bearer {token}".encode()))
    scope = {"type": "http", "method": "POST", "path": "/api/v1/hubs", "query_string": b"", "headers": given}
    return HubsView.as_view()(ASGIRequest(scope, io.BytesIO(body)))


@pytest.mark.parametrize("length", [[], [(b"content-length", b"")], [(b"content-length", b"many")]])
def test_a_body_is_read_whatever_its_length_header_says(pair, length):
    answer = post(pair.acme.token("portal"), b'{"name": "Chunked", "description": "x"}', *length)
    assert (answer.status_code, answer.data["name"]) == (200, "Chunked")


def test_the_limit_holds_without_a_length_too(pair):
    body = b'{"name": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
    assert post(pair.acme.token("portal"), body).status_code == 413
