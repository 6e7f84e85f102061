"""Start-up checks: of the data, which must not hold the demo's well-known credentials, and of the pipeline's steps."""

import inspect
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from engine import pipeline
from engine.adapters._bots import DEADLINES
from engine.adapters.bot import DIALECTS
from engine.pipeline.conversation_run import is_calling, parts_of
from portal.demo import demo_credentials_present


def register_all() -> None:
    """Called once when the application is ready."""
    register(check_demo_credentials, Tags.database)
    register(check_steps)
    register(check_deadlines)


def check_demo_credentials(
    app_configs: Any,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """Secrets and passwords that everybody can read in the documents open nothing in production."""
    if not settings.PRODUCTION or not databases:
        return []
    try:
        present = demo_credentials_present()
    except DatabaseError:  # no tables yet, or no server: other checks and commands tell of it
        return []
    if not present:
        return []
    advice = "Delete the users admin, owner, manager and agent and the secrets named 'demo', or use a new database."
    return [Error("The database contains passwords or secrets of the demo.", hint=advice, id="engine.E201")]


def check_steps(app_configs: Any, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Steps whose work would not be done: a message would pass them as if they had."""
    steps = {step.__name__: step for step in (*pipeline.STEPS, *pipeline.PRIVATE)}
    flaws = [(name, _flaw(step)) for name, step in steps.items()]
    advice = "A step is a function of one argument that returns nothing, or an `async def`: see docs/adding-a-step.md."
    return [Error(f"The step {name} {flaw}.", hint=advice, id="engine.E202") for name, flaw in flaws if flaw]


def check_deadlines(app_configs: Any, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Dialects that are not known would keep their own deadlines, without a word."""
    unknown = sorted(set(getattr(settings, DEADLINES)) - set(DIALECTS))
    if not unknown:
        return []
    advice = f"Its names are dialects of bots: {', '.join(DIALECTS)}."
    return [Error(f"{DEADLINES} names {', '.join(unknown)}, which is no dialect.", hint=advice, id="engine.E203")]


def _flaw(step: Any) -> str:
    """A clause about a step that cannot work; empty for a sound one."""
    work = getattr(step, "step", None)
    if not callable(work):
        return "has no function `step`"
    if any(inspect.isgeneratorfunction(part) or inspect.isasyncgenfunction(part) for part in parts_of(step)):
        return "is a generator, which nobody runs"
    answer = inspect.signature(work).return_annotation
    if not is_calling(step) and answer not in (None, "None", inspect.Signature.empty):
        return f"returns {getattr(answer, '__name__', answer)}, which nobody uses or awaits"
    return ""
