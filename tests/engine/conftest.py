"""Fixtures of the tests about deliveries."""

import pytest

from engine.delivery import call, probe
from tests.engine.observer import FakeHttp


@pytest.fixture
def fake_http(monkeypatch):
    fake_http = FakeHttp()
    monkeypatch.setattr(call, "asend", fake_http.asend)
    monkeypatch.setattr(probe, "send", fake_http)
    return fake_http


@pytest.fixture
def observed(transactional_db, acme):
    """A tenant whose hub is observed by a System webhook."""
    acme.observer = acme.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    return acme
