"""The ledger in plain words: states, outcomes and steps as a shop manager would say them."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine import pipeline
from engine.delivery.health import state_of
from engine.delivery.trial import Trial
from engine.models import Activity, Attempt, Delivery, Endpoint

GOOD, BAD, WAIT, CALM = "good", "bad", "wait", "calm"


@dataclass(frozen=True)
class Words:
    """A short text, its tone (the colour) and an explanation."""

    text: str
    tone: str = CALM
    more: str = ""


STATES = {
    Activity.State.ACCEPTED: Words("Waiting", WAIT, "Stored; the pipeline has not handled it yet."),
    Activity.State.PROCESSED: Words("Handled", GOOD, "The pipeline has handled it."),
    Activity.State.PARKED: Words("Set aside", BAD, "The pipeline failed repeatedly, so that others could go on."),
}
STATUSES = {
    Delivery.Status.AVAILABLE: Words("On the socket", CALM, "Its client reads it on a socket; nothing has to be sent."),
    Delivery.Status.PENDING: Words("Waiting", WAIT, "It is sent as soon as its turn comes."),
    Delivery.Status.SENT: Words("Delivered", GOOD, "The endpoint took it."),
    Delivery.Status.FAILED: Words("Failed", BAD, "The endpoint did not take it and it is not tried again."),
}
OUTCOMES = {
    Attempt.Outcome.OPEN: Words("Under way", WAIT),
    Attempt.Outcome.SENT: Words("Accepted", GOOD),
    Attempt.Outcome.FAILED: Words("Failed", BAD),
    Attempt.Outcome.UNKNOWN: Words("Result unknown", WAIT),
}
ENDPOINTS = {
    "unused": Words("Not used yet", CALM, "Nothing was sent there so far. Try it out before the first customer does."),
    "well": Words("Well", GOOD, "No fault is known: its last call, if there was one, went well and quickly."),
    "slow": Words(
        "Slow", WAIT, "It took the last message, but only after two seconds or more. Nobody else waits for it."
    ),
    "failing": Words(
        "Failing", WAIT, "It did not take the last message. Each one is tried six times within half an hour."
    ),
    "paused": Words("Paused", BAD, "Nothing is sent there. What comes up is kept, and sent when somebody resumes it."),
}
SENDERS = {"Customer": "the customer", "Agent": "an agent", "Bot": "the bot", "Hubster": "Hubster itself"}
_EVENTS = {
    "seen": "Read",
    "typing_on": "Is typing",
    "typing_off": "Stopped typing",
    "hubster.takeover": "An agent takes over",
    "hubster.handover": "The bot hands over to an agent",
    "hubster.handback": "Handed back to the bot",
}


def endpoint_words(row: Endpoint) -> Words:
    """How an endpoint is doing; one that is not stored was never used."""
    return ENDPOINTS[state_of(None if row._state.adding else row)]


def trial_words(trial: Trial) -> str:
    """The result of a test message."""
    took_it = f"The endpoint took the test message: HTTP {trial.status} after {trial.milliseconds} ms."
    return f"The test message did not arrive after {trial.milliseconds} ms. {trial.error}" if trial.error else took_it


def step_words(name: str) -> Words:
    """A step by the first line of its own description: what is before the colon, and what it does."""
    for step in pipeline.STEPS:
        if step.__name__.rpartition(".")[2] == name:
            title, _, what = (step.__doc__ or name).strip().splitlines()[0].partition(":")
            return Words(title, more=what.strip()[:1].upper() + what.strip()[1:])
    return Words(name.replace("_", " ").capitalize())


def event_words(content: dict[str, Any]) -> str:
    """An event in words."""
    name = str(content.get("payloadType") or content.get("type", ""))
    return _EVENTS.get(name, name)


def body_text(body: str) -> str:
    """A body as text, indented when it is JSON."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


def took(microseconds: int) -> str:
    """A duration in a fitting unit."""
    return f"{microseconds} µs" if microseconds < 1000 else f"{microseconds / 1000:.1f} ms"


def age(seconds: float) -> str:
    """How long ago, roughly."""
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {name}"
    return f"{max(0, int(seconds))} s"


def span(length: timedelta) -> str:
    """How long something took."""
    seconds = length.total_seconds()
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else age(seconds)


def period(length: timedelta) -> str:
    """What follows “every”."""
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        count, rest = divmod(int(length.total_seconds()), size)
        if count and not rest:
            return name if count == 1 else f"{count} {name}s"
    return str(length)
