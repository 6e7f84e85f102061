"""The fixture of the machines, made once for each."""

from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection

from engine.delivery import call
from tests.background import asking
from tests.cast import make_tenant_fixture
from tests.engine.state.fixture import BEGIN, StateFixture, settle
from tests.engine.state.workers import fake_http


@pytest.fixture
def fixture(db, settings, monkeypatch) -> Iterator[StateFixture]:
    """With a door behind which workers stand still, each with one lane."""
    settings.EMBEDDED = True
    settings.HUBSTER_RETRY_UNIT = 120
    monkeypatch.setattr(call, "asend", asking(fake_http))
    connection.inc_thread_sharing()
    with time_machine.travel(BEGIN, tick=False) as clock:
        yield settle(make_tenant_fixture("Acme"), make_tenant_fixture("Globex"), clock)
    connection.dec_thread_sharing()
