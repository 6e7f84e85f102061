"""The part of a conversation that readers may see: the pipeline has finished with it, so nothing changes any more."""

import time

from engine.models import Conversation, PipelineLane

PATIENCE = 2.0  # seconds that a reader waits for what was accepted before it asked
PAUSE = 0.02  # seconds between two looks


def published_upto(conversation: Conversation) -> int:
    """The eventId up to which everything was processed or set aside.

    Whoever sends and then reads is to find it: so this waits for what was accepted before the conversation was read.
    """
    ends = time.monotonic() + PATIENCE
    while (handled := _handled(conversation)) < conversation.last_event_id and time.monotonic() < ends:
        time.sleep(PAUSE)
    return handled


def _handled(conversation: Conversation) -> int:
    found = PipelineLane.objects.filter(pk=conversation.pk).values_list("handled", flat=True).first()
    return found or 0
