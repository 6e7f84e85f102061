"""One conversation on its way through the steps: with no transaction open, and writing nothing."""

import asyncio
import inspect
import logging
import time
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

from django.utils.translation import gettext as _

from engine import pipeline
from engine.access import IntegrationRef
from engine.actions.pipeline import Trace, entry
from engine.models import Activity, Conversation, PipelineLane
from engine.pipeline.passage import Passage, Stop
from engine.work import Item
from hubster.lib.log import about
from hubster.lib.metrics import STEP_SECONDS

log = logging.getLogger("engine.pipeline")
TIMEOUT = 5.0  # seconds that a step may wait for others, unless its module says otherwise


@dataclass
class Run(Item):
    """A conversation's part of a batch: `waiting` becomes `handled` in `eventId` order, up to the first `fault`."""

    lane: PipelineLane
    token: uuid.UUID  # under which it is held; the lane as it was loaded may have another one by then
    conversation: Conversation
    integrations: list[IntegrationRef]
    waiting: deque[Activity]
    meanwhile: dict[uuid.UUID, list[dict[str, Any]]] = field(default_factory=dict)  # by activity, see the passage
    handled: list[tuple[Passage, Trace]] = field(default_factory=list)
    fault: Exception | None = None  # of a required step, in the first that waits

    @property
    def key(self) -> uuid.UUID:
        """The conversation's id."""
        return self.conversation.pk

    @property
    def sharer(self) -> uuid.UUID:
        """The tenant."""
        return self.lane.tenant_id

    @property
    def calls_out(self) -> bool:
        """True if a step on its way may wait for others."""
        return any(is_calling(step) for step in (*pipeline.STEPS, *pipeline.PRIVATE))

    @property
    def follows(self) -> bool:
        """True if something is to stand right behind the last one that was handled."""
        return bool(self.handled and self.handled[-1][0].followups)

    def upto(self) -> int:
        """The eventId up to which everything is handled."""
        if self.handled:
            return self.handled[-1][0].activity.event_id
        return self.lane.handled if self.waiting else self.lane.newest

    async def work(self) -> None:
        """Let what waits pass the steps. Waits for nothing but steps that call out.

        What follows from one stands in front of the next, and may change who answers that: so it ends there.
        """
        while self.waiting and not self.fault and not self.follows:
            activity = self.waiting[0]
            passage = Passage(activity, self.conversation, self.integrations, self.meanwhile.get(activity.pk))
            with about(conversation=self.conversation.pk, activity=activity.pk):
                try:
                    self.handled.append((passage, await _pass(passage)))
                except Exception as fault:
                    log.exception("pipeline failed", extra={"activity": activity.pk})
                    self.fault = fault
                    return
            self.waiting.popleft()


def is_calling(step: ModuleType) -> bool:
    """True if a step calls out: it, or what a decorator or `partial` made it of, is an `async def`."""
    work = step.step
    if isinstance(work, FunctionType) and not work.__dict__:  # a plain function, asked for each message: quicker
        return bool(work.__code__.co_flags & inspect.CO_COROUTINE)
    return any(inspect.iscoroutinefunction(part) for part in parts_of(step))


def parts_of(step: ModuleType) -> Iterator[Any]:
    """The function of a step and all that it wraps, with the methods that make objects callable."""
    part = getattr(step, "step", None)
    while part is not None:
        yield part
        if not inspect.isroutine(part):
            yield getattr(part, "__call__", None)  # noqa: B004 - it is looked at, not called
        part = part.func if isinstance(part, partial) else getattr(part, "__wrapped__", None)


def has_not_run(answer: Any) -> bool:
    """True for an awaitable or a generator: the step's work in it has not begun, and never will. It is closed."""
    if answer is None or not (inspect.isawaitable(answer) or inspect.isgenerator(answer) or inspect.isasyncgen(answer)):
        return False
    if inspect.iscoroutine(answer) or inspect.isgenerator(answer):
        answer.close()
    return True


async def _pass(passage: Passage) -> Trace:
    steps = pipeline.PRIVATE if passage.private else pipeline.STEPS
    trace: Trace = []
    for step in steps:
        trace.append(await _take(step, passage))
        if trace[-1]["outcome"] == "stopped":
            break
    return trace


async def _take(step: ModuleType, passage: Passage) -> dict[str, Any]:
    """One step, timed and traced. A step that fails is passed over, unless the message needs it."""
    name = step.__name__.rpartition(".")[2]
    before, began, outcome = len(passage.notes), time.perf_counter(), "done"
    try:
        if is_calling(step):
            async with asyncio.timeout(getattr(step, "TIMEOUT", TIMEOUT)):
                await step.step(passage)
        elif has_not_run(step.step(passage)):
            raise TypeError(f"{step.__name__} is not an `async def`, but returned something to be awaited")
    except Stop as reason:
        outcome = "stopped"
        passage.note(str(reason))
    except Exception as fault:
        if name in pipeline.REQUIRED:
            raise
        log.exception("step failed", extra={"step": name})
        passage.note(_("The step failed (%(fault)s) and was skipped.") % {"fault": type(fault).__name__})
        outcome = "failed"
    seconds = time.perf_counter() - began
    STEP_SECONDS.labels(name).observe(seconds)
    note = " ".join(passage.notes[before:])
    return entry(name, outcome, note, int(seconds * 1e6))
