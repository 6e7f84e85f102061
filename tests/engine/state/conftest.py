"""The town of the machines, made once for each."""

from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection

from engine.delivery import send, sweep
from tests.cast import make_party
from tests.engine.state.town import BEGIN, Town, settle
from tests.engine.state.workers import door


@pytest.fixture
def town(db, settings, monkeypatch) -> Iterator[Town]:
    """With a door behind which workers stand still, each with one lane. Periodic jobs are not what is tried here."""
    settings.EMBEDDED = True
    settings.HUBSTER_RETRY_UNIT = 120
    monkeypatch.setattr(send, "send", door)
    wake_next = send._wake_next
    monkeypatch.setattr(send, "_wake_next", lambda destination, own, _: wake_next(destination, own, goes_on=False))
    monkeypatch.setattr(sweep, "do_run_jobs", lambda: 0)
    connection.inc_thread_sharing()
    with time_machine.travel(BEGIN, tick=False) as clock:
        yield settle(make_party("Acme"), make_party("Globex"), clock)
    connection.dec_thread_sharing()
