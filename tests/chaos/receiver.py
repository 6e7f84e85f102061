"""The webhook receiver of the faults: it answers by script and remembers when what came."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.system.receiver import Call, Receiver


@dataclass(frozen=True)
class Arrival:
    """One POST as it came. `number` counts the arrivals of its webhook id from 1."""

    id: str
    path: str
    conversation: str
    event_id: int
    text: str
    at: float
    number: int
    status: int


Script = Callable[[str, str, int], int]  # (path, text, number) -> status


class ChaosReceiver(Receiver):
    """`scripts` has the answer of a path (200 without one); `holds` the seconds that its answers take."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: list[Arrival] = []
        self.numbers: dict[str, int] = defaultdict(int)
        self.scripts: dict[str, Script] = {}
        self.holds: dict[str, Script] = {}

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Remember a request at its arrival, then decide the answer, then perhaps wait."""
        call, at = Call(path, headers, body, 0), time.time()
        payload = call.payload
        activity: dict[str, Any] = payload["activity"] if "activity" in payload else payload["activities"][0]
        text = str(activity["message"]["text"])
        with self.lock:
            self.numbers[call.id] += 1
            number = self.numbers[call.id]
            status = self.scripts[path](path, text, number) if path in self.scripts else 200
            self.arrivals.append(
                Arrival(call.id, path, payload["conversationId"], activity["eventId"], text, at, number, status)
            )
        if path in self.holds:
            self.release.wait(self.holds[path](path, text, number))
        return status

    def seen(self, paths: set[str]) -> list[Arrival]:
        """The arrivals at some paths so far, in order."""
        with self.lock:
            return [arrival for arrival in self.arrivals if arrival.path in paths]

    def __enter__(self) -> "ChaosReceiver":
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


class Busy(threading.Thread):
    """A thread that works until told to stop; what broke it is kept for the verdict."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()
        self.broken: str = ""

    def run(self) -> None:
        """Work, and remember a fault of our own."""
        try:
            self.work()
        except Exception as fault:
            self.broken = f"{type(self).__name__}: {fault!r}"

    def work(self) -> None:
        """What it does."""
        raise NotImplementedError

    def stop(self) -> None:
        """End after the present piece of work."""
        self.stopping.set()
        self.join(60)

    def __enter__(self) -> "Busy":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
