"""The ledger in plain words: states, outcomes and steps as a shop manager would say them."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engine.delivery.health import state_of
from engine.delivery.probe import Probe
from engine.delivery.schedule import ATTEMPTS
from engine.models import Activity, Attempt, Delivery, Endpoint
from engine.work.windows import SLOW
from hubster.lib.errors import without_code

GOOD, BAD, WAIT, CALM = "good", "bad", "wait", "calm"
COLOURS = {GOOD: "success", BAD: "danger", WAIT: "warning", CALM: "info"}  # of the tags in lists, by tone
_LONGEST_BODY = 200  # characters of an answer that are quoted


@dataclass(frozen=True)
class Words:
    """A short text, its tone (the colour) and an explanation; the texts may be translated when they are shown."""

    text: Any
    tone: str = CALM
    more: Any = ""

    @property
    def tag(self) -> tuple[str, str]:
        """For a column whose labels are `COLOURS`."""
        return self.tone, str(self.text)


STATES = {
    Activity.State.ACCEPTED: Words(gettext_lazy("Waiting"), WAIT, gettext_lazy("Stored, but not processed yet.")),
    Activity.State.PROCESSED: Words(gettext_lazy("Processed"), GOOD, gettext_lazy("The pipeline has processed it.")),
    Activity.State.PARKED: Words(
        gettext_lazy("Set aside"), BAD, gettext_lazy("Processing failed repeatedly. Later messages go on without it.")
    ),
}
STATUSES = {
    Delivery.Status.PENDING: Words(gettext_lazy("Waiting"), WAIT, gettext_lazy("Will be sent when its turn comes.")),
    Delivery.Status.SENT: Words(gettext_lazy("Sent"), GOOD, gettext_lazy("The webhook or the channel accepted it.")),
    Delivery.Status.DELIVERED: Words(
        gettext_lazy("Delivered"), GOOD, gettext_lazy("The channel says that it reached the customer.")
    ),
    Delivery.Status.READ: Words(
        gettext_lazy("Read"), GOOD, gettext_lazy("The channel says that the customer has read it.")
    ),
    Delivery.Status.FAILED: Words(
        gettext_lazy("Failed"), BAD, gettext_lazy("The webhook or the channel rejected it. It is not retried any more.")
    ),
    Delivery.Status.WINDOW_CLOSED: Words(
        gettext_lazy("Window closed"),
        BAD,
        gettext_lazy(
            "The channel allows no message so long after the customer's last one. Resend it when the customer has "
            "written again."
        ),
    ),
    Delivery.Status.AVAILABLE: Words(
        gettext_lazy("Live"), CALM, gettext_lazy("Delivered over the live connection; no webhook needed.")
    ),
}
OUTCOMES = {
    Attempt.Outcome.OPEN: Words(gettext_lazy("In progress"), WAIT),
    Attempt.Outcome.SENT: Words(gettext_lazy("Accepted"), GOOD),
    Attempt.Outcome.FAILED: Words(gettext_lazy("Failed"), BAD),
    Attempt.Outcome.UNKNOWN: Words(gettext_lazy("Result unknown"), WAIT),
}
ENDPOINTS = {
    "unused": Words(
        gettext_lazy("Not used yet"), CALM, gettext_lazy("Nothing has been sent yet. Send a test message to try it.")
    ),
    "well": Words(gettext_lazy("Healthy"), GOOD, gettext_lazy("No problems so far.")),
    "slow": Words(gettext_lazy("Slow"), WAIT),
    "failing": Words(gettext_lazy("Failing"), WAIT),
    "paused": Words(gettext_lazy("Paused"), BAD, gettext_lazy("Nothing is sent. New messages are queued.")),
}
SENDERS = {
    "Customer": gettext_lazy("Customer"), "Agent": gettext_lazy("Agent"),
    "Bot": gettext_lazy("Bot"), "Hubster": gettext_lazy("Hubster"),
}  # fmt: skip
STEPS = {
    "links": Words(
        gettext_lazy("Links"),
        more=gettext_lazy("A link becomes the video, picture, sound, file or place it points to. No page is fetched."),
    ),
    "webhooks": Words(
        gettext_lazy("Webhooks"), more=gettext_lazy("System integrations receive a copy of the hub's messages.")
    ),
    "keywords": Words(
        gettext_lazy("Keywords"), more=gettext_lazy("A customer who uses one of the hub's phrases gets an agent.")
    ),
    "person": Words(
        gettext_lazy("A person, please"),
        more=gettext_lazy("A customer who asks the bot for a person gets an agent, or hears that nobody is here."),
    ),
    "handover": Words(
        gettext_lazy("Handover"),
        more=gettext_lazy(
            "Agents take over from a paused bot. When the assignee changes, agents and bots get the messages since the "
            "previous change."
        ),
    ),
    "commands": Words(
        gettext_lazy("Commands"),
        more=gettext_lazy("A command is carried out, and the result goes to the agent or bot that typed it."),
    ),
    "destination": Words(
        gettext_lazy("Destination"),
        more=gettext_lazy(
            "Messages from agents and bots go to the customer. Messages from the customer go to whoever replies."
        ),
    ),
    "echo": Words(
        gettext_lazy("Echo"),
        more=gettext_lazy("Senders with echo turned on receive their own messages, with IDs."),
    ),
    "pipeline": Words(gettext_lazy("Pipeline")),
    "followup": Words(gettext_lazy("Follow-up"), more=gettext_lazy("The message triggered something that failed.")),
    "command": Words(gettext_lazy("Command"), more=gettext_lazy("The service of a dynamic command was called.")),
}
_EVENTS = {
    "seen": gettext_lazy("Read"),
    "typing_on": gettext_lazy("Is typing"),
    "typing_off": gettext_lazy("Stopped typing"),
    "hubster.takeover": gettext_lazy("An agent takes over"),
    "hubster.handover": gettext_lazy("The bot hands over to an agent"),
    "hubster.handback": gettext_lazy("Handed back to the bot"),
}


def endpoint_words(row: Endpoint) -> Words:
    """The state of an endpoint in words; one that is not stored was never used."""
    state = state_of(None if row._state.adding else row)
    found = ENDPOINTS[state]
    if state == "slow":
        text = ngettext(
            "Its last response took %(seconds)d second or more. Other webhooks don't wait for it.",
            "Its last response took %(seconds)d seconds or more. Other webhooks don't wait for it.",
            int(SLOW),
        )
        return Words(found.text, found.tone, text % {"seconds": int(SLOW)})
    return Words(found.text, found.tone, f"{why(row)} {retry_words()}") if state == "failing" else found


def retry_words() -> str:
    """The number of attempts and their time span, from the settings."""
    seconds = settings.HUBSTER_RETRY_UNIT * sum(range(1, ATTEMPTS))
    text = _("Each message is tried up to %(attempts)d times over %(span)s.")
    return text % {"attempts": ATTEMPTS, "span": span(timedelta(seconds=round(seconds)))}


def why(row: Endpoint) -> str:
    """Why the last call of a failing endpoint failed; empty when none did."""
    if not row.failures and not row.last_error:
        return ""
    if row.last_status:
        return _("The last message was rejected: HTTP %(status)d.") % {"status": row.last_status}
    if row.last_error:
        return _("The last message could not be delivered: %(error)s") % {"error": without_code(row.last_error)}
    return _("The last message was not delivered.")


def quoted(body: str) -> str:
    """The beginning of what an endpoint answered, in one line."""
    line = " ".join(body.split())
    return line if len(line) <= _LONGEST_BODY else f"{line[:_LONGEST_BODY]}…"


def probe_words(probe: Probe) -> str:
    """The result of a test message."""
    facts = {"milliseconds": probe.milliseconds, "status": probe.status, "error": probe.error}
    if not probe.error:
        return _("Test delivered in %(milliseconds)d ms: HTTP %(status)d.") % facts
    if probe.status is None:
        return _("Test failed in %(milliseconds)d ms: %(error)s") % {**facts, "error": without_code(probe.error)}
    hint = _hint(probe)
    return (_("Test failed in %(milliseconds)d ms: HTTP %(status)d.") % facts) + (f" {hint}" if hint else "")


def _hint(probe: Probe) -> str:
    if probe.status in (401, 403):
        return _("Your software refused the signature. Check the private key it uses.")
    return _("Check the path of the webhook URL.") if probe.status == 404 else ""


def step_words(name: str) -> Words:
    """A step of the pipeline in words; one that does not exist any more has its name only."""
    return STEPS.get(name) or Words(name)


def event_words(content: dict[str, Any]) -> str:
    """An event in words."""
    name = str(content.get("payloadType") or content.get("type", ""))
    return str(_EVENTS.get(name, name))


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
    """The time since a moment, roughly."""
    for size, text in ((86_400, _("%(count)d d")), (3_600, _("%(count)d h")), (60, _("%(count)d min"))):
        if seconds >= size:
            return text % {"count": seconds // size}
    return _("%(count)d s") % {"count": max(0, seconds)}


def span(length: timedelta) -> str:
    """A duration in words."""
    seconds = length.total_seconds()
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes >= 60:
        return age(seconds)
    if rest:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}
    return _("%(count)d min") % {"count": minutes}


def period(length: timedelta) -> str:
    """An interval in words: “every hour”, “every 2 days”."""
    seconds = int(length.total_seconds())
    if seconds % 86_400 == 0:
        return _counted(ngettext("every day", "every %(count)d days", seconds // 86_400), seconds // 86_400)
    if seconds % 3_600 == 0:
        return _counted(ngettext("every hour", "every %(count)d hours", seconds // 3_600), seconds // 3_600)
    if seconds % 60 == 0:
        return _counted(ngettext("every minute", "every %(count)d minutes", seconds // 60), seconds // 60)
    return _counted(ngettext("every second", "every %(count)d seconds", seconds), seconds)


def _counted(words: str, count: int) -> str:
    return words % {"count": count} if "%(" in words else words
