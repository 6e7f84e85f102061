"""A step of the pipeline that waits for others holds up its own conversation only, and survives the process's death."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import live as living
from tests.services import wait_until
from tests.system.account import texts


@pytest.fixture
def gate(live: living.Stack, tmp_path: Path) -> Iterator[Path]:
    """The file for which the step waits; while it is missing, the step hangs."""
    worker, plain, path = live.worker, live.worker.command, tmp_path / "open"
    worker.stop()
    worker.command = ["-m", "tests.chaos.launcher", f"gate={path}", *plain]
    worker.start()
    try:
        yield path
    finally:
        path.touch()
        worker.stop()
        worker.command = plain
        worker.start()


def test_a_step_that_hangs_holds_up_its_own_conversation_and_is_run_again_after_a_crash(live, shop, hooks, gate):
    shop.watched_by(hooks.url())
    slow, quick = shop.conversation(), shop.conversation()
    shop.say(slow, "gate one")
    shop.say(slow, "two")
    for number in range(5):
        shop.say(quick, f"m{number}")
    wait_until("the other conversation goes on", lambda: len(texts(shop.activities(quick))) == 5)
    assert texts(shop.activities(slow)) == []
    live.worker.kill()
    live.worker.start()
    shop.say(quick, "m5")
    wait_until("it goes on after the crash, too", lambda: len(texts(shop.activities(quick))) == 6)
    assert texts(shop.activities(slow)) == []
    gate.touch()
    wait_until("the step ended", lambda: len(texts(shop.activities(slow))) == 2, 40)
    wait_until("everything arrived", lambda: len({call.id for call in hooks.of()}) == 8, 40)
    assert [call.text for call in hooks.of() if call.payload["conversationId"] == slow] == ["gate one", "two"]
