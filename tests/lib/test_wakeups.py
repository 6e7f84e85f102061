"""The listener of wake-ups goes on, whatever it hears and whatever comes of that."""

import queue
import threading

import pytest

from hubster.lib import wakeups

PATIENCE = 60  # seconds; only a fault takes as long


@pytest.fixture
def published(monkeypatch):
    """What the subscription brings; everybody has the same one."""
    words: queue.Queue[bytes] = queue.Queue()

    class Subscription:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

        def subscribe(self, channel):
            pass

        def get_message(self, timeout):
            return {"type": "message", "data": words.get(timeout=PATIENCE)}

    class Client:
        def pubsub(self):
            return Subscription()

    monkeypatch.setattr(wakeups, "_client", Client)
    monkeypatch.setattr(wakeups, "PAUSE", 0)
    return words


@pytest.mark.parametrize("bad", [b"\xff", b"broken"])
def test_a_word_that_cannot_be_handled_ends_nothing(published, bad):
    heard, again = [], threading.Semaphore(0)

    def wake(name):
        if name == "broken":
            raise RuntimeError("the event loop is closed")
        heard.append(name)
        listener.stopping.set()

    listener = wakeups.Listener(wake, again.release)
    listener.start()
    published.put(bad)
    published.put(b"pipeline")
    listener.join(PATIENCE)
    assert heard == ["pipeline"]
    assert again.acquire(blocking=False) and again.acquire(blocking=False), "what it missed meanwhile is looked for"
