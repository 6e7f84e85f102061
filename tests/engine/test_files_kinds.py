"""What a file is: by its content, whatever its name says; and the name that it gets."""

import io

import pytest

from engine.files.kinds import KINDS, kind_of
from engine.files.names import LONGEST, clean_name
from engine.files.pictures import _FORMATS
from tests.engine import file_samples as samples

OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
GOOD = [
    ("png", samples.picture("PNG"), "image", "image/png"),
    ("jpeg", samples.photo(), "image", "image/jpeg"),
    ("gif", samples.moving("GIF"), "image", "image/gif"),
    ("webp", samples.picture("WEBP"), "image", "image/webp"),
    ("mp4", samples.boxed(b"isom"), "video", "video/mp4"),
    ("mov", samples.boxed(b"qt  "), "attachment", "video/quicktime"),
    ("m4a", samples.boxed(b"M4A "), "audio", "audio/mp4"),
    ("webm", samples.WEBM, "video", "video/webm"),
    ("a recorded voice", samples.VOICE, "audio", "audio/webm"),
    ("mp3", samples.MP3, "audio", "audio/mpeg"),
    ("slow mp3", samples.SLOW_FRAME * 3, "audio", "audio/mpeg"),
    ("mp3 with tags", b"ID3\x04\x00" + b"\x00" * 30, "audio", "audio/mpeg"),
    ("ogg", samples.OGG, "audio", "audio/ogg"),
    ("wav", samples.WAV, "audio", "audio/wav"),
    ("pdf", samples.PDF, "attachment", "application/pdf"),
    ("rtf", rb"{\rtf1 Hello}", "attachment", "application/rtf"),
    ("text", "Grüße\r\n\tvon mir".encode(), "attachment", "text/plain"),
    ("text of an old Windows", "Grüße".encode("latin-1"), "attachment", "text/plain"),
    ("text of wide characters", "Grüße ✓ 👋".encode("utf-16"), "attachment", "text/plain"),
    ("the same from the other end", b"\xfe\xff" + "Grüße".encode("utf-16-be"), "attachment", "text/plain"),
    ("coloured text", b"\x1b[31mERROR\x1b[0m tests failed\n", "attachment", "text/plain"),
    ("Japanese of old mails", "見積もり".encode("iso2022_jp"), "attachment", "text/plain"),
    ("text that quotes a page", b"10:15 upstream said <html><body>502</body></html>\n", "attachment", "text/plain"),
    ("text quoting a script", b"Put `<script src=chat.js>` into it <!-- here --> <?php", "attachment", "text/plain"),
    ("a talk", b"<john> Hello\n<mary> Hi there\n", "attachment", "text/plain"),
    ("csv", b"\xef\xbb\xbfa;b\r\n1;2\r\n", "attachment", "text/csv"),
    ("zip", samples.archive("a.txt"), "attachment", "application/zip"),
    ("docx", samples.archive("[Content_Types].xml", "word/document.xml"), "attachment",
     f"{OFFICE}.wordprocessingml.document"),
    ("xlsx", samples.archive("[Content_Types].xml", "xl/workbook.xml"), "attachment",
     f"{OFFICE}.spreadsheetml.sheet"),
    ("odt", samples.archive("content.xml", first=f"{OPEN}.text".encode()), "attachment", f"{OPEN}.text"),
    ("ott", samples.archive("content.xml", first=f"{OPEN}.text-template".encode()), "attachment", f"{OPEN}.text"),
    ("ots", samples.archive("content.xml", first=f"{OPEN}.spreadsheet-template".encode()), "attachment",
     f"{OPEN}.spreadsheet"),
    ("otp", samples.archive("content.xml", first=f"{OPEN}.presentation-template\n".encode()), "attachment",
     f"{OPEN}.presentation"),
    ("a drawing in an archive", samples.archive("content.xml", first=f"{OPEN}.graphics".encode()), "attachment",
     "application/zip"),
    ("doc", samples.compound("Root Entry", "WordDocument"), "attachment", "application/msword"),
    ("xls", samples.compound("Root Entry", "Workbook"), "attachment", "application/vnd.ms-excel"),
]  # fmt: skip
BAD = [
    ("html", b"<!DOCTYPE html><script>alert(1)</script>"),
    ("html after blank lines", b"\n\n  <HTML>"),
    ("html of wide characters", "<html><script>alert(1)</script>".encode("utf-16")),
    ("a drawing in a comment", b"<!-- hello --><svg onload=alert(1)/>"),
    ("data in XML", b"<rss><channel/></rss>\n"),
    ("wide characters, cut off", "Gr\u00fc\u00dfe".encode("utf-16")[:-1]),
    ("wide characters with a NUL", "a\x00b".encode("utf-16")),
    ("svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    ("svg after a byte order mark", b"\xef\xbb\xbf<svg/>"),
    ("xml", b'<?xml version="1.0"?><a/>'),
    ("a shell script", b"#!/bin/sh\nrm -rf /\n"),
    ("php", b"<?php system($_GET[0]);"),
    ("a program of Windows", b"MZ\x90\x00\x03\x00\x00\x00"),
    ("a program of Linux", b"\x7fELF\x02\x01\x01\x00"),
    ("html in UTF-16", "<html>".encode("utf-16")),
    ("a Java program", samples.archive("META-INF/MANIFEST.MF", "A.class")),
    ("an Android program", samples.archive("AndroidManifest.xml", "classes.dex")),
    ("a document with macros", samples.archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
    ("an old document with macros", samples.compound("WordDocument", "_VBA_PROJECT")),
    ("an installer", samples.compound("Root Entry", "SummaryInformation")),
    ("an archive that is cut off", samples.archive("a.txt")[:40]),
    ("heic", samples.boxed(b"heic")),
    ("avif", samples.boxed(b"avif")),
    ("a series of avif pictures", samples.movie(b"avis", b"pict")),
    ("a series of heic pictures", samples.movie(b"hevc", b"pict")),
    ("the same by another brand", samples.movie(b"msf1", b"pict")),
    ("an Ogg with a video", samples.page(b"\x80theora")),
    ("matroska", samples.WEBM.replace(b"webm", b"matr")),
    ("two bytes of an MP3", b"\xff\xfb\x00\x01 \x00"),
    ("bmp", b"BM\x9a\x00\x00\x00\x00\x00"),
    ("bytes", bytes(range(256))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "message", "mime"), GOOD, ids=[row[0] for row in GOOD])
def test_a_kind_is_known_by_its_content(name, content, message, mime):
    found = kind_of(io.BytesIO(content), "x.csv" if name == "csv" else "evil.html")
    assert (found.message, found.mime) == (message, mime)


@pytest.mark.parametrize(("name", "content"), BAD, ids=[row[0] for row in BAD])
def test_what_is_not_on_the_list_is_not_taken_whatever_its_name(name, content):
    assert [kind_of(io.BytesIO(content), given) for given in ("a.png", "a.txt", "a.csv", "a.pdf")] == [None] * 4


def test_control_bytes_at_the_end_of_a_long_text_are_found():
    long = b"words and words\n" * 65_536
    assert kind_of(io.BytesIO(long), "a").mime == "text/plain"
    assert kind_of(io.BytesIO(long + b"\x00"), "a") is None


def test_every_picture_is_redrawn():
    assert {kind for kind in KINDS if kind.message == "image"} == set(_FORMATS)


PNG, TEXT, MP4 = samples.picture("PNG"), "Grüße".encode(), samples.boxed(b"isom")
NAMES = [
    ("holiday.png", PNG, "holiday.png"), ("Holiday.PNG", PNG, "Holiday.png"), ("holiday.jpeg", PNG, "holiday.png"),
    ("evil.bat", TEXT, "evil.bat.txt"), ("evil.html", TEXT, "evil.html.txt"), ("evil.pdf", TEXT, "evil.txt"),
    ("../../etc/passwd", TEXT, "passwd.txt"), (r"C:\temp\notes.txt", TEXT, "notes.txt"), ("", PNG, "file.png"),
    (".png", PNG, "file.png"), ("..", PNG, "file.png"), ("a\u202egnp.exe", PNG, "agnp.exe.png"),
    ("a\r\nSet-Cookie: x.txt", TEXT, "a Set-Cookie_ x.txt"), ("Grüße.txt", TEXT, "Grüße.txt"),
    ('"><img src=x>.mp4', MP4, "___img src=x_.mp4"), ("文書.png", PNG, "文書.png"), ("a.b.c.png", PNG, "a.b.c.png"),
    ("می\u200cخواهم.txt", TEXT, "می\u200cخواهم.txt"), ("क्\u200dष.txt", TEXT, "क्\u200dष.txt"),
    ("👨\u200d👩\u200d👧.txt", TEXT, "👨\u200d👩\u200d👧.txt"), ("🩷🫩.txt", TEXT, "🩷🫩.txt"),
    ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.txt", TEXT,
     "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.txt"),
    ("hi\U000e0061\U000e0062.txt", TEXT, "hi.txt"), ("a\u200d\u200d \u200cb\u200d.txt", TEXT, "a b\u200d.txt"),
    ("a\u2066b\u200fc\u200b\ufeff\u00add.txt", TEXT, "abcd.txt"), ("a\u2028b\x85c\tD\x00e.txt", TEXT, "a b c D e.txt"),
    ("terms&copy.txt", TEXT, "terms&copy.txt"), ("\u200d.txt", TEXT, "file.txt"), ("Cafe\u0301.txt", TEXT, "Café.txt"),
    ("a\uffff\ufdd0\ue000b.txt", TEXT, "ab.txt"),
    ("x" * 5000 + ".png", PNG, "x" * (LONGEST - 6) + ".png"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "content", "wanted"), NAMES)
def test_a_name_is_harmless_and_ends_as_the_content_is(given, content, wanted):
    assert clean_name(given, kind_of(io.BytesIO(content), given)) == wanted
