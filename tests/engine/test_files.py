"""Files of visitors: each becomes a message once, or is refused with a sentence; nobody reads a neighbour's."""

import errno
import io
import uuid
from random import randrange

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from engine.files import actions, store
from engine.models import Activity, Conversation, File
from hubster.lib import rate
from portal.models import Integration, Tenant
from tests.engine import file_samples as samples
from tests.engine.file_samples import Visitor
from tests.two_tenants import codes_of, fault_of, snapshot


@pytest.fixture
def visitor(pair):
    return Visitor(pair.acme)


def content_of(answer) -> dict:
    assert answer.status_code == 200, answer.content
    return Activity.objects.get(pk=answer.json()["interactionId"]).content


KINDS = [
    ("a.png", samples.picture(), {"type": "image", "alt": "a.png"}),
    ("clip.mp4", samples.boxed(b"mp42"), {"type": "video", "label": "clip.mp4", "mimeType": "video/mp4"}),
    ("song.mp3", samples.MP3, {"type": "audio", "label": "song.mp3", "mimeType": "audio/mpeg"}),
    (
        "r.pdf",
        samples.PDF,
        {"type": "attachment", "label": "r.pdf", "mimeType": "application/pdf", "size": len(samples.PDF)},
    ),
    ("r.exe", b"Hello", {"type": "attachment", "label": "r.exe.txt", "mimeType": "text/plain", "size": 5}),
]


@pytest.mark.parametrize(("name", "content", "wanted"), KINDS, ids=[row[2]["type"] + row[0] for row in KINDS])
def test_a_visitors_file_becomes_the_message_that_it_is(pair, settings, name, content, wanted):
    settings.PUBLIC_URL = "https://chat.example.com"
    visitor = Visitor(pair.acme)
    answer = visitor.upload(content, name, externalId="mine")
    said = content_of(answer)
    row = File.objects.get()
    assert said == {**wanted, "url": said["url"]}
    assert said["url"].startswith(f"https://chat.example.com/files/{row.pk}/")
    assert said["url"].endswith("/" + row.name)
    activity = Activity.objects.get(pk=answer.json()["interactionId"])
    assert (activity.sender_type, activity.external_id, row.activity) == ("Customer", "mine", activity)
    assert answer.json()["conversationId"] == visitor.conversation
    if row.kind != "image":
        with store.opened(row.place) as file:
            assert file.read() == content


def test_lists_show_a_pictures_name_and_no_address(visitor):
    visitor.upload(samples.picture(), "cat.png")
    assert Conversation.objects.get(pk=visitor.conversation).last_text == "cat.png"


def test_the_bytes_are_the_tenants_and_have_no_name_of_the_visitors(pair, visitor):
    visitor.upload(samples.PDF, "my secret.pdf")
    place = File.objects.get().place
    folder, _, token = place.split("/")
    assert folder == pair.acme.tenant.id.hex
    assert len(bytes.fromhex(token)) == 16


def test_a_photo_is_kept_without_its_place(visitor):
    visitor.upload(samples.photo(), "photo.jpg")
    with store.opened(File.objects.get().place) as file, Image.open(io.BytesIO(file.read())) as image:
        assert not image.getexif()
        assert image.size == (32, 64)


def test_a_repeat_gets_the_first_answer_and_keeps_nothing(visitor):
    first = visitor.upload(samples.PDF, "a.pdf", key="one")
    before = snapshot()
    again = visitor.upload(samples.PDF, "a.pdf", key="one")
    assert (again.status_code, again.json()) == (200, first.json())
    assert snapshot() == before
    assert visitor.upload(samples.PDF, "a.pdf", key="two").json() != first.json()


def test_a_storage_that_takes_nothing_is_told_as_such(visitor, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(type(store._storage()), "save", full)
        answer = visitor.upload(samples.PDF, "a.pdf", key="one")
    assert (answer.status_code, codes_of(answer)) == (503, ["ENG000100"])
    assert int(answer["Retry-After"]) > 0
    assert not Activity.objects.filter(content__type="attachment").exists()
    assert visitor.upload(samples.PDF, "a.pdf", key="one").status_code == 200


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("where", ["the upload", "the picture"])
def test_a_disk_for_temporary_files_without_room_is_told_as_such(visitor, monkeypatch, where, code):
    def full(*_, **__):
        raise OSError(code, "No room")

    with monkeypatch.context() as broken:
        if where == "the upload":
            broken.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", full)
        else:
            broken.setattr("engine.files.pictures.tempfile.TemporaryFile", full)
        answer = visitor.upload(samples.picture(), "a.png", key="one")
    assert (answer.status_code, codes_of(answer)) == (503, ["ENG000100"])
    assert int(answer["Retry-After"]) > 0
    assert not File.objects.exists()
    assert visitor.upload(samples.picture(), "a.png", key="one").status_code == 200


def test_a_key_that_is_none_is_refused(visitor):
    for key in ("", " ", "x" * 201):
        form = {"file": SimpleUploadedFile("a.pdf", samples.PDF)}
        answer = visitor.client.post(visitor.path, form, format="multipart", HTTP_IDEMPOTENCY_KEY=key)
        assert (answer.status_code, codes_of(answer)) == (400, ["ENG000201"])


def test_of_two_at_the_same_moment_one_is_kept(visitor, monkeypatch):
    first = visitor.upload(samples.PDF, "a.pdf", key="one")
    monkeypatch.setattr(actions, "find_repeat", lambda *_: None)  # neither has seen the other yet
    again = visitor.upload(samples.PDF, "a.pdf", key="one")
    assert again.json() == first.json()
    assert File.objects.count() == 1


FAMILIES = "👨\u200d👩\u200d👧" * 60
HEADERS = [
    ('filename="a %22quoted%22 b.txt"', "a _quoted_ b.txt"), ('filename="a%0D%0Ab.txt"', "a b.txt"),
    ('filename="terms&copy.txt"', "terms&copy.txt"), ('filename="100%25.txt"', "100%25.txt"),
    ("filename*=UTF-8\'\'%D0%98%20%26amp%3B%E2%82%AC.txt", "И &amp;€.txt"), ('filename="..\\\\a.txt"', "a.txt"),
    ('filename=".."', "file.txt"), ('filename="\U0001fa77.txt"', "\U0001fa77.txt"),
    # The longest name that Windows has, as browsers, .NET and a program with emoji write it.
    (f'filename="{"名" * 251}.txt"', f"{'名' * 114}.txt"),
    (f"filename=\"=?utf-8?B?{'5ZCN' * 251}LnR4dA==?=\"; filename*=utf-8''{'%E5%90%8D' * 251}.txt", f"{'名' * 114}.txt"),
    (f'filename="{FAMILIES}.txt"', f"{FAMILIES[:113]}.txt"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "wanted"), HEADERS)
def test_a_name_comes_out_as_a_browser_wrote_it(visitor, header, wanted):
    body = f'--b\r\nContent-Disposition: form-data; name="file"; {header}\r\n\r\nhello\r\n--b--\r\n'
    answer = visitor.client.post(visitor.path, body.encode(), content_type="multipart/form-data; boundary=b")
    assert content_of(answer)["label"] == wanted


def test_an_animation_is_refused_with_what_it_costs(visitor, settings):
    settings.HUBSTER_FILES_MOVING = 100_000
    answer = visitor.upload(samples.moving("GIF", 3, (200, 200)), "fun.gif")
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG000107"])
    sentence = "has 3 frames of 200 x 200, 0.1 million pixels in total; the limit is 0.1 million."
    assert sentence in answer.json()["errors"][0]["description"]


REFUSED = [
    ("a page", b"<html></html>", "ENG000206", "not accepted"),
    ("a drawing with scripts", b"<svg onload=alert(1)>", "ENG000206", "not accepted"),
    ("a program", b"MZ\x90\x00\x03", "ENG000206", "not accepted"),
    ("a bomb", samples.bomb(), "ENG000207", "50 million pixels"),
    ("a damaged picture", samples.picture()[:40], "ENG000202", "damaged"),
    ("nothing", b"", "ENG000207", "empty"),
    ("too much", b"x" * 1_048_577, "ENG000207", "larger than 1 MB"),
    ("far too much", b"x" * 3_000_000, "ENG000207", "larger than 1 MB"),
]


@pytest.mark.parametrize(("what", "content", "code", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_refused_is_told_by_its_rule_and_changes_nothing(visitor, settings, what, content, code, words):
    settings.HUBSTER_FILES_SIZE = 1_048_576
    before = snapshot()
    answer = visitor.upload(content, "innocent.png")
    assert (answer.status_code, codes_of(answer), fault_of(answer)) == (400, [code], None)
    assert words in answer.json()["errors"][0]["description"]
    assert snapshot() == before


def test_as_much_as_allowed_is_taken(visitor, settings):
    settings.HUBSTER_FILES_SIZE = 1_048_576
    assert visitor.upload(b"x" * 1_048_576, "a.txt").status_code == 200


BODIES = [
    ("no file", {"externalId": "x"}, "ENG008500"),
    ("a field instead of a file", {"file": "x"}, "ENG008500"),
    ("two files", {"file": SimpleUploadedFile("a", b"x"), "more": SimpleUploadedFile("b", b"x")}, "ENG000207"),
    ("a long externalId", {"file": SimpleUploadedFile("a", b"x"), "externalId": "x" * 513}, "ENG000207"),
]


@pytest.mark.parametrize(("what", "form", "code"), BODIES, ids=[row[0] for row in BODIES])
def test_a_form_that_is_no_upload_is_refused(visitor, what, form, code):
    answer = visitor.client.post(visitor.path, form, format="multipart")
    assert (answer.status_code, codes_of(answer), fault_of(answer)) == (400, [code], None)
    assert not File.objects.exists()


RAW = [
    ("application/json", b"{}", "ENG008500"), ("", b"", "ENG008500"), ("text/plain", b"x", "ENG008500"),
    ("multipart/form-data", b"x", "ENG000202"), ("multipart/form-data; boundary=\xff", b"x", "ENG000202"),
    ("multipart/form-data; boundary=x", b"--y\r\n", "ENG008500"),
    ("multipart/form-data; boundary=x", b"", "ENG008500"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\x00\r\n--x--\r\n',
     "ENG000201"),  # a NUL is told as one
]  # fmt: skip


@pytest.mark.parametrize(("content_type", "body", "code"), RAW)
def test_a_body_of_another_kind_is_refused_in_the_documented_shape(visitor, content_type, body, code):
    answer = visitor.client.generic("POST", visitor.path, body, content_type=content_type)
    assert (answer.status_code, codes_of(answer), fault_of(answer)) == (400, [code], None)


def test_a_visitor_sends_to_its_own_conversation_only(pair, visitor):
    stranger, neighbour = Visitor(pair.acme), Visitor(pair.globex)
    before = snapshot()
    for other in (stranger.conversation, neighbour.conversation, str(uuid.uuid4()), pair.own.conversation_id):
        answer = visitor.upload(samples.PDF, "a.pdf", conversation=other)
        assert (answer.status_code, codes_of(answer)) == (404, ["ENG006500"])
    assert snapshot() == before


def test_the_body_of_a_stranger_is_not_read(visitor, monkeypatch):
    monkeypatch.setattr("engine.files.body.MultiPartParser", None)
    assert visitor.upload(samples.PDF, "a.pdf", conversation=str(uuid.uuid4())).status_code == 404


def test_a_disabled_tenant_and_a_paused_widget_take_no_file(pair, visitor):
    Integration.objects.filter(pk=pair.acme.webchat.pk).update(status=Integration.Status.PAUSED)
    assert codes_of(visitor.upload(samples.PDF, "a.pdf")) == ["ENG006503"]
    Tenant.objects.filter(pk=pair.acme.tenant.pk).update(enabled=False)
    assert codes_of(visitor.upload(samples.PDF, "a.pdf")) == ["ENG002001"]
    assert not File.objects.exists()


def test_a_file_for_which_nobody_is_there_is_not_kept(pair, visitor):
    Integration.objects.filter(hub=pair.acme.hub, type__in=("Agent", "Bot")).delete()
    assert codes_of(visitor.upload(samples.PDF, "a.pdf")) == ["ENG005501"]
    assert not File.objects.exists()


def test_a_file_to_a_closed_conversation_opens_the_next_one(pair, visitor):
    pair.clients["engine"].post(f"/api/v1/conversations/{visitor.conversation}/close")
    answer = visitor.upload(samples.PDF, "a.pdf")
    assert answer.json()["conversationId"] != visitor.conversation
    assert File.objects.get().activity.conversation_id == uuid.UUID(answer.json()["conversationId"])


@pytest.fixture
def still(monkeypatch):
    """The time stands still in a minute in which nobody else counts."""
    minute = 30_000_000 + randrange(10**9)
    monkeypatch.setattr(rate, "time", lambda: minute * 60.0 + 10)


def test_files_from_one_address_are_counted_together(pair, settings, still):
    settings.HUBSTER_FILES_RATE = 1
    visitors = [Visitor(pair.acme) for _ in range(11)]
    assert [visitor.upload(samples.PDF, "a.pdf").status_code for visitor in visitors[:10]] == [200] * 10
    before = snapshot()
    refused = visitors[10].upload(samples.PDF, "a.pdf")
    assert (refused.status_code, codes_of(refused)) == (429, ["ENG000107"])
    assert "10 files a minute from one network address" in refused.json()["errors"][0]["description"]
    assert int(refused["Retry-After"]) > 0
    assert snapshot() == before
    elsewhere = Visitor(pair.acme)
    elsewhere.client.defaults["REMOTE_ADDR"] = "127.0.0.9"
    assert elsewhere.upload(samples.PDF, "a.pdf").status_code == 200


def test_a_visitors_files_are_counted_by_themselves(visitor, settings, still):
    settings.HUBSTER_FILES_RATE = 2
    codes = [visitor.upload(samples.PDF, "a.pdf").status_code for _ in range(6)]
    assert codes[:2] == [200, 200]
    assert codes[-1] == 429
    assert "2 files a minute" in visitor.upload(samples.PDF, "a.pdf").json()["errors"][0]["description"]
