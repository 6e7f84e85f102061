"""F28: web processes and workers die between a provider's webhook and the activity that it becomes."""

import time
from collections import defaultdict
from contextlib import ExitStack
from itertools import pairwise

from tests.chaos.cluster import Cluster
from tests.chaos.ledger import Entry
from tests.chaos.oracle import Findings
from tests.chaos.scene import Scene, scene
from tests.services import wait_until
from tests.system.providers import Account
from tests.system.senders import Sender

PATIENCE = 240  # seconds: an inbox waits half a minute for a worker that died with it
EACH = 3  # customers of an account
_WAITING = "SELECT count(*) FROM engine_inboxpost WHERE lane_id::text = ANY(%s) AND parked IS NULL"
_PARKED = "SELECT error FROM engine_inboxpost WHERE lane_id::text = ANY(%s) AND parked IS NOT NULL"
_SAID = (
    "SELECT conversation_id::text, event_id, a.id::text, content->>'text', hub_id::text FROM engine_activity a "
    "JOIN engine_conversation c ON c.id = a.conversation_id "
    "WHERE a.sender_integration_id::text = ANY(%s) AND a.type = 'message' ORDER BY event_id"
)


def killed_inboxes(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F28: kill -9 of all kinds at random, after the COMMIT of a webhook, and in the middle of parsing."""
    stage = scene(cluster, "F28").open(shops=2, conversations=0)
    peers = cluster.providers
    accounts = [account for shop in stage.shops for account in (peers.telegram(shop), peers.whatsapp(shop))]
    people = [
        Sender(cluster.bases, account, number, messages // (EACH * len(accounts)), pause=0.05)
        for number, account in enumerate(accounts * EACH, 1)
    ]
    died = cluster.folder / stage.name
    died.mkdir()
    with (
        cluster.dressed(cluster.webs, f"die_after_taking={died}"),
        cluster.dressed(cluster.workers, f"die_while_parsing={died}"),
        cluster.kept_alive(cluster.nodes),
    ):
        with ExitStack() as stack:
            for person in people:
                stack.enter_context(person)
            _kill(cluster, kills, people)
        _parsed(cluster, accounts)
    found = _judge(stage, accounts, people)
    planned = len(list(died.iterdir()))
    found.kills = kills + planned
    found.check(planned > 0, "nobody died at the moments that matter")
    found.notes.append(f"{sum(person.posts for person in people)} posts; {planned} deaths at the exact moments")
    return found


def _kill(cluster: Cluster, kills: int, people: list[Sender]) -> None:
    for _ in range(kills):
        time.sleep(cluster.chance.uniform(0.3, 2.0))
        if not any(person.is_alive() for person in people):
            return
        cluster.chance.choice([node for node in cluster.nodes if node.alive] or cluster.nodes).kill()


def _parsed(cluster: Cluster, accounts: list[Account]) -> None:
    lanes = [account.integration for account in accounts]
    wait_until("all is parsed", lambda: cluster.rows(_WAITING, lanes)[0][0] == 0, PATIENCE, every=0.3)


def _judge(stage: Scene, accounts: list[Account], people: list[Sender]) -> Findings:
    """What was acknowledged is in one conversation for each customer, once and in order, and reached the webhooks."""
    cluster, keys = stage.cluster, [account.integration for account in accounts]
    said = cluster.rows(_SAID, keys)
    shops = {shop.hub: shop for shop in stage.shops}
    acknowledged = {text: moments for person in people for text, moments in person.acknowledged.items()}
    entries = {
        text: Entry(talk, text, event, key, *acknowledged[text])
        for talk, event, key, text, _ in said
        if text in acknowledged
    }
    for entry in entries.values():
        cluster.ledger.note(entry)
    stage.conversations = {row[0]: shops[row[4]] for row in said}
    stage.watched = set(stage.conversations)
    found = stage.judge()
    found.lose(len(acknowledged.keys() - entries.keys()), "of what was acknowledged")
    threads: dict[str, list[str]] = defaultdict(list)
    for row in said:
        threads[row[0]].append(row[3])
    found.check(len(threads) == len(people), f"{len(threads)} conversations of {len(people)} customers")
    found.reordered += sum(_number(later) < _number(text) for one in threads.values() for text, later in pairwise(one))
    for person in people:
        found.check(not person.broken, person.broken)
        found.check(len(person.acknowledged) == person.count, "a provider did not come to its end")
    parked = cluster.rows(_PARKED, keys)
    found.check(not parked, f"{len(parked)} webhooks were set aside: {parked[:1]}")
    return found


def _number(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))
