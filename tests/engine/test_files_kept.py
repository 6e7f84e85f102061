"""How long files are kept, where, and what becomes of them when something dies in between."""

import os
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InMemoryStorage, storages
from django.db import OperationalError
from storages.backends.s3 import S3Storage

from engine import jobs
from engine.actions.retention import do_purge_contents
from engine.files import actions, store
from engine.jobs import all_jobs
from engine.models import Activity, File, Job
from hubster.lib import clock, storage
from portal.models import Integration, Tenant
from tests.background import do_jobs, do_run
from tests.engine import file_samples as samples
from tests.engine.file_samples import Visitor

pytestmark = pytest.mark.usefixtures("still")

LOCAL = "engine.files.store.Folder"


@pytest.fixture
def visitor(pair):
    return Visitor(pair.acme)


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

    monkeypatch.setattr(actions, "receive_within", die)
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

    monkeypatch.setattr(actions, "_do_append_message", say)
    assert visitor.upload(samples.PDF, "a.pdf").status_code >= 500
    assert there(File.objects.get().place)


def test_the_row_remembers_bytes_that_were_not_written(visitor, monkeypatch):
    def fill(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "do_put", fill)
    assert visitor.upload(samples.PDF, "a.pdf").status_code == 503
    assert not Activity.objects.filter(content__type="attachment").exists()
    with after(hours=25):
        swept()
    assert not File.objects.exists()


def test_files_go_with_the_contents_of_old_messages(pair, visitor):
    Tenant.objects.filter(pk=pair.acme.tenant.pk).update(keep_days=30)
    visitor.upload(samples.PDF, "zebra-4711.pdf")
    do_run(uuid.UUID(visitor.conversation))
    place = File.objects.get().place
    with after(days=31):
        list(do_purge_contents())
        assert swept() == 1
    assert not there(place)
    assert not File.objects.exists()


def test_files_go_with_their_conversation(pair, visitor):
    visitor.upload(samples.PDF, "a.pdf")
    place = File.objects.get().place
    Integration.objects.filter(pk=pair.acme.webchat.pk).delete()
    assert there(place)
    with after(hours=25):
        assert swept() == 1
    assert not there(place)


@pytest.fixture
def only_job(monkeypatch):
    """No other job runs."""
    alone = {"files_unused": all_jobs()["files_unused"]}
    monkeypatch.setattr(jobs, "all_jobs", lambda: alone)


def make_unused(pair, count: int) -> None:
    """Rows of files that never got a message, without bytes."""
    tenant = pair.acme.tenant.id
    rows = [File(tenant=tenant, place=store.new_place(tenant), name="a", size=1) for _ in range(count)]
    File.objects.bulk_create(rows)


def test_a_storage_that_is_away_is_asked_once_in_a_run_and_the_job_shows_it(pair, only_job, monkeypatch):
    make_unused(pair, 5)
    asked = []

    def away(place):
        asked.append(place)
        raise ConnectionError("away")

    with after(hours=25):
        with monkeypatch.context() as patch:
            patch.setattr(store, "do_delete", away)
            for _ in range(3):
                do_jobs()
        row = Job.objects.get()
        assert len(asked) == 1
        assert (row.error, row.ended) == ("ConnectionError. The worker's log has the details.", None)
        assert File.objects.count() == 5
    with after(hours=27):
        assert do_jobs() == 5
        assert Job.objects.get().error == ""


def test_one_file_that_cannot_be_removed_does_not_hide_the_others_for_good(pair, monkeypatch):
    make_unused(pair, 6)
    stuck = File.objects.order_by("pk").values_list("place", flat=True)[0]
    delete = store.do_delete

    def delete_others(place):
        if place == stuck:
            raise PermissionError(place)
        delete(place)

    monkeypatch.setattr(store, "do_delete", delete_others)
    middle = sorted(File.objects.values_list("pk", flat=True))[2]
    monkeypatch.setattr(actions.uuid, "uuid4", lambda: middle)
    with after(hours=25), pytest.raises(PermissionError):
        swept()
    assert File.objects.count() == 3, "those after the place where this run began are gone"


def test_bytes_that_are_not_there_are_no_fault(pair, monkeypatch):
    make_unused(pair, 2)

    def missing(_, place):
        raise FileNotFoundError(place)

    monkeypatch.setattr(InMemoryStorage, "delete", missing)
    with after(hours=25):
        assert swept() == 2


def test_all_files_are_looked_at_in_pieces(pair, monkeypatch):
    monkeypatch.setattr(actions, "ROWS", 2)
    make_unused(pair, 5)
    assert swept() == 0
    with after(hours=25):
        assert sum(all_jobs()["files_unused"].run()) == 5


def test_a_folder_is_for_its_owner_only_and_holds_what_was_put_there(tmp_path, settings):
    made = storage.files(LOCAL, str(tmp_path / "files"), "", "", "")
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
    made = storage.files(LOCAL, "/var/files", "bucket", "https://s3.example.com", "eu-central-1")
    assert made["OPTIONS"]["bucket_name"] == "bucket"
    client = S3Storage(**made["OPTIONS"], access_key="key", secret_key="secret").connection.meta.client
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (3, 10, 1)
    assert (config.signature_version, client.meta.endpoint_url) == ("s3v4", "https://s3.example.com")
    monkeypatch.setattr(storage, "find_spec", lambda _: None)
    with pytest.raises(ImproperlyConfigured, match=r"requirements-s3\.lock"):
        storage.files(LOCAL, "/var/files", "bucket", "", "")
