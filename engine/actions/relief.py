"""Agents take over from a bot that cannot be reached with what a customer wants to know.

Should a process die before this, the job `bots_down` does it.
"""

from contextlib import suppress

from engine.actions.failures import on_failure
from engine.actions.handover import HANDOVER, is_present
from engine.actions.moves import do_hand_over
from engine.actions.rules import has_failed
from engine.models import Delivery
from hubster.lib.errors import HubsterError
from portal.models import Integration


@on_failure
def do_relieve_bot(delivery: Delivery) -> None:
    """Hand over when the bot has failed often enough, or is paused. A bot owes nobody an answer to an event."""
    bot, activity = delivery.destination, delivery.activity
    asked = activity.type == "message" and activity.sender_type == Integration.Type.CUSTOMER
    if not asked or bot.type != Integration.Type.BOT:
        return
    given_up = delivery.status == Delivery.Status.FAILED
    if has_failed(bot.hub, delivery.attempts, given_up) or not is_present(bot.hub_id, Integration.Type.BOT):
        with suppress(HubsterError):  # no agent is there either
            do_hand_over(
                delivery.conversation_id, HANDOVER, "failures",
                lambda found: found.handover_event_id < delivery.event_id,
            )  # fmt: skip
