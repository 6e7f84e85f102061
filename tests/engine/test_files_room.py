"""Files of one visitor, hub and tenant take no more room than they may, and give it back when they go."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from engine.files import actions, store
from engine.files.actions import do_remove_unused
from engine.files.views import DAY
from engine.models import Activity, File
from hubster.lib import clock, rate
from portal.models import FileUse
from tests.engine import file_samples as samples
from tests.engine.file_samples import Visitor
from tests.two_tenants import codes_of, snapshot

MB = 1_048_576
LONG = b"many words " * 50_000  # half a megabyte


@pytest.fixture
def visitor(pair):
    return Visitor(pair.acme)


def used(kind: str) -> list[tuple[int, int]]:
    """(bytes, files) of each owner of a kind that has files."""
    rows = FileUse.objects.filter(kind=kind, files__gt=0)
    return list(rows.values_list("bytes", "files"))


def test_a_file_counts_for_its_visitor_hub_and_tenant(visitor):
    visitor.upload(samples.PDF, "a.pdf", key="one")
    visitor.upload(samples.PDF, "a.pdf", key="one")
    visitor.upload(samples.picture(), "a.png")
    size = sum(File.objects.values_list("size", flat=True))
    assert [used(kind) for kind in ("tenant", "hub", "visitor")] == [[(size, 2)]] * 3


@pytest.mark.parametrize("kind", ["VISITOR", "HUB", "TENANT"])
def test_a_file_without_room_is_refused_and_nothing_is_kept(pair, visitor, settings, kind):
    setattr(settings, f"HUBSTER_FILES_OF_{kind}", MB)
    assert visitor.upload(LONG, "a.txt").status_code == 200
    before = snapshot()
    answer = visitor.upload(LONG, "b.txt")
    assert (answer.status_code, codes_of(answer)) == (507, ["ENG008502"])
    assert f"one {kind.lower()} may take 1 MB" in answer.json()["errors"][0]["description"]
    assert snapshot() == before
    assert visitor.upload(b"Hello", "small.txt").status_code == 200
    assert Visitor(pair.globex).upload(LONG, "a.txt").status_code == 200


def test_another_visitor_has_room_of_their_own(pair, visitor, settings):
    settings.HUBSTER_FILES_OF_VISITOR = MB
    assert [visitor.upload(LONG, f"{number}.txt").status_code for number in range(2)] == [200, 507]
    assert Visitor(pair.acme).upload(LONG, "a.txt").status_code == 200


def test_one_address_has_the_room_of_ten_visitors_a_day(pair, settings, monkeypatch):
    settings.HUBSTER_FILES_OF_VISITOR, now = MB, [1_800_000_000.0]
    monkeypatch.setattr(rate, "time", lambda: now[0])
    visitors = [Visitor(pair.acme) for _ in range(22)]
    assert {visitor.upload(LONG, "a.txt").status_code for visitor in visitors[:19]} == {200}
    before = snapshot()
    answer = visitors[19].upload(LONG, "a.txt")
    assert (answer.status_code, codes_of(answer)) == (507, ["ENG008502"])
    assert "one network address may take 10 MB a day" in answer.json()["errors"][0]["description"]
    assert snapshot() == before
    assert (
        pair.acme.api("engine").post(visitors[0].path, {"file": SimpleUploadedFile("a.txt", LONG)}).status_code == 200
    )
    visitors[20].client.defaults["REMOTE_ADDR"] = "127.0.0.9"
    assert visitors[20].upload(LONG, "a.txt").status_code == 200
    now[0] += DAY
    assert visitors[21].upload(LONG, "a.txt").status_code == 200


def test_without_limits_all_are_taken(visitor, settings):
    settings.HUBSTER_FILES_OF_VISITOR = settings.HUBSTER_FILES_OF_HUB = settings.HUBSTER_FILES_OF_TENANT = 0
    assert {visitor.upload(LONG, f"{number}.txt").status_code for number in range(4)} == {200}


def test_room_comes_back_when_a_file_is_deleted(visitor, settings):
    settings.HUBSTER_FILES_OF_VISITOR = MB
    visitor.upload(LONG, "a.txt")
    assert visitor.upload(LONG, "b.txt").status_code == 507
    Activity.objects.filter(content__type="attachment").update(purged=clock.now())
    list(do_remove_unused())
    assert [used(kind) for kind in ("tenant", "hub", "visitor")] == [[]] * 3
    assert visitor.upload(LONG, "b.txt").status_code == 200


def test_two_who_delete_the_same_file_give_its_room_back_once(visitor):
    visitor.upload(LONG, "a.txt")
    visitor.upload(LONG, "b.txt")
    row = File.objects.first()
    actions.do_remove(row)
    actions.do_remove(row)
    assert used("tenant") == [(len(LONG), 1)]


def test_a_storage_that_takes_nothing_takes_no_room(visitor, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(store._storage()), "save", full)
    assert visitor.upload(samples.PDF, "a.pdf").status_code == 503
    assert used("tenant") == []
    assert not File.objects.exists()


def test_a_refused_message_gives_the_room_back(visitor, pair):
    pair.acme.webchat.__class__.objects.filter(pk=pair.acme.agent.pk).delete()
    assert visitor.upload(samples.PDF, "a.pdf").status_code == 400
    assert used("tenant") == []


def test_the_pages_of_hub_and_tenant_show_it(pair, visitor, settings, client, admin_user):
    settings.HUBSTER_FILES_OF_HUB = MB
    visitor.upload(LONG, "a.txt")
    visitor.upload(LONG[: MB - len(LONG) - 100], "b.txt")
    page = pair.acme.browser("manager").get(f"/admin/portal/hub/{pair.acme.hub.pk}/change/").content.decode()
    assert "1023.9\xa0KB of 1.0\xa0MB in 2 files" in page
    assert "new files are refused" in page
    assert "20.0\xa0GB in 2 files" in page
    client.force_login(admin_user)
    page = client.get(f"/admin/portal/tenant/{pair.acme.tenant.pk}/change/").content.decode()
    assert "20.0\xa0GB in 2 files" in page
    listed = client.get("/admin/portal/tenant/").content.decode()
    assert "1023.9\xa0KB / 20.0\xa0GB" in listed
    other = pair.globex.browser("manager").get(f"/admin/portal/hub/{pair.globex.hub.pk}/change/").content.decode()
    assert "0\xa0bytes of" in other


def test_the_admin_shows_what_a_visitors_files_take(client, django_user_model, visitor, settings):
    settings.HUBSTER_FILES_OF_VISITOR = MB
    visitor.upload(samples.PDF, "a.pdf")
    client.force_login(django_user_model.objects.create_superuser("operator", password="x"))
    conversation = Activity.objects.filter(files__isnull=False).values_list("conversation", flat=True).get()
    page = client.get(f"/admin/engine/conversation/{conversation}/change/").content.decode()
    assert re.search(r"Files of this visitor</dt><dd>[\d.]+.(bytes|KB) of 1[.]0.MB in 1 file<", page)
