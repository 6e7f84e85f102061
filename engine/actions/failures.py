"""A delivery has failed: whoever sends it tells it here, and who wants to know of it listens.

So those who deliver know nothing of bots, or of whatever else follows from a failure.
"""

import logging
from collections.abc import Callable

from engine.models import Delivery
from hubster.lib.pool import is_away

log = logging.getLogger("engine.failures")
Listener = Callable[[Delivery], None]
_listeners: list[Listener] = []


def on_failure(listener: Listener) -> Listener:
    """Have a function called with each delivery of which an attempt failed, when that is stored."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell_failure(delivery: Delivery) -> None:
    """An attempt failed, and its result is committed. `delivery` has its activity, its destination and that one's hub.

    Call it in a thread that may use the database, with no transaction open. A listener that fails keeps the others
    from nothing; only a database that is away is raised.
    """
    for listener in _listeners:
        try:
            listener(delivery)
        except Exception as fault:
            if is_away(fault):
                raise
            log.exception("a listener failed", extra={"delivery": delivery.pk})
