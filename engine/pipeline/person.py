"""Person: a customer who asks the bot for a person, in any of our languages, gets one or an honest answer."""

from functools import partial

from django.utils.translation import gettext as _

from engine.actions.disclosures import do_bring_person
from engine.actions.handover import AGENT, BOT
from engine.activity.disclosure import asks_for_a_person, stated_language
from engine.pipeline.passage import Followup, Passage


def step(passage: Passage) -> None:
    """Only where the bot answers, and where it says that it is a bot."""
    talk = passage.conversation
    activity = passage.activity
    if activity.standby or activity.type != "message" or not passage.from_customer or passage.side != BOT:
        return
    if not talk.hub.discloses_bots or not (spoken := asks_for_a_person(str(passage.content.get("text") or ""))):
        return
    if any(integration.type == AGENT for integration in passage.integrations):
        passage.side = AGENT
        passage.note(_("The customer asked for a person, so agents take over."))
    else:
        passage.note(_("The customer asked for a person, but the hub has no agents."))
    usual = stated_language(talk.properties) or talk.hub.disclosure_language
    language = usual if usual in spoken else spoken[0]
    passage.follow(Followup(partial(do_bring_person, language=language)))
