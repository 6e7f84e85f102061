"""Owners with addresses, and a mail server that may be broken."""

from datetime import timedelta

import pytest
from django.core.mail.backends.locmem import EmailBackend

from engine.jobs import mail as mails
from hubster.lib import clock


@pytest.fixture(autouse=True)
def server_is_there(monkeypatch):
    """No test hears of another one's mail server."""
    monkeypatch.setitem(mails._away, "until", clock.now() - timedelta(days=1))


@pytest.fixture
def owned(acme, globex):
    """Both tenants' owners and managers have addresses."""
    for party in (acme, globex):
        for role in ("owner", "manager"):
            person = party.people[role]
            person.email = f"{role}@{party.tenant.name.lower()}.example.com"
            person.save()
    return acme


@pytest.fixture
def broken(monkeypatch):
    """Call it with an exception: so the mail server answers, until it is called with None."""
    state: dict[str, Exception | None] = {"fault": None}
    plain = EmailBackend.send_messages

    def send_messages(self, messages):
        if state["fault"]:
            raise state["fault"]
        return plain(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return lambda fault: state.update(fault=fault)
