"""People who keep talking and listening while processes die: they try again as a good client does."""

import threading
import time
import uuid
from contextlib import suppress

import requests
from websockets.exceptions import WebSocketException

from tests.services import wait_until
from tests.system.account import Account, Shop, texts
from tests.system.listeners import Listener

PAUSE = 0.02  # seconds before another try


class _Busy(threading.Thread):
    """A thread that works until told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()

    def stop(self) -> None:
        """End after the present piece of work."""
        self.stopping.set()
        self.join(60)
        assert not self.is_alive()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Talker(_Busy):
    """A customer who says m0, m1, … and repeats each with the same Idempotency-Key until it is acknowledged."""

    def __init__(self, shop: Shop, conversation: str, bases: list[str]) -> None:
        super().__init__()
        self.account, self.bases, self.conversation = shop.account, bases, conversation
        self.path = f"/inbound/customer/v1/direct/activity/{conversation}"
        self.acknowledged: list[dict] = []
        self.repeats = 0

    def run(self) -> None:
        """One message after another."""
        self.account.token  # noqa: B018 - obtained while everything is still up
        while not self.stopping.is_set():
            self._say(f"m{len(self.acknowledged)}", uuid.uuid4().hex)

    def _say(self, text: str, key: str) -> None:
        body = {"message": {"type": "text", "text": text}}
        while True:
            for base in self.bases:
                with suppress(requests.RequestException):
                    account = Account(base)
                    answer = account.call("POST", self.path, body, self.account.token, Idempotency_Key=key)
                    if answer.status_code == 200:
                        self.acknowledged.append(answer.json())
                        return
                    assert answer.status_code >= 500, answer.text
                self.repeats += 1
                time.sleep(PAUSE)

    def wait(self, more: int) -> None:
        """Until `more` further messages are acknowledged."""
        goal = len(self.acknowledged) + more
        wait_until(f"{goal} messages are acknowledged", lambda: len(self.acknowledged) >= goal, 60)

    @property
    def said(self) -> list[str]:
        """What was acknowledged, in order."""
        return [f"m{n}" for n in range(len(self.acknowledged))]


class Follower(_Busy):
    """An agent who listens to a conversation, and connects again with `leid` when the connection is lost."""

    def __init__(self, shop: Shop, conversation: str, bases: list[str]) -> None:
        super().__init__()
        self.shop, self.conversation, self.bases = shop, conversation, bases
        self.heard: list[dict] = []
        self.connections = 0

    def run(self) -> None:
        """Connect, listen, connect again."""
        while not self.stopping.is_set():
            base = self.bases[self.connections % len(self.bases)]
            self.connections += 1
            with suppress(OSError, WebSocketException, EOFError):
                self._listen(base)
            time.sleep(PAUSE)

    def _listen(self, base: str) -> None:
        leid = self.heard[-1]["eventId"] if self.heard else 0
        token = self.shop.account.token
        with Listener(base, token, self.shop.agent, self.conversation, leid) as socket:
            while not self.stopping.is_set():
                with suppress(TimeoutError):
                    activity = socket.next(0.3)
                    assert "error" not in activity, activity
                    self.heard.append(activity)

    @property
    def texts(self) -> list[str]:
        """What was heard."""
        return texts(self.heard)
