"""Fixtures of all tests."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as trying
from pytest_socket import socket_allow_hosts
from whitenoise.middleware import WhiteNoiseMiddleware

from engine.api import published
from engine.work import backlog, wake
from hubster.lib import kept, rate
from portal.actions import providers
from portal.identity import keys
from portal.models import JwtKey
from tests.background import do_all
from tests.cast import TenantFixture, make_tenant_fixture
from tests.inbox.slack_peer import Workspace
from tests.proofs import watched
from tests.two_tenants import TwoTenants

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs a loop in the test's own thread
# No test asserts a time, also not that of its own examples: the machine may be busy.
trying.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
trying.load_profile("untimed")


def pytest_runtest_setup() -> None:
    """No test reaches beyond this machine."""
    socket_allow_hosts(["127.0.0.0/8", "::1"], allow_unix_socket=True)


@pytest.fixture(autouse=True, scope="session")
def quick_passwords():
    """The real hasher takes a third of a second for each person of the cast."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """On SQLite the flush after a transactional test deletes rows, which the audit log's trigger would refuse."""
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            import_module("portal.migrations.0002_audit_append_only").allow(None, connection.schema_editor())


@pytest.fixture(autouse=True, scope="session")
def one_signing_key():
    """The first key of every database is one pair: a new one takes a tenth of a second. Rotation makes its own."""
    generate, made = keys.make_key, []

    def make_key() -> JwtKey:
        if JwtKey.objects.exists():
            return generate()
        if not made:
            made.append(generate())
            return made[0]
        return JwtKey.objects.create(private_pem=made[0].private_pem, public_pem=made[0].public_pem)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "make_key", make_key)
        yield


@pytest.fixture(autouse=True, scope="session")
def files_in_memory():
    """Files that tests send leave nothing on the disk."""
    kept = {**settings.STORAGES, "files": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    with override_settings(STORAGES=kept):
        yield


@pytest.fixture(autouse=True, scope="session")
def static_files_once():
    """Each client of a test makes the middleware anew, and looking at all static files took most of a test's time."""

    def remembered(method: Callable[..., None]) -> Callable[..., None]:
        known: dict[Any, dict[str, Any]] = {}

        def add(self: WhiteNoiseMiddleware, *args: Any, **more: Any) -> None:
            if self.autorefresh:
                return method(self, *args, **more)
            key = (self.static_prefix, args, tuple(sorted(more.items())))
            if key not in known:
                before = set(self.files)
                method(self, *args, **more)
                known[key] = {url: found for url, found in self.files.items() if url not in before}
            self.files.update(known[key])
            return None

        return add

    with pytest.MonkeyPatch.context() as patch:
        for name in ("add_files", "add_files_from_finders"):
            patch.setattr(WhiteNoiseMiddleware, name, remembered(getattr(WhiteNoiseMiddleware, name)))
        yield


@pytest.fixture
def still() -> Iterator[None]:
    """The clock goes only as the test moves it: for verdicts that the speed of the machine must not change."""
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def fresh_keys() -> None:
    """Signing keys are cached per process, databases are per test."""
    keys.forget()


@pytest.fixture(autouse=True)
def counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test counts tries and requests for itself: quick ones ask for more tokens a minute than an address may."""
    monkeypatch.setattr(rate, "_shared", rate._memory)
    rate.forget()


@pytest.fixture(autouse=True)
def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is counted once in a test, however long it takes: its statements are the same on every machine."""
    monkeypatch.setattr(backlog, "KNOWN_FOR", 3_600.0)
    monkeypatch.setattr(backlog, "_known", {})


@pytest.fixture(autouse=True)
def believes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests change rows behind the back of the actions, and count statements: facts are kept where that is tried."""
    monkeypatch.setattr(kept, "SECONDS", 0.0)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers wait for no pipeline: where none runs beside the test, it would be in vain."""
    monkeypatch.setattr(published, "PATIENCE", 0.0)


@pytest.fixture(autouse=True)
def going_on() -> None:
    """A process that is shutting down takes no more work; the next test runs in another one."""
    wake.shutting_down.clear()


@pytest.fixture(autouse=True)
def proof(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that stands in the table of proofs makes the calls that it proves."""
    with watched(request.node.nodeid):
        yield


@pytest.fixture
def acme(db: None) -> TenantFixture:
    """The first tenant."""
    return make_tenant_fixture("Acme")


@pytest.fixture
def globex(db: None) -> TenantFixture:
    """The neighbour, of whom the first may see nothing."""
    return make_tenant_fixture("Globex")


@pytest.fixture
def inline(transactional_db: None):
    """Wake-ups are carried out at once, in the same thread, after each commit. Ask for it before the cast."""
    wake.use_embedded(do_all)
    yield
    wake.use_embedded(None)


@pytest.fixture(scope="module")
def neighbours(django_db_setup, django_db_blocker):
    """Both tenants with conversations and tokens, made once for a module; not for modules with transactional tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        keys.forget()
        yield TwoTenants(make_tenant_fixture("Acme"), make_tenant_fixture("Globex"))
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def workspace(request: pytest.FixtureRequest) -> None:
    """Slack answers those who try all calls."""
    if "pair" not in request.fixturenames:
        return
    patch, given = request.getfixturevalue("monkeypatch"), request.getfixturevalue("settings")
    given.HUBSTER_SLACK_CLIENT_ID, given.HUBSTER_SLACK_CLIENT_SECRET = "1.2", "client-secret"
    patch.setattr(providers, "send", Workspace())


@pytest.fixture
def pair(neighbours: TwoTenants, db: None) -> TwoTenants:
    """The same, each test's own changes undone. Nothing is committed, so wake-ups never run: call `do_run`."""
    return neighbours
