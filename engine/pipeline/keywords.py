"""Keywords: a customer who asks the bot for a person gets the agents."""

from django.utils.translation import gettext as _

from engine.actions.handover import AGENT, BOT, HANDOVER
from engine.actions.rules import asks_for_a_person
from engine.pipeline.passage import Passage


def step(passage: Passage) -> None:
    """Only where the bot answers, and where there are agents. What is said to another app asks nobody here."""
    activity = passage.activity
    if activity.standby or activity.type != "message" or not passage.from_customer or passage.side != BOT:
        return
    phrases = passage.conversation.hub.handover_phrases
    if not asks_for_a_person(phrases, str(passage.content.get("text") or "")):
        return
    if any(integration.type == AGENT for integration in passage.integrations):
        passage.hand_over(HANDOVER, "phrase")
        passage.note(_("The customer asked for a person, so agents take over."))
