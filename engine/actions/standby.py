"""Standby: another app holds a customer's thread. What is said is kept and shown, and nobody of ours answers it."""

from engine.actions.append import CUSTOMER, NewActivity, do_append_activity, wait_for_answer
from engine.actions.handover import AGENT, told_to_customer
from engine.models import Activity, Conversation
from engine.work.announcements import announce
from hubster.lib import clock, sql
from portal.models import Integration

_FIELDS = ("held_since", "held_by", "holder_told", "unanswered", "waits_since", "modified")


def do_append_standby(conversation: Conversation, channel: Integration, new: NewActivity) -> Activity:
    """Append what was said meanwhile to a locked conversation. What the other app said is told to the customer."""
    if new.by_holder:
        return do_append_activity(conversation, new, AGENT, channel, conversation.integration)
    return do_append_activity(conversation, new, CUSTOMER, channel, None)


def do_hold(conversation: Conversation, at: int, holder: str, last_said: int = 0) -> None:
    """Note on the locked row that another app holds the thread, unless something newer is known (milliseconds).

    `last_said` is the time of the customer's last message before. The customer waits for nobody of ours any more.
    """
    if at < max(conversation.holder_told, last_said):
        return
    if conversation.held_since is None:
        conversation.held_since, conversation.held_by = clock.from_ms(at), ""
    conversation.held_by = holder[:100] or conversation.held_by
    conversation.unanswered = False
    _do_save(conversation, at)


def do_release(conversation: Conversation, at: int) -> None:
    """Note on the locked row that the thread is ours, unless something newer is known (milliseconds).

    A customer to whom the other app owes an answer waits for us.
    """
    if at < conversation.holder_told:
        return
    if conversation.held_since is not None:
        conversation.held_since, conversation.held_by = None, ""
        newest = told_to_customer(conversation.pk, 0).order_by("-event_id").values_list("sender_type", "event_id")
        sender, event_id = newest.first() or ("", 0)
        wait_for_answer(conversation, sender == CUSTOMER, event_id)
    _do_save(conversation, at)


def _do_save(conversation: Conversation, at: int) -> None:
    conversation.holder_told = at
    sql.update(conversation, _FIELDS)
    announce(conversation.hub_id, conversation.pk, [], conversation.last_event_id)
