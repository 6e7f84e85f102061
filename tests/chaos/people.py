"""Those who use the product during a fault: talkers, readers of the API, listeners on sockets."""

import time
import uuid
from collections import Counter
from contextlib import suppress
from typing import Any

from websockets.exceptions import WebSocketException

from tests.chaos.ledger import Entry, Ledger
from tests.chaos.phone import Lost, Phone
from tests.chaos.receiver import Busy
from tests.system.listeners import Listener

PAUSE = 0.05  # seconds before another try


def said(text: str) -> dict[str, Any]:
    """The body of a message."""
    return {"message": {"type": "text", "text": text}}


class Talker(Busy):
    """Says m0, m1, … and repeats each under the same Idempotency-Key until it is acknowledged."""

    fresh = False  # a connection for each call, so that one that breaks is never an idle one

    def __init__(
        self, phone: Phone, ledger: Ledger, conversation: str, count: int, pause: float = 0.0, name: str = "m"
    ):
        super().__init__()
        self.phone, self.ledger, self.conversation = phone, ledger, conversation
        self.count, self.pause, self.prefix = count, pause, name
        self.done = 0
        self.refusals: Counter[int] = Counter()  # statuses of 500 and more
        self.cut = 0  # requests that were begun and got no answer
        self.longest = 0.0  # seconds until an acknowledgement

    def work(self) -> None:
        """One message after another."""
        while self.done < self.count and not self.stopping.is_set():
            self.say(f"{self.prefix}{self.done}", uuid.uuid4().hex)
            self.done += 1
            if self.fresh:
                self.phone.hang_up()
            time.sleep(self.pause)

    def say(self, text: str, key: str) -> None:
        """Until it is acknowledged, or we are told to stop."""
        first, path = time.time(), f"/inbound/customer/v1/direct/activity/{self.conversation}"
        while True:
            status, answer = self._try(path, text, key)
            now = time.time()
            if status == 200:
                self.longest = max(self.longest, now - first)
                event, interaction = answer["eventId"], answer["interactionId"]
                self.ledger.note(Entry(answer["conversationId"], text, event, interaction, first, now))
                return
            assert status == 0 or status >= 500, f"{status} {answer}"
            if self.stopping.is_set():
                return
            time.sleep(PAUSE)

    def _try(self, path: str, text: str, key: str) -> tuple[int, Any]:
        try:
            status, answer = self.phone.call("POST", path, said(text), Idempotency_Key=key)
        except ConnectionRefusedError:
            self.phone.hang_up()
            return 0, None
        except Lost:
            # A connection that is closed while it is idle is a race of HTTP itself, which every client must bear.
            self.cut += not self.phone.hang_up()
            return 0, None
        if status >= 500:
            self.refusals[status] += 1
            self.phone.hang_up()
        return status, answer


class Reader(Busy):
    """Reads a conversation over the API as it grows, always after the last eventId that it knows."""

    def __init__(self, phone: Phone, conversation: str) -> None:
        super().__init__()
        self.phone, self.conversation = phone, conversation
        self.seen: list[int] = []

    def work(self) -> None:
        """Page after page."""
        while not self.stopping.is_set():
            self.look()
            time.sleep(0.01)
        self.look()

    def look(self) -> None:
        """One page."""
        leid = self.seen[-1] if self.seen else 0
        path = f"/api/v1/interactions/activities/{self.conversation}?type=Customer&leid={leid}"
        try:
            status, answer = self.phone.call("GET", path)
        except Lost:
            self.phone.hang_up()
            return
        if status == 200:
            self.seen += [activity["eventId"] for activity in answer]
        else:
            self.phone.hang_up()


class Ear(Busy):
    """Listens to a conversation on a socket, and connects again with its last eventId when the connection is lost."""

    def __init__(self, bases: list[str], token: str, integration: str, conversation: str, turn: int = 0) -> None:
        super().__init__()
        self.bases, self.token, self.integration, self.conversation = bases, token, integration, conversation
        self.turn = turn
        self.heard: list[tuple[int, float, float]] = []  # (eventId, when, when the connection was made)
        self.connections = 0
        self.socket: Listener | None = None

    def work(self) -> None:
        """Connect, listen, connect again."""
        while not self.stopping.is_set():
            with suppress(OSError, WebSocketException, EOFError, AttributeError):
                self._listen()
            self.turn += 1
            time.sleep(PAUSE)

    def _listen(self) -> None:
        leid = self.heard[-1][0] if self.heard else 0
        base = self.bases[self.turn % len(self.bases)]
        with Listener(base, self.token, self.integration, self.conversation, leid) as self.socket:
            self.connections += 1
            connected = time.time()
            while not self.stopping.is_set():
                with suppress(TimeoutError):
                    activity = self.socket.next(0.3)
                    if "error" in activity:  # a server that cannot reach its database says so and closes
                        return
                    self.heard.append((activity["eventId"], time.time(), connected))

    def cut(self) -> None:
        """As a lost network."""
        if self.socket:
            with suppress(OSError):
                self.socket.link.socket.shutdown(2)
