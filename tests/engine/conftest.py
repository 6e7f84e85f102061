"""Fixtures of the tests about deliveries."""

import pytest

from engine.delivery import send as sending
from tests.engine.observer import FakeHttp


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """A sender's turn is long enough for any test, also on a busy machine."""
    monkeypatch.setattr(sending, "STRETCH", 3_600_000)


@pytest.fixture
def fake_http(monkeypatch):
    fake_http = FakeHttp()
    monkeypatch.setattr(sending, "send", fake_http)
    return fake_http


@pytest.fixture
def observed(transactional_db, acme):
    """A tenant whose hub is observed by a System webhook."""
    acme.observer = acme.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    return acme
