"""One call: a delivery on its way to its endpoint, with no transaction open."""

import logging
import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from engine import adapters
from engine.adapters import SendError, _errors
from engine.models import Attempt, Delivery, Lane
from engine.work import Item, is_nearly_over
from hubster.lib import clock
from hubster.lib.http import Answer, NetworkError, Outgoing, asend
from hubster.lib.http_policy import RefusedAddress
from hubster.lib.log import about
from portal.actions.integrations import network_policy

log = logging.getLogger("engine.delivery")


@dataclass
class Call(Item):
    """A delivery to send now, and what came of it. `request` is None when it could not be prepared."""

    lane: Lane
    token: uuid.UUID
    delivery: Delivery
    attempt: Attempt
    request: Outgoing | None
    error: SendError | None = None
    answer: Answer | None = None
    milliseconds: int = 0
    held_since: int = 0  # ticks
    left: bool = False  # no call was made, as its lane may be somebody else's by now

    @property
    def key(self) -> int:
        """The lane."""
        return self.lane.pk

    @property
    def sharer(self) -> uuid.UUID:
        """The tenant."""
        return self.lane.tenant_id

    @property
    def endpoint(self) -> uuid.UUID:
        """The integration that is called."""
        return self.lane.destination_id

    @property
    def seconds(self) -> float | None:
        """Duration of a good answer."""
        return None if self.error or self.answer is None else self.milliseconds / 1_000

    async def work(self) -> None:
        """Make the call, unless this process stood still for so long that the lane may be somebody else's."""
        if self.request is None:
            return
        started = clock.ticks()
        if is_nearly_over(self.held_since, started):
            self.left = True  # the attempt stays open, as if we had died
            return
        row = self.delivery
        with about(conversation=row.conversation_id, activity=row.activity_id, delivery=row.pk):
            try:
                self.answer = await asend(self.request, network_policy())
                adapters.get(row.destination.channel).outcome(self.answer)
            except Exception as fault:
                self.error = failure(fault)
        self.milliseconds = clock.ticks() - started


def failure(fault: Exception) -> SendError:
    """An exception as one of the closed list of reasons why an attempt did not arrive."""
    if isinstance(fault, SendError):
        return fault
    if isinstance(fault, RefusedAddress):
        return _errors.unsafe(fault.text)
    if isinstance(fault, NetworkError):
        return _errors.unreachable(fault.text)
    log.error("a call failed by a fault of ours", exc_info=fault)  # it must not block the lane for ever
    text = _("The message could not be prepared (%(fault)s).") % {"fault": type(fault).__name__}
    return SendError("ENG007502", text, retryable=True)
