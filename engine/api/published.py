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
    handled, _ = _lane(conversation)
    if handled >= conversation.last_event_id or not _places.acquire(blocking=False):
        return handled
    try:
        return _awaited(conversation, handled)
    finally:
        _places.release()


def _awaited(conversation: Conversation, handled: int) -> int:
    """With what follows from the last one, as the answer to a command: the commit that publishes it queues that."""
    ends, goal, last = time.monotonic() + PATIENCE, conversation.last_event_id, False
    while handled < goal and time.monotonic() < ends:
        time.sleep(PAUSE)
        handled, newest = _lane(conversation)
        if handled >= goal and not last:
            goal, last = newest, True
    return handled


def _lane(conversation: Conversation) -> tuple[int, int]:
    """The eventId up to which everything is handled, and the newest one."""
    found = PipelineLane.objects.filter(pk=conversation.pk).values_list("handled", "newest").first()
    return found or (0, 0)
