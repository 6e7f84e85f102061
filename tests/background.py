"""Background work that a test does itself, at once and in its own thread."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async

from engine.jobs import do_add_missing
from engine.work import Item, Kind, all_kinds, claim
from engine.work.rounds import store
from engine.work.wake import shutting_down
from hubster.lib import http


def do_run(conversation_id: str | uuid.UUID) -> int:
    """Handle everything that waits in a conversation that nobody holds; the number of times something was stored."""
    return _work(all_kinds()["pipeline"], conversation_id)[0]


def do_deliver(lane_id: int) -> int:
    """Send what a lane that nobody holds has due; the number of attempts."""
    return _work(all_kinds()["delivery"], lane_id)[1]


def do_call(call_id: int) -> int:
    """Make a call of a command that nobody makes; the number of calls."""
    return _work(all_kinds()["command"], call_id)[1]


def do_all(name: str) -> None:
    """Do everything of a kind that is due."""
    while all_kinds()[name].model.objects.exists() and _work(all_kinds()[name], None)[0]:
        pass


def do_jobs() -> int:
    """Run every job that is due, in the test's own thread; the number of rows handled."""
    do_add_missing()
    runs = taken("job", None)
    for run in runs:
        run.do()
    assert not store(all_kinds()["job"], runs)
    return sum(run.handled for run in runs)


def taken(name: str, key: Any) -> list[Any]:
    """Take a row, or all that is due (None), as a process does that is about to work on it."""
    kind = all_kinds()[name]
    held = claim(kind, only=key)
    return list(kind.load(held)) if held else []


def _work(kind: Kind, only: Any) -> tuple[int, int]:
    """How often something was claimed, and the number of items."""
    rounds, count = 0, 0
    while not shutting_down.is_set() and (held := claim(kind, only=only)):
        items = list(kind.load(held))
        count += len(items)
        if items:
            async_to_sync(_do)(items)
            assert not store(kind, items), "somebody else has rows locked"
        rounds += 1
    return rounds, count


async def _do(items: list[Item]) -> None:
    for item in items:
        await item.work()
    await http.close()


def asking(answer: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """A function in place of the network door, as workers call it; it may use the test's own database connection."""

    async def ask(request: Any, policy: Any) -> Any:
        return await sync_to_async(answer)(request, policy)

    return ask
