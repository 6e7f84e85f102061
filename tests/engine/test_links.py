"""What an address stands for, judged by its form alone."""

import json
import socket
from pathlib import Path

import pytest

from engine.activity import parse_message
from engine.activity.files import mime_type
from engine.activity.links import key_of, links_in, recognise

CASES = json.loads((Path(__file__).parents[1] / "link_cases.json").read_text())  # the widget and the desk read it too
ID = "dQw4w9WgXcQ"
YOUTUBE = [
    f"https://www.youtube.com/watch?v={ID}", f"https://youtube.com/watch?list=PL12&v={ID}&t=42s",
    f"https://youtu.be/{ID}?si=abc&t=5", f"https://youtu.be/watch?v={ID}", f"youtu.be/{ID}",
    f"www.youtube.com/shorts/{ID}", f"https://m.youtube.com/live/{ID}?feature=share",
    f"https://www.youtube-nocookie.com/embed/{ID}?start=5", f"HTTPS://WWW.YouTube.com/embed/{ID}/",
    f"https://music.youtube.com/watch?v={ID}", f"youtube.com/v/{ID}",
]  # fmt: skip
PLAYLISTS = ["https://www.youtube.com/playlist?list=PLabc", "https://www.youtube.com/embed/videoseries?list=PLabc"]
VIMEO = [
    "https://vimeo.com/123456789", "player.vimeo.com/video/123456789?h=8272103f6e", "https://www.vimeo.com/123456789#t=30s",
    "https://vimeo.com/123456789/abcdef1234?share=copy", "https://vimeo.com/channels/staffpicks/123456789",
    "https://vimeo.com/showcase/55/video/123456789", "https://vimeo.com/ondemand/film/123456789",
]  # fmt: skip
FILES = {
    "https://x.io/a.png": "image", "http://x.io/A.JPG?width=1&b=.mp3#top": "image", "www.x.io/a.webp": "image",
    "https://x.io:8080/a_(b).gif": "image", "https://x.io/clip.mp4": "video", "https://x.io/CLIP.MoV": "video",
    "https://x.io/a.webm?x": "video", "https://x.io/a.mp3": "audio", "https://x.io/a.wav": "audio",
    "https://www.dropbox.com/s/abc/a.png?rlkey=1&raw=1": "image",
}  # fmt: skip
PAGES = [
    "https://x.io", "https://x.io/page", "https://x.io/png", "https://x.io/.png", "https://x.png", "https://x.io/a.html",
    "https://x.io/?file=a.png", "https://x.io/setup.exe", "https://x.io/app.apk", "https://x.io/a.svg",
    "https://www.youtube.com/@tea", "https://www.youtube.com/about", "https://www.youtube.com/watch?v=",
    "https://www.youtube.com/watch?v=a%20b", f"https://youtube.com.evil.io/watch?v={ID}",
    f"https://evil.io/youtube.com/watch?v={ID}", f"https://notyoutube.com/watch?v={ID}", "https://youtu.be/",
    "https://vimeo.com/about", "https://vimeo.com/123", "https://vimeo.com.evil.io/123456789",
    "https://en.wikipedia.org/wiki/File:Example.jpg", "https://github.com/a/b/blob/main/x.png",
    "https://www.dropbox.com/s/abc/a.png?dl=0", "https://[bad/a.png", "https://x.io\\@evil.io/a.png", "https:///a.png",
    "https://x.io/" + "a" * 2048 + ".png", "javascript:alert(1)//a.png", "data:image/png;base64,AA.png", "geo:1,2",
    "file:///etc/a.png", "//x.io/a.png", "ftp://x.io/a.png", "https://x.io/a b.png", "javascript:1/www.x.io/a.png",
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Nothing is looked up and nothing is fetched."""
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("the network was used"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))


@pytest.mark.parametrize("url", YOUTUBE + PLAYLISTS)
def test_a_youtube_address_in_any_form(url):
    assert recognise(url).message == {"type": "youtube", "url": url}


@pytest.mark.parametrize("url", VIMEO)
def test_a_vimeo_address_in_any_form(url):
    assert recognise(url).message == {"type": "vimeo", "url": url}


@pytest.mark.parametrize("url", FILES)
def test_a_file_by_its_ending(url):
    assert recognise(url).message == {"type": FILES[url], "url": url}


@pytest.mark.parametrize("url", PAGES)
def test_an_ordinary_page_stays_what_it_is(url):
    assert recognise(url) is None


def test_one_thing_by_several_addresses_has_one_key():
    assert len({key_of(url) for url in YOUTUBE}) == 1
    assert len({key_of(url) for url in PLAYLISTS}) == 1
    assert len({key_of(url) for url in VIMEO}) == 1
    assert key_of("https://X.io/a.png#top") == key_of("http://www.x.io/a.png") != key_of("https://x.io/A.png")


@pytest.mark.parametrize(("name", "label", "mime"), [
    ("report.pdf", "report.pdf", "application/pdf"), ("a.ZIP?v=2", "a.ZIP", "application/zip"),
    ("Year%20end%20%C3%BC.docx", "Year end ü.docx",
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("fdp%E2%80%AEslx.pdf", "fdpslx.pdf", "application/pdf"), ("a%0A%00b.csv", "a b.csv", "text/csv"),
    ("%D9%85%DB%8C%E2%80%8C%D8%AE.pdf", "می\u200cخ.pdf", "application/pdf"),
    ("%F0%9F%A9%B7.txt", "🩷.txt", "text/plain"),
    ("R%26para.csv", "R&para.csv", "text/csv"),
])  # fmt: skip
def test_a_document_is_an_attachment_under_its_own_name(name, label, mime):
    url = f"https://x.io/files/{name}"
    assert recognise(url).message == {"type": "attachment", "label": label, "mimeType": mime, "url": url}


@pytest.mark.parametrize("url", [*YOUTUBE, *VIMEO, *FILES, "https://x.io/a.pdf", "https://maps.google.com/?q=1.5,2.5"])
def test_what_is_made_of_an_address_keeps_the_rules_of_messages(url):
    message = recognise(url).message
    assert parse_message(message) == message


@pytest.mark.parametrize(("text", "found"), CASES, ids=[ascii(text) for text, _ in CASES])
def test_an_address_ends_where_the_sentence_goes_on(text, found):
    assert list(links_in(text)) == found


def test_what_is_longer_than_any_address_is_none():
    assert list(links_in("https://x.io/" + "a" * 3000)) == []


def test_a_long_text_is_looked_at_within_bounds():
    assert len(list(links_in("https://x.io/a.png " * 1000))) == 10


@pytest.mark.parametrize(("kind", "url", "mime"), [
    ("video", "https://x.io/a.mp4?b", "video/mp4"), ("audio", "https://x.io/a.MP4", "audio/mp4"),
    ("video", "x.io/a.mov", "video/quicktime"), ("audio", "https://x.io/a.mp3", "audio/mpeg"),
    ("audio", "https://x.io/a.wav", "audio/wav"), ("video", "https://x.io/a.ogg", "video/ogg"),
    ("video", "https://x.io/a.mp3", None), ("audio", "https://x.io/stream", None), ("video", "https://[x", None),
    ("video", "https://x.io/a.pdf", None),
])  # fmt: skip
def test_a_mime_type_is_known_by_the_ending_and_by_what_the_sender_calls_it(kind, url, mime):
    assert mime_type(kind, url) == mime
