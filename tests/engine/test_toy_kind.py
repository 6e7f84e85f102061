"""A kind of work is one file: from then on its rows are claimed, worked on, stored and watched like all others."""

import sys
from datetime import timedelta

import pytest
import time_machine

from engine.models import CommandCall
from engine.work import Loops, all_kinds
from engine.work.kind import _kinds, find_kinds
from engine.work.watchdog import Watchdog
from hubster.lib import clock
from tests.engine.callers import add_calls
from tests.services import wait_until

# Everything that a new kind needs, besides a table with the columns of `Work`.
FILE = """
from dataclasses import dataclass
from uuid import UUID

from engine.models import CommandCall
from engine.work import Item, Kind

DONE = []


@dataclass
class Row(Item):
    token: UUID
    row: CommandCall
    shouted: str = ""

    @property
    def key(self):
        return self.row.pk

    async def work(self):
        self.shouted = self.row.activity.content["text"].upper()


def load(held):
    rows = CommandCall.objects.select_related("activity").filter(pk__in=held)
    return [Row(held[row.pk], row) for row in rows]


def commit(items):
    DONE.extend(item.shouted for item in items)
    CommandCall.objects.filter(pk__in=[item.key for item in items]).delete()


KIND = Kind("toy", CommandCall, load, commit, shared_by="tenant")
"""


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A package with nothing but the file."""
    folder = tmp_path / "toyroom"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "kind.py").write_text(FILE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(_kinds, "toy", None)  # taken away again at the end
    find_kinds(["toyroom"])
    yield sys.modules["toyroom.kind"]
    for name in ("toyroom.kind", "toyroom"):
        sys.modules.pop(name, None)


def test_its_rows_are_worked_on_by_the_loops_of_a_process(transactional_db, acme, room, settings):
    settings.HUBSTER_SWEEP_EVERY = 0.05  # nobody wakes it
    add_calls(acme, 3)
    loops = Loops([all_kinds()["toy"]])
    try:
        wait_until("all rows are done", lambda: not CommandCall.objects.exists())
    finally:
        loops.stop().join(60)
    assert room.DONE == ["::WEATHER"] * 3


def test_the_watchdog_looks_after_it(db, acme, room, monkeypatch):
    monkeypatch.delitem(_kinds, "command")
    with time_machine.travel(clock.now(), tick=False) as time:
        add_calls(acme)
        barks: list[str] = []
        dog = Watchdog(lambda: barks.append("end"))
        for _ in range(40):
            time.shift(timedelta(seconds=2))
            dog.look()
    assert barks
