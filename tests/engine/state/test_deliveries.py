"""Deliveries are never lost, doubled or reordered, whatever happens in whatever order."""

from collections import Counter

from hypothesis.stateful import run_state_machine_as_test

from tests.engine.state.machine import Deliveries
from tests.engine.state.size import SIZE

MILESTONES = {
    "a lease was taken over",
    "a receiver took a message",
    "a receiver took a message again",
    "a result came late",
    "all attempts were in vain",
    "an endpoint was given up",
    "an owner got a mail",
    "a process died",
    "a delivery was sent anew",
}


def test_whatever_happens_every_delivery_ends_as_it_must(fixture):
    machine = type("Deliveries", (Deliveries,), {"fixture": fixture, "milestones": Counter()})
    run_state_machine_as_test(machine, settings=SIZE)
    print("".join(f"\n  {times:6}  {name}" for name, times in sorted(machine.milestones.items())))
    assert set(+machine.milestones) == MILESTONES, "what never happened was not tried"
