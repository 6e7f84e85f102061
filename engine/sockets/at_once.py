"""Runs a coroutine as far as it goes. Most sends wait for nothing, and a task for each costs more than they do."""

import asyncio
import types
from collections.abc import Coroutine, Generator
from functools import partial
from typing import Any


def at_once(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """None: it has ended. Otherwise the task that finishes it; keep it. It must not ask for the present task."""
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return asyncio.create_task(_finish(coroutine, waits_for))


async def _finish(coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await _rest(coroutine, waits_for)


@types.coroutine
def _rest(coroutine: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """The steps of a coroutine after its first, as `await` takes them."""
    while True:
        try:
            given = yield waits_for
        except BaseException as fault:
            step = partial(coroutine.throw, fault)
        else:
            step = partial(coroutine.send, given)
        try:
            waits_for = step()
        except StopIteration:
            return
