"""Wake-ups between processes: a name, published to every worker. A lost one costs seconds, never a row."""

import logging
import threading
from collections.abc import Callable
from functools import cache

from django.conf import settings
from redis import Redis

log = logging.getLogger("hubster.wakeups")
CHANNEL = "hubster.work"
PAUSE = 1.0  # seconds before a subscription that failed is renewed
QUIET = 5.0  # seconds without a word after which the connection is tried


@cache
def _client() -> "Redis":
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=5, socket_keepalive=True)


def publish(name: str, channel: str = CHANNEL) -> None:
    """Wake the workers of all processes, or tell whoever listens to another channel. Raises what Redis does."""
    _client().publish(channel, name)


class Listener(threading.Thread):
    """Calls `wake` with each name that is published, until told to stop; `wake_all` after each gap."""

    def __init__(self, wake: Callable[[str], None], wake_all: Callable[[], None], channel: str = CHANNEL) -> None:
        super().__init__(name="wake-ups", daemon=True)
        self.wake, self.wake_all, self.channel = wake, wake_all, channel
        self.stopping = threading.Event()

    def run(self) -> None:
        """The loop; Redis may be away for as long as it likes, and no word of it ends the loop."""
        while not self.stopping.is_set():
            try:
                self._listen()
            except Exception as fault:
                log.warning("subscription lost", extra={"fault": type(fault).__name__})
                self.stopping.wait(PAUSE)

    def _listen(self) -> None:
        with _client().pubsub() as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(self.channel)
            self.wake_all()  # what was published before this is heard by nobody
            asked = False
            while not self.stopping.is_set():
                found = subscription.get_message(timeout=QUIET)
                if found is None and asked:
                    raise TimeoutError
                asked = found is None
                if found is None:
                    subscription.ping()
                elif found["type"] == "message":
                    self.wake(found["data"].decode())
