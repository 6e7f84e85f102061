"""Handover: agents take the place of paused bots, and a change of who answers is told with what was said before it."""

from django.utils.translation import gettext as _

from engine import access
from engine.actions.handover import AGENT, BOT, EVENTS, HANDOVER, TAKEOVER, answered, with_meanwhile
from engine.pipeline.passage import Passage


def step(passage: Passage) -> None:
    """Of messages to a paused bot, and of what changed who answers when it was accepted."""
    if passage.activity.standby:
        return
    if passage.from_customer:
        _replace_paused_bots(passage)
    elif passage.meanwhile is not None and passage.content.get("payloadType") in EVENTS:
        passage.alter(
            with_meanwhile(passage.content, passage.meanwhile), _("The messages since the last handover were added.")
        )
    elif passage.meanwhile is not None:
        passage.reply("event", with_meanwhile(answered(TAKEOVER), passage.meanwhile), to="business")
        passage.note(_("The agent took over with this reply."))


def _replace_paused_bots(passage: Passage) -> None:
    if passage.side != BOT or passage.activity.type != "message" or not access.bots_are_paused(passage.integrations):
        return
    if any(integration.type == AGENT for integration in passage.integrations):
        passage.hand_over(HANDOVER, "failures")
        passage.note(_("The bot is paused, so agents take over."))
