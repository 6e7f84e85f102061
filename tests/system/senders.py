"""Providers that post what customers said, over and over until it is acknowledged, and more often than they need to."""

import itertools
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import requests

from tests.system.providers import Account

PATIENCE = 900  # seconds until all is said, while processes die
PAUSE = 0.05  # seconds before another try
MOST = 5  # copies of a webhook at the same time
_APART = 1_000_000  # between the messages of two customers, for whom a provider has one row of numbers


class Sender(threading.Thread):
    """One customer's messages, `<person>.0`, `<person>.1`, …, in order; each is posted one to five times in parallel.

    The next one follows when every copy is acknowledged, by whichever web process.
    """

    def __init__(self, bases: list[str], account: Account, person: int, count: int, pause: float = 0.0) -> None:
        super().__init__(daemon=True)
        self.bases, self.account, self.person, self.count, self.pause = bases, account, person, count, pause
        self.chance = random.Random(person)  # noqa: S311
        self.acknowledged: dict[str, tuple[float, float]] = {}  # when it was first sent, and when it was taken
        self.posts = 0  # that were acknowledged
        self.broken = ""  # what ended it before its time
        self.stopping = threading.Event()

    def run(self) -> None:
        """One message after another."""
        try:
            with ThreadPoolExecutor(MOST) as several:
                for number in range(self.count):
                    self._say(several, number)
                    time.sleep(self.pause)
        except Exception as fault:
            self.broken = repr(fault)

    def _say(self, several: ThreadPoolExecutor, number: int) -> None:
        text, copies, first = f"{self.person}.{number}", self.chance.randint(1, MOST), time.time()
        body, headers = self.account.webhook(self.person, self.person * _APART + number, text)
        all(several.map(partial(self._post, json.dumps(body).encode(), headers), range(copies)))
        if not self.stopping.is_set():
            self.acknowledged[text] = first, time.time()
            self.posts += copies

    def _post(self, content: bytes, headers: dict[str, str], copy: int) -> bool:
        """Until a web process has taken it; the next one is asked when one does not answer."""
        for turn in itertools.count(copy):
            try:
                url = self.bases[turn % len(self.bases)] + self.account.path
                answer = requests.post(url, content, headers=headers, timeout=20)
            except requests.RequestException:
                status = 0
            else:
                status = answer.status_code
            if status == 200 or self.stopping.is_set():
                break
            assert status == 0 or status >= 500, answer.text
            time.sleep(PAUSE)
        return True

    def __enter__(self) -> "Sender":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Everything is said, unless it takes for ever."""
        self.join(PATIENCE)
        self.stopping.set()
