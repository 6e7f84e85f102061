"""What one fault plays in: hubs of its own with a webhook each, conversations, and the judgement at the end."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from tests.chaos.cluster import Cluster, wait_quiet
from tests.chaos.oracle import ACTIVITIES, UNFINISHED, Findings, judge_arrivals, judge_rows, uuids
from tests.chaos.people import Ear, Reader, Talker
from tests.chaos.phone import Phone
from tests.chaos.receiver import Arrival
from tests.services import wait_until
from tests.system.account import Account, Shop

SETTLE = 60.0  # seconds without any progress after which what has not arrived counts as lost


@dataclass
class Scene:
    """Conversations with those who speak in them."""

    cluster: Cluster
    name: str
    account: Account
    shops: list[Shop] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    hooks: list[str] = field(default_factory=list)  # the integrations of the webhooks
    conversations: dict[str, Shop] = field(default_factory=dict)
    watched: set[str] = field(default_factory=set)  # conversations whose hub has a webhook
    talkers: list[Talker] = field(default_factory=list)

    def open(self, shops: int, conversations: int, webhook: bool = True) -> "Scene":
        """Hubs with a webhook each, and conversations spread over them."""
        for number in range(shops):
            shop = self.account.shop()
            if webhook:
                path = f"/{self.name}/{len(self.shops)}"
                self.hooks.append(shop.watched_by(self.cluster.receiver.url(path))["integrationId"])
                self.paths.add(path)
            self.shops.append(shop)
            for _ in range(number, conversations, shops):
                conversation = shop.conversation()
                self.conversations[conversation] = shop
                if webhook:
                    self.watched.add(conversation)
        return self

    def tell(self, verb: str) -> None:
        """Pause or resume all webhooks."""
        for hook in self.hooks:
            self.account.done("POST", f"/api/v1/integrations/{hook}/endpoint/{verb}")

    def phone(self, turn: int = 0) -> Phone:
        """A connection for somebody."""
        return Phone(self.cluster.bases, self.account.token, turn)

    @contextmanager
    def talk(self, messages: int, pause: float = 0.0, name: str = "m") -> Iterator[list[Talker]]:
        """One talker for each conversation, together as many messages; waits at the end until all are said."""
        each = max(1, messages // len(self.conversations))
        people = [
            Talker(self.phone(turn), self.cluster.ledger, conversation, each, pause, name)
            for turn, conversation in enumerate(self.conversations)
        ]
        self.talkers += people
        with ExitStack() as stack:
            for person in people:
                stack.enter_context(person)
            yield people
            self.wait_said()

    @contextmanager
    def talk_in_turn(self, each: int, name: str = "m") -> Iterator[None]:
        """One person says so many messages in each conversation, in the background; for many conversations."""
        people = [
            Talker(self.phone(turn), self.cluster.ledger, conversation, each, name=name)
            for turn, conversation in enumerate(self.conversations)
        ]
        self.talkers += people
        threads = [threading.Thread(target=_one_after_another, args=(people[n::4],), daemon=True) for n in range(4)]
        for thread in threads:
            thread.start()
        yield
        for thread in threads:
            thread.join(300)

    def wait_said(self, seconds: float = 300) -> None:
        """Until every talker is done; one that does not come to an end is told by the judgement."""
        with suppress(AssertionError):
            wait_until("all is said", lambda: not any(person.is_alive() for person in self.talkers), seconds)

    def reader(self, conversation: str) -> Reader:
        """Somebody who pages through a conversation over the API."""
        return Reader(self.phone(), conversation)

    def ear(self, conversation: str, turn: int = 0) -> Ear:
        """An agent on a socket."""
        shop = self.conversations[conversation]
        return Ear(self.cluster.bases, self.account.token, shop.agent, conversation, turn)

    def arrivals(self) -> list[Arrival]:
        """What came to this scene's webhooks."""
        return self.cluster.receiver.seen(self.paths)

    def settle(self, seconds: float = SETTLE) -> float:
        """Until everything has arrived, or nothing more has for so many seconds; how long that took."""
        began = progress = time.monotonic()
        ids, least = uuids(set(self.conversations)), sys.maxsize
        while least and time.monotonic() - progress < seconds:
            left = self._unfinished(ids)
            if left < least:
                least, progress = left, time.monotonic()
            time.sleep(0.25)
        return time.monotonic() - began

    def _unfinished(self, ids: list[object]) -> int:
        with suppress(psycopg.Error):  # a database that is still coming up
            return int(self.cluster.rows(UNFINISHED, ids, ids)[0][0])
        return sys.maxsize

    def judge(self, late_repeats: bool = False, seconds: float = SETTLE, arriving: bool = True) -> Findings:
        """Wait, then compare ledger, database and, if everything must have come to it (`arriving`), the receiver."""
        self.settle(seconds)
        found = Findings()
        ledger = self.cluster.ledger.of(set(self.conversations))
        found.messages = len(ledger)
        judge_rows(found, ledger, self.cluster.rows(ACTIVITIES, uuids(set(self.conversations))))
        to_arrive = [entry for entry in ledger if entry.conversation in self.watched]
        if arriving:
            judge_arrivals(found, to_arrive, self.arrivals(), late_repeats)
        for person in self.talkers:
            found.check(not person.broken, person.broken)
            found.check(not person.is_alive(), "a talker did not come to its end")
        return found

    def told(self, found: Findings) -> None:
        """Add what the clients saw to the notes."""
        refused = sum(sum(person.refusals.values()) for person in self.talkers)
        cut = sum(person.cut for person in self.talkers)
        longest = max((person.longest for person in self.talkers), default=0.0)
        found.notes.append(f"{refused} answers of 5xx, {cut} cut; longest wait for an answer {longest:.1f} s")


def _one_after_another(people: list[Talker]) -> None:
    for person in people:
        person.run()
        person.phone.hang_up()


def scene(cluster: Cluster, name: str) -> Scene:
    """A scene for one fault, in an idle and whole cluster."""
    cluster.revive()
    wait_quiet(cluster)
    return Scene(
        cluster, f"{name}-{len(cluster.receiver.scripts)}-{time.time_ns() % 10**6}", Account(cluster.webs[0].base)
    )
