"""One call: a delivery on its way to its endpoint, with no transaction open."""

import logging
import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from engine import adapters
from engine.adapters import Rendered, SendError, Sent, _errors
from engine.adapters._bots import LARGEST, BotAnswer, BotChannel
from engine.models import Attempt, Delivery, Lane
from engine.work import Item, is_nearly_over
from engine.work.windows import SLOW
from hubster.lib import clock
from hubster.lib.http import Answer, NetworkError, Outgoing, asend
from hubster.lib.http_policy import Policy, RefusedAddress
from hubster.lib.log import about
from portal.actions.providers import network_policy
from portal.models import Integration

log = logging.getLogger("engine.delivery")


@dataclass
class Call(Item):
    """A delivery to send now, and what came of it. `rendered` is None when it could not be prepared.

    `request` is the last one that was made, `answer` the answer to it; `taken` are the parts that the channel took.
    """

    lane: Lane
    token: uuid.UUID
    delivery: Delivery
    attempt: Attempt
    rendered: Rendered | None
    error: SendError | None = None
    discloses: bool = False  # it begins with the line that a bot replies
    request: Outgoing | None = None
    answer: Answer | None = None
    taken: list[Sent] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)  # when the requests of these began, in milliseconds
    milliseconds: int = 0
    held_since: int = 0  # ticks
    ended: bool = False  # the delivery has the state that follows from it
    left: bool = False  # no call was made, as its lane may be somebody else's by now
    superseded: bool = False  # when it was loaded, the customer had written again
    typing: bool = False  # the customer is shown that a bot is at work
    reply: BotAnswer | None = None  # of a bot, in the response

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
    def opens(self) -> bool:
        """True if it begins the thread of agents in which the message is to stand."""
        return self.rendered is not None and self.rendered.opens

    @property
    def seconds(self) -> float | None:
        """Duration of a good answer. A fault of one message, or of one recipient, is a good one of the endpoint's."""
        if self.answer is None or (self.error and self.error.scope in ("account", "endpoint")):
            return None
        return self.milliseconds / 1_000 * SLOW / self.patience

    @property
    def patience(self) -> float:
        """Seconds after which the call takes long: of a bot that may think for a minute, a part of that."""
        channel = self._bots
        deadline = channel.deadline(self.delivery.destination.configuration) if channel else 0.0
        return SLOW * max(1.0, deadline / settings.HUBSTER_ATTEMPT_DEADLINE)

    @property
    def in_order(self) -> bool:
        """False where a message that failed is of no interest once there is a newer one."""
        channel = self._bots
        return not (channel and channel.dialect(self.delivery.destination.configuration).drops_superseded)

    @property
    def _bots(self) -> BotChannel | None:
        found = adapters.get(self.delivery.destination.channel)
        return found if isinstance(found, BotChannel) else None

    async def work(self) -> None:
        """Make the call, unless this process stood still for so long that the lane may be somebody else's."""
        if self.rendered is None:
            return
        started = clock.ticks()
        if is_nearly_over(self.held_since, started):
            self.left = True  # the attempt stays open, as if we had died
            return
        row = self.delivery
        with about(conversation=row.conversation_id, activity=row.activity_id, delivery=row.pk):
            try:
                await self._send_all(self.rendered)
            except Exception as fault:
                self.error = failure(fault, row.destination)
        self.milliseconds = clock.ticks() - started

    async def _send_all(self, rendered: Rendered) -> None:
        """Go on behind the parts that the channel took in earlier attempts."""
        adapter, config = adapters.get(self.delivery.destination.channel), self.delivery.destination.configuration
        policy = (
            network_policy(adapter.deadline(config), LARGEST) if isinstance(adapter, BotChannel) else network_policy()
        )
        for part in rendered.requests[self.delivery.parts_done :]:
            self.request, self.answer, begun = part, None, clock.now_ms()
            self.answer = await _asked(part, policy)
            if isinstance(adapter, BotChannel):
                self.reply = adapter.read(config, self.answer)
            sent = adapter.outcome(self.answer) or Sent()
            self.taken.append(sent)
            self.begun.append(begun)


async def _asked(part: Outgoing, policy: Policy) -> Answer:
    """The answer to a request. One that must not arrive twice, and may have arrived, ends the delivery."""
    try:
        return await asend(part, policy)
    except NetworkError as fault:
        if part.repeatable or not fault.may_have_arrived:
            raise
        raise _errors.unknown(fault.text) from None


def failure(fault: Exception, destination: Integration) -> SendError:
    """An exception as one of the closed list of reasons why an attempt did not arrive, without a channel's secrets."""
    error, adapter = _error(fault), adapters.get(destination.channel)
    return adapter.masked(destination.configuration, error)


def _error(fault: Exception) -> SendError:
    if isinstance(fault, SendError):
        return fault
    if isinstance(fault, RefusedAddress):
        return _errors.unsafe(fault.text)
    if isinstance(fault, NetworkError):
        return _errors.unreachable(fault.text)
    log.error("a call failed by a fault of ours", exc_info=fault)  # it must not block the lane for ever
    text = _("The message could not be prepared (%(fault)s).") % {"fault": type(fault).__name__}
    return SendError("ENG007502", text, retryable=True)
