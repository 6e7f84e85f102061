"""What the launcher can do to a process so that it fails at one exact point, or sees another clock."""

import asyncio
import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

POISON = "poison"  # a message that says this breaks a poisoned pipeline
HARD = 137  # the exit code of a process that "was killed"


def first_time(folder: str, name: str) -> bool:
    """Whether no process has been here with this name before."""
    try:
        os.close(os.open(Path(folder) / name, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def die_before_wake_up(_: str) -> None:
    """F4: the transaction is committed; the process dies before it tells anybody."""
    from engine.work import wake

    wake.wake_up = lambda *_: os._exit(HARD)


def die_after_send(folder: str) -> None:
    """F5: the receiver has answered; the process dies before it stores the result. Once for each delivery."""
    from engine.delivery import call as module

    plain = module.asend

    async def asend(request: Any, *more: Any) -> Any:
        answer = await plain(request, *more)
        if first_time(folder, request.headers["webhook-id"]):
            os._exit(HARD)
        return answer

    module.asend = asend


def die_after_taking(folder: str) -> None:
    """F28: a webhook is stored; the process dies before it answers, and tells no worker. At every 25th one."""
    from engine.work import wake

    plain, count = wake.wake_up, itertools.count(1)

    def wake_up(kind: str) -> None:
        if kind == "inbox" and next(count) % 25 == 0:
            first_time(folder, f"web-{os.getpid()}")
            os._exit(HARD)
        plain(kind)

    wake.wake_up = wake_up


def die_while_parsing(folder: str) -> None:
    """F28: a message became an activity; the worker dies before it deletes the webhook. Once for each account."""
    from engine.adapters._inbound import Said
    from engine.inbox import parse, say

    def do_say(integration: Any, said: Any) -> Any:
        done = say.do_say(integration, said)
        if first_time(folder, f"worker-{integration.pk}"):
            os._exit(HARD)
        return done

    parse._STORED[Said] = do_say


def clock(path: str) -> None:
    """F19: this process's wall clock is off by the seconds that a file says. Monotonic clocks never step."""
    from django.utils import timezone

    from hubster.lib import clock as module

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(Path(path).read_text() or 0))

    module.now = now
    timezone.now = now


def poison(_: str) -> None:
    """F21: a required step of the pipeline raises whenever it meets the poison."""
    from engine.pipeline import destination

    plain = destination.step

    def step(passage: Any) -> None:
        if str(passage.content.get("text", "")).startswith(POISON):
            raise ValueError("poisoned")
        plain(passage)

    destination.step = step


def gate(path: str) -> None:
    """A step that calls out: it waits until a file is there, but only with messages that begin with `gate`."""
    from engine import pipeline

    async def step(passage: Any) -> None:
        while str(passage.content.get("text", "")).startswith("gate") and not Path(path).exists():
            await asyncio.sleep(0.05)

    pipeline.STEPS = (SimpleNamespace(__name__="gate", step=step, TIMEOUT=120.0), *pipeline.STEPS)


def patience(seconds: str) -> None:
    """A socket's client that takes nothing is given less time."""
    from engine.sockets import backpressure

    backpressure.PATIENCE = float(seconds)


KNOWN: dict[str, Callable[[str], None]] = {
    "die_before_wake_up": die_before_wake_up,
    "die_after_send": die_after_send,
    "die_after_taking": die_after_taking,
    "die_while_parsing": die_while_parsing,
    "clock": clock,
    "poison": poison,
    "patience": patience,
    "gate": gate,
}
