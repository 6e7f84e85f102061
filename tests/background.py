"""Background work that a test does itself, at once and in its own thread."""

import uuid

from engine.work import all_kinds, work_now


def do_run(conversation_id: str | uuid.UUID) -> int:
    """Handle everything that waits in a conversation that nobody holds; the number of times something was stored."""
    return work_now(all_kinds()["pipeline"], conversation_id)
