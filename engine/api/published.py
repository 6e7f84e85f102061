"""The part of a conversation that readers may see: the pipeline has finished with it, so nothing changes any more."""

import time
from threading import BoundedSemaphore

from engine.models import Conversation, PipelineLane
from hubster.lib.databases import POOL

PATIENCE = 2.0  # seconds that a reader waits for what was accepted before it asked
PAUSE = 0.02  # seconds between two looks
WAITERS = POOL // 4  # readers of a process that wait at once: each keeps a thread and a connection from others
_places = BoundedSemaphore(WAITERS)


def published_upto(conversation: Conversation) -> int:
    """The eventId up to which everything was processed or set aside.

    Whoever sends and then reads is to find it: so this waits for what was accepted before the conversation was read.
    While the pipeline stands still only a few may wait; the others are shown what is handled.
    """
    handled = _handled(conversation)
    if handled >= conversation.last_event_id or not _places.acquire(blocking=False):
        return handled
    try:
        return _awaited(conversation, handled)
    finally:
        _places.release()


def _awaited(conversation: Conversation, handled: int) -> int:
    ends = time.monotonic() + PATIENCE
    while handled < conversation.last_event_id and time.monotonic() < ends:
        time.sleep(PAUSE)
        handled = _handled(conversation)
    return handled


def _handled(conversation: Conversation) -> int:
    found = PipelineLane.objects.filter(pk=conversation.pk).values_list("handled", flat=True).first()
    return found or 0
