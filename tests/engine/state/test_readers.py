"""A client that reconnects with the last event id it has misses nothing and sees nothing twice."""

from hypothesis.stateful import run_state_machine_as_test

from engine.sockets.switchboard import switchboard
from tests.engine.state.readers import Readers
from tests.engine.state.size import SIZE


def test_whatever_happens_every_reader_sees_everything_once_and_in_order(fixture, monkeypatch):
    wakeups = []
    monkeypatch.setattr(switchboard, "dispatch_from_thread", wakeups.append)
    run_state_machine_as_test(type("Readers", (Readers,), {"fixture": fixture, "wakeups": wakeups}), settings=SIZE)
