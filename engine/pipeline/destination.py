"""Destination: messages of the business go to the customer, messages of the customer to whoever replies.

What changes who answers is told to agents and bots, and never to the customer.
"""

from django.utils.translation import gettext as _

from engine import access, adapters
from engine.actions.handover import EVENTS
from engine.activity import is_signal
from engine.pipeline.passage import Passage

_BUSINESS = ("Agent", "Bot")


def step(passage: Passage) -> None:
    """Choose who receives the activity."""
    activity = passage.activity
    if activity.standby:
        _to_onlookers(passage)
    elif activity.sender_type != "Customer" and passage.content.get("payloadType") in EVENTS:
        others = [
            integration
            for integration in passage.integrations
            if integration.type in _BUSINESS and integration.id != activity.sender_integration_id
        ]
        passage.add(others)
    elif passage.typed:
        passage.note(_("This is a command, so only its sender sees it."))
    elif passage.private:
        _to_whom_it_is_told(passage)
    elif passage.from_customer:
        _to_the_business(passage)
    else:
        passage.add([passage.customer_integration])
    _leave_out_who_cannot_show_it(passage)


def _to_onlookers(passage: Passage) -> None:
    """To the agents who would answer; a bot would do it. What another app said has the customer as its recipient."""
    agents = [one for one in access.answering(passage.integrations, passage.side) if one.type != "Bot"]
    if passage.from_customer:
        passage.add(agents)
    else:
        passage.copy_to(agents)
    passage.note(_("Another app holds the thread, so nobody is asked to answer, and bots do not get this."))


def _leave_out_who_cannot_show_it(passage: Passage) -> None:
    if not is_signal(passage.activity.type, passage.content):
        return
    name = passage.content["type"]
    showing = [integration for integration in passage.receivers if name in adapters.get(integration.channel).shows]
    if len(showing) < len(passage.receivers):
        passage.redirect(showing)
        passage.note(_("Not sent to channels that cannot show %(event)s.") % {"event": name})


def _to_the_business(passage: Passage) -> None:
    found = access.answering(passage.integrations, passage.side)
    passage.add(found)
    if not found:
        passage.note(_("Nobody can reply: the hub has no active agent or bot any more."))


def _to_whom_it_is_told(passage: Passage) -> None:
    activity = passage.activity
    if not activity.recipient_type:
        passage.add(integration for integration in passage.integrations if integration.type == "Agent")
        return
    passage.add(
        integration for integration in passage.integrations if integration.id == activity.recipient_integration_id
    )
    if not passage.receivers:
        passage.note(_("The recipient is not active any more."))
