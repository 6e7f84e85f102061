"""How long files are kept, where, and what becomes of them when something dies in between."""

import os
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from django.db import OperationalError

from engine.actions.retention import do_purge_contents
from engine.files import actions, store
from engine.jobs import all_jobs
from engine.models import Activity, File
from engine.pipeline.run import do_run
from hubster.lib import clock, storage
from portal.models import Integration, Tenant
from tests.engine import file_samples as samples
from tests.engine.file_samples import Visitor


@pytest.fixture
def visitor(street):
    return Visitor(street.acme)


def after(**passed):
    return time_machine.travel(clock.now() + timedelta(**passed), tick=False)


def swept() -> int:
    return sum(all_jobs()["files_unused"].run())


def there(place: str) -> bool:
    return storages["files"].exists(place)


def test_a_file_that_was_said_stays(visitor):
    visitor.upload(samples.PDF, "a.pdf")
    with after(days=400):
        assert swept() == 0
    assert there(File.objects.get().place)


def test_a_process_that_dies_before_the_message_leaves_a_file_that_is_removed_after_a_day(visitor, monkeypatch):
    class Died(BaseException):
        pass

    def die(*_):
        raise Died

    monkeypatch.setattr(actions, "do_receive_from", die)
    with pytest.raises(Died):
        visitor.client.handler.raise_request_exception = True
        visitor.upload(samples.PDF, "a.pdf")
    place = File.objects.get().place
    assert there(place)
    assert swept() == 0
    with after(hours=25):
        assert swept() == 1
    assert not File.objects.exists()
    assert not there(place)


def test_bytes_stay_when_it_is_not_known_whether_the_message_was_stored(visitor, monkeypatch):
    def say(*_):
        raise OperationalError("the connection was lost during COMMIT")

    monkeypatch.setattr(actions, "_do_say", say)
    assert visitor.upload(samples.PDF, "a.pdf").status_code >= 500
    assert there(File.objects.get().place)


def test_the_row_remembers_bytes_that_were_not_written(visitor, monkeypatch):
    def fill(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "do_put", fill)
    assert visitor.upload(samples.PDF, "a.pdf").status_code == 500
    assert not Activity.objects.filter(content__type="attachment").exists()
    with after(hours=25):
        swept()
    assert not File.objects.exists()


def test_files_go_with_the_contents_of_old_messages(street, visitor):
    Tenant.objects.filter(pk=street.acme.tenant.pk).update(keep_days=30)
    visitor.upload(samples.PDF, "zebra-4711.pdf")
    do_run(uuid.UUID(visitor.conversation))
    place = File.objects.get().place
    with after(days=31):
        list(do_purge_contents())
        assert swept() == 1
    assert not there(place)
    assert not File.objects.exists()


def test_files_go_with_their_conversation(street, visitor):
    visitor.upload(samples.PDF, "a.pdf")
    place = File.objects.get().place
    Integration.objects.filter(pk=street.acme.webchat.pk).delete()
    assert there(place)
    with after(hours=25):
        assert swept() == 1
    assert not there(place)


def test_a_storage_that_is_away_is_asked_again(visitor, monkeypatch):
    visitor.upload(samples.PDF, "a.pdf")
    File.objects.update(activity=None)

    def away(_):
        raise ConnectionError("away")

    with after(hours=25):
        with monkeypatch.context() as patch:
            patch.setattr(store, "do_delete", away)
            assert swept() == 0
        assert File.objects.count() == 1
        assert swept() == 1


def test_all_files_are_looked_at_in_pieces(street, monkeypatch):
    monkeypatch.setattr(actions, "ROWS", 2)
    rows = [
        File(tenant=street.acme.tenant.id, place=store.new_place(street.acme.tenant.id), name="a", size=1)
        for _ in range(5)
    ]
    File.objects.bulk_create(rows)
    with after(hours=25):
        assert list(all_jobs()["files_unused"].run()) == [2, 2, 1]


def test_a_folder_is_for_its_owner_only_and_holds_what_was_put_there(tmp_path, settings):
    made = storage.files(str(tmp_path / "files"), "", "", "")
    settings.STORAGES = {**settings.STORAGES, "files": made}
    place = store.new_place(uuid.uuid4())
    with (tmp_path / "sent").open("w+b") as sent:
        sent.write(samples.PDF)
        store.do_put(place, sent)
    path = tmp_path / "files" / place
    assert path.read_bytes() == samples.PDF
    assert [oct(os.stat(one).st_mode & 0o777) for one in (path, path.parent)] == ["0o600", "0o700"]
    store.do_delete(place)
    store.do_delete(place)
    assert not path.exists()


def test_a_bucket_is_used_when_one_is_named_and_its_packages_are_there(monkeypatch):
    made = storage.files("/var/files", "bucket", "https://s3.example.com", "eu-central-1")
    assert made["OPTIONS"]["bucket_name"] == "bucket"
    monkeypatch.setattr(storage, "find_spec", lambda _: None)
    with pytest.raises(ImproperlyConfigured, match=r"requirements-s3\.txt"):
        storage.files("/var/files", "bucket", "", "")
