"""Serves files: to whoever has the address, as what they were found to be, in a form that runs nothing."""

import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from engine.files import store
from engine.files.links import fits
from engine.models import File

KEPT = 86_400  # seconds that a browser keeps a file
DIRECT = 300  # seconds that an address of the storage itself is good
# Nothing runs; the last two let a browser show a picture or play a sound in a tab of its own.
POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'"
_CHUNK = 65_536
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.I)
_SHOWN = ("image", "audio", "video")


@csrf_exempt  # no cookie is read here, so a wrong method gets 405 and no page about cookies
@require_safe
def show(request: HttpRequest, file_id: uuid.UUID, signature: str, name: str) -> HttpResponseBase:  # noqa: ARG001
    """GET /files/{id}/{signature}/{name}. The name is for people and for channels that look at endings."""
    row = File.objects.filter(pk=file_id, activity__purged__isnull=True, activity__isnull=False).first()
    if row is None or not fits(signature, row.tenant, row.pk):
        raise Http404
    disposition = content_disposition_header(row.kind not in _SHOWN, row.name) or "inline"
    response = _moved(row, disposition) or _answer(request, row, disposition)
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Content-Security-Policy"] = POLICY
    response["Cross-Origin-Resource-Policy"] = "cross-origin" if row.kind in _SHOWN else "same-site"
    if row.kind in _SHOWN:  # a tab of its own is a stranger to us, for it is in a sandbox
        response["Access-Control-Allow-Origin"] = "*"
    return response


def _content_type(row: File) -> str:
    return f"{row.mime}; charset=utf-8" if row.mime.startswith("text/") else row.mime


def _moved(row: File, disposition: str) -> HttpResponse | None:
    """To the storage itself, where it serves files; None where we do."""
    answers = {"ResponseContentType": _content_type(row), "ResponseContentDisposition": disposition}
    address = store.direct_address(row.place, DIRECT, answers)
    if address is None:
        return None
    response = HttpResponse(status=302, headers={"Location": address})
    response["Cache-Control"] = f"private, max-age={DIRECT // 2}"
    return response


def _answer(request: HttpRequest, row: File, disposition: str) -> HttpResponseBase:
    etag = f'"{row.digest[:32]}"'
    kept = {"ETag": etag, "Cache-Control": f"private, max-age={KEPT}, immutable"}
    if _is_same(request.headers.get("If-None-Match", ""), etag):
        return HttpResponse(status=304, headers=kept)
    try:
        span = _span(request, row.size, etag)
    except _Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{row.size}", "Accept-Ranges": "bytes"})
    first, last = span or (0, row.size - 1)
    headers = {
        **kept,
        "Content-Type": _content_type(row),
        "Content-Length": str(last - first + 1),
        "Content-Disposition": disposition,
        "Accept-Ranges": "bytes",
    }
    if span:
        headers["Content-Range"] = f"bytes {first}-{last}/{row.size}"
    status = 206 if span else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    try:
        file = store.opened(row.place)
    except FileNotFoundError:
        raise Http404 from None
    return StreamingHttpResponse(_Part(file, first, last), status=status, headers=headers)


def _is_same(given: str, etag: str) -> bool:
    """True if a list of tags has ours."""
    return given.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in given.split(",")]


class _Unsatisfiable(Exception):
    """There is nothing where the range begins."""


def _span(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """(first, last) byte that a request asks for; None when it asks for the whole. Raises `_Unsatisfiable`.

    RFC 9110, section 14.2: only GET has ranges, and what is no range that we serve, such as several, is ignored.
    A range that comes to the whole file is a range all the same: players ask for it to see that they may.
    """
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", "")[:100])
    if request.method != "GET" or found is None or found[0].endswith("=-"):
        return None
    if request.headers.get("If-Range", etag).strip() != etag:
        return None
    if not found[1]:
        if not int(found[2]):
            raise _Unsatisfiable
        return max(0, size - int(found[2])), size - 1
    first = int(found[1])
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < first:
        return None
    if first >= size:
        raise _Unsatisfiable
    return first, last


class _Part:
    """Some bytes of an open file, read in a thread, piece by piece."""

    def __init__(self, file: Any, first: int, last: int) -> None:
        self._file, self._first, self._left = file, first, last - first + 1

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = sync_to_async(self._read, thread_sensitive=False)
        while self._left > 0:
            chunk = await read()
            if not chunk:
                return
            yield chunk

    def _read(self) -> bytes:
        if self._first:
            self._file.seek(self._first)
            self._first = 0
        chunk: bytes = self._file.read(min(_CHUNK, self._left))
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Let go of the file, however far it was read."""
        self._file.close()
