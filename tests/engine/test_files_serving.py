"""The addresses of files: good for whoever has one, for exactly what it says, and for nobody who guesses."""

import time
import uuid

import pytest
from django.test import Client as Browser

from engine.files import links, serving, store
from engine.models import Activity, File
from hubster.lib import clock
from tests.engine import file_samples as samples
from tests.engine.file_samples import Visitor

SONG = samples.MP3


@pytest.fixture
def visitor(pair):
    return Visitor(pair.acme)


def kept(visitor, content: bytes, name: str) -> tuple[File, str]:
    """(row, path) of a file."""
    assert visitor.upload(content, name).status_code == 200
    row = File.objects.get()
    return row, "/files/" + links.address_of(row.tenant, row.pk, row.name).partition("/files/")[2]


def bytes_of(answer) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


def get(path: str, **headers: str):
    return Browser().get(path, headers=headers)


@pytest.mark.parametrize(("content", "name", "mime", "disposition", "policy"), [
    (SONG, "a.mp3", "audio/mpeg", 'inline; filename="a.mp3"', "cross-origin"),
    (samples.boxed(b"isom"), "a.mp4", "video/mp4", 'inline; filename="a.mp4"', "cross-origin"),
    (samples.PDF, "a.pdf", "application/pdf", 'attachment; filename="a.pdf"', "same-site"),
    (b"See <script>alert(1)</script>", "a.html", "text/plain; charset=utf-8", 'attachment; filename="a.html.txt"',
     "same-site"),
    ("Grüße".encode("utf-16"), "a.txt", "text/plain; charset=utf-8", 'attachment; filename="a.txt"', "same-site"),
    (b"Hello", "Grüße.html", "text/plain; charset=utf-8", "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.html.txt",
     "same-site"),
])  # fmt: skip
def test_a_file_is_served_as_what_it_is_and_runs_nothing(visitor, content, name, mime, disposition, policy):
    _, path = kept(visitor, content, name)
    answer = get(path)
    assert (answer.status_code, bytes_of(answer)) == (200, content)
    wanted = {
        "Content-Type": mime,
        "Content-Length": str(len(content)),
        "Content-Disposition": disposition,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": serving.POLICY,
        "Cross-Origin-Resource-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=86400, immutable",
        "Accept-Ranges": "bytes",
    }
    assert {name: answer[name] for name in wanted} == wanted
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert "sandbox" in serving.POLICY
    assert "default-src 'none'" in serving.POLICY


def test_a_picture_is_shown_where_it_stands(visitor):
    _, path = kept(visitor, samples.picture(), "a.png")
    answer = get(path)
    assert (answer["Content-Type"], answer["Content-Disposition"]) == ("image/png", 'inline; filename="a.png"')


def test_an_address_that_is_made_up_does_not_exist(pair, visitor):
    row, path = kept(visitor, samples.PDF, "a.pdf")
    signature = path.split("/")[3]
    other = links.signature(pair.globex.tenant.id, row.pk)
    elsewhere = links.signature(row.tenant, uuid.uuid4())
    assert len({signature, other, elsewhere}) == 3
    for wrong in (other, elsewhere, signature[:-1], signature.lower(), "x", "%00", "é"):
        assert get(path.replace(signature, wrong)).status_code == 404
    assert get(path.replace(str(row.pk), str(uuid.uuid4()))).status_code == 404
    assert get(path.replace(str(row.pk), "x")).status_code == 404
    assert get(path).status_code == 200


def test_the_signature_depends_on_the_secret_key_and_a_replaced_one_still_counts(visitor, settings):
    _, path = kept(visitor, samples.PDF, "a.pdf")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "k" * 50
    assert get(path).status_code == 404
    settings.SECRET_KEY_FALLBACKS = [old]
    assert get(path).status_code == 200


def test_a_file_whose_message_is_emptied_or_gone_does_not_exist(visitor):
    row, path = kept(visitor, samples.PDF, "a.pdf")
    Activity.objects.filter(pk=row.activity_id).update(purged=clock.now())
    assert get(path).status_code == 404
    Activity.objects.filter(pk=row.activity_id).delete()
    assert get(path).status_code == 404


def test_a_file_that_is_not_said_yet_does_not_exist(visitor):
    row, path = kept(visitor, samples.PDF, "a.pdf")
    File.objects.update(activity=None)
    assert get(path).status_code == 404


def test_bytes_that_are_lost_are_a_404(visitor):
    row, path = kept(visitor, samples.PDF, "a.pdf")
    store.do_delete(row.place)
    assert get(path).status_code == 404


END = len(SONG) - 1
RANGES = [
    ("bytes=0-0", 206, (0, 0)), ("bytes=5-9", 206, (5, 9)), ("bytes=1000-", 206, (1000, END)),
    ("bytes=-10", 206, (END - 9, END)), ("bytes=10-99999", 206, (10, END)), ("bytes=-99999", 206, (0, END)),
    ("bytes=0-", 206, (0, END)), (f"bytes={END}-{END}", 206, (END, END)), (f"bytes={END + 1}-", 416, None),
    ("bytes=-0", 416, None), ("bytes=5-3", 200, (0, END)), ("bytes=-", 200, (0, END)), ("lines=1-2", 200, (0, END)),
    ("bytes=0-1,4-5", 200, (0, END)), ("bytes=0-99999999", 206, (0, END)), (f"bytes=0-{END}", 206, (0, END)),
    ("Bytes=0-1", 206, (0, 1)), ("bytes=x-", 200, (0, END)), ("bytes=" + "9" * 80 + "-", 416, None),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "status", "span"), RANGES)
def test_a_part_is_served_when_asked_for(visitor, asked, status, span):
    _, path = kept(visitor, SONG, "a.mp3")
    answer = get(path, range=asked)
    assert answer.status_code == status
    if span is None:
        assert answer["Content-Range"] == f"bytes */{len(SONG)}"
        return
    first, last = span
    assert bytes_of(answer) == SONG[first : last + 1]
    assert answer["Content-Length"] == str(last - first + 1)
    assert answer.get("Content-Range") == (f"bytes {first}-{last}/{len(SONG)}" if status == 206 else None)


def test_a_part_of_another_version_is_not_mixed_in(visitor):
    _, path = kept(visitor, SONG, "a.mp3")
    etag = get(path)["ETag"]
    assert get(path, range="bytes=5-9", **{"if-range": etag}).status_code == 206
    for other in ('"other"', f"W/{etag}", "Sun, 29 Nov 2026 10:00:00 GMT"):
        answer = get(path, range="bytes=0-", **{"if-range": other})
        assert (answer.status_code, answer.get("Content-Range")) == (200, None)
    assert get(path, range="bytes=99999-", **{"if-range": '"other"'}).status_code == 200


def test_what_a_browser_has_is_not_sent_again(visitor):
    _, path = kept(visitor, SONG, "a.mp3")
    etag = get(path)["ETag"]
    for given in (etag, f'"x", W/{etag}', "*"):
        answer = get(path, **{"if-none-match": given})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer["ETag"] == etag
    assert get(path, **{"if-none-match": '"other"'}).status_code == 200


def test_head_tells_and_post_is_not_allowed(visitor, monkeypatch):
    _, path = kept(visitor, SONG, "a.mp3")
    monkeypatch.setattr(store, "opened", None)
    for headers in ({}, {"range": "bytes=0-1"}, {"range": "bytes=99999-"}):  # only GET has ranges
        answer = Browser().head(path, headers=headers)
        assert (answer.status_code, answer["Content-Length"], answer.content) == (200, str(len(SONG)), b"")
    assert Browser().post(path).status_code == 405


def test_a_bucket_serves_for_itself_for_a_short_while(visitor, settings):
    row, path = kept(visitor, samples.PDF, "a.pdf")
    options = {"bucket_name": "files", "endpoint_url": "https://s3.example.com", "region_name": "eu-central-1",
               "access_key": "AKIDEXAMPLE", "secret_key": "secret"}  # fmt: skip
    settings.STORAGES = {
        **settings.STORAGES, "files": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }  # fmt: skip
    answer = get(path)
    assert answer.status_code == 302
    address = answer["Location"]
    assert address.startswith("https://s3.example.com/")
    assert row.place in address
    assert "response-content-disposition=attachment" in address
    assert "response-content-type=application%2Fpdf" in address
    assert answer["Cache-Control"] == f"private, max-age={serving.DIRECT // 2}"
    lifetime = int(address.partition("X-Amz-Expires=")[2].partition("&")[0] or 0)
    ends = int(address.partition("&Expires=")[2].partition("&")[0] or 0)
    assert lifetime == serving.DIRECT or 0 < ends - time.time() <= serving.DIRECT
    assert "secret" not in address
