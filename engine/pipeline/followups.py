"""Carries out what steps ask for behind an activity, in the pipeline's commit: it stands right behind it."""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from engine.access import locked_conversation
from engine.actions.append import right_behind
from engine.actions.pipeline import do_trace, entry
from engine.models import Activity, Conversation
from engine.pipeline.passage import Followup, Passage
from hubster.lib.errors import HubsterError
from hubster.lib.pool import is_away

log = logging.getLogger("engine.pipeline")


def do_follow(conversation: Conversation, passage: Passage) -> None:
    """One after another; the conversation is locked. One that fails leaves nothing, and does not keep the message."""
    place = passage.activity.event_id
    for followup in passage.followups:
        with right_behind(conversation, place):
            fault = _do_try(conversation, passage.activity, followup)
            reached = conversation.appending_after or place
        if fault:  # it has left its marks on the instance
            conversation = locked_conversation(None, conversation.pk)
            with right_behind(conversation, place):
                _do_note(conversation, passage.activity, followup, fault)
                reached = conversation.appending_after or place
        place = reached


def _do_try(conversation: Conversation, activity: Activity, followup: Followup) -> Exception | None:
    try:
        with transaction.atomic():
            followup.do(conversation, activity)
    except Exception as fault:
        if is_away(fault):
            raise
        return fault
    return None


def _do_note(conversation: Conversation, activity: Activity, followup: Followup, fault: Exception) -> None:
    if followup.otherwise:
        followup.otherwise(conversation, activity, fault)
        return
    if isinstance(fault, HubsterError):
        reason = fault.faults[0].sentence
    else:
        reason = type(fault).__name__
        log.error("a follow-up failed", exc_info=fault, extra={"activity": activity.pk})
    do_trace(activity.pk, entry("followup", "failed", _("Not done: %(reason)s") % {"reason": reason}))
