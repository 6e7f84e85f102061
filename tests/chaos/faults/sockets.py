"""F16: sockets while servers die, networks break, Redis forgets and some clients stop reading."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.chaos.cluster import Cluster
from tests.chaos.oracle import Findings, judge_reader, uuids
from tests.chaos.people import Ear
from tests.chaos.scene import Scene, scene
from tests.services import wait_until
from tests.system.account import Shop
from tests.system.listeners import Listener
from tests.system.stalled import Stalled

CAUGHT_UP = 10.0  # seconds from a connection, or from the acknowledgement, to the event
LISTENERS = 4  # for each conversation
PATIENCE = 3  # seconds, as 30 are to the product: a client that has not taken what was sent is closed
HISTORY, LONG = 300, "x" * 19_000  # 6 MB; the kernel's own buffers take less than 3 of them
GIVEN_UP = "a client that takes nothing is closed"
TO_HEAR = (
    "SELECT d.event_id FROM engine_delivery d WHERE d.conversation_id = ANY(%s) AND d.destination_id::text = %s "
    "AND d.status = 'available' ORDER BY d.event_id"
)


def broken_sockets(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F16: every listener hears exactly what the database has for it, in order, soon after it is connected again."""
    with cluster.dressed(cluster.webs, f"patience={PATIENCE}"):
        stage = scene(cluster, "F16").open(shops=2, conversations=5, webhook=False)
        ears = [stage.ear(one, turn) for turn in range(LISTENERS) for one in stage.conversations]
        with ExitStack() as stack:
            for ear in ears:
                stack.enter_context(ear)
            wait_until("all listen", lambda: all(ear.connections for ear in ears), 30)
            with cluster.kept_alive(cluster.webs), stage.talk(messages, pause=0.1):
                for number in range(kills):
                    time.sleep(cluster.chance.uniform(0.3, 1.2))
                    _break_something(cluster, ears, number)
            stalls = _stall(cluster, stage)
            _speak_into_connecting(cluster, stage, ears)
            stage.settle()
            wanted = {one: wanted_by(stage, one) for one in stage.conversations}
            wait_heard(ears, wanted)
        found = _judged(cluster, stage, ears, wanted)
    found.kills = kills
    found.faults += stalls
    return found


def _judged(cluster: Cluster, stage: Scene, ears: list[Ear], wanted: dict[str, list[int]]) -> Findings:
    found = stage.judge()
    for ear in ears:
        judge_reader(found, [event for event, _, _ in ear.heard], set(wanted[ear.conversation]), "a listener")
        found.check(not ear.broken, ear.broken)
    found.worst = max(_latenesses(cluster, stage, ears), default=0.0)
    found.check(found.worst <= CAUGHT_UP, f"an event was heard {found.worst:.1f} s late")
    heard, connections = sum(len(ear.heard) for ear in ears), sum(ear.connections for ear in ears)
    found.notes.append(f"{len(ears)} listeners heard {heard} events over {connections} connections")
    return found


def _stall(cluster: Cluster, stage: Scene) -> list[str]:
    """Two clients of each server stop reading while others talk and listen; what was wrong with how they ended."""
    shop = stage.account.shop()
    conversation = shop.conversation()
    with ThreadPoolExecutor(4) as people:
        list(people.map(lambda n: shop.say(conversation, f"{n} {LONG}"), range(HISTORY)))
    wait_until("its agent has it all", lambda: len(shop.activities(conversation, "Agent")) == HISTORY, 60, every=0.5)
    before = _given_up(cluster)
    with ExitStack() as stack:
        stalled = [stack.enter_context(Stalled(base, shop.account.token, shop.agent)) for base in cluster.bases * 2]
        with stage.talk(len(stage.conversations) * 10, pause=0.2, name="stalled"):
            pass
        try:
            wait_until("they are given up", lambda: _given_up(cluster) >= before + len(stalled), 4 * PATIENCE)
        except AssertionError:
            return [f"only {_given_up(cluster) - before} of {len(stalled)} who do not read were closed"]
        return [fault for one in stalled for fault in _faults_of(cluster, shop, one)]


def _given_up(cluster: Cluster) -> int:
    return sum(web.output().count(GIVEN_UP) for web in cluster.webs)


def _faults_of(cluster: Cluster, shop: Shop, stalled: Stalled) -> list[str]:
    """It read what the kernel had, not what was queued for it, and comes back for the rest."""
    heard, _ = stalled.read_on()
    if len(heard) == HISTORY:
        return ["everything was queued for a client that takes nothing"]
    leid = heard[-1]["eventId"] if heard else 0
    with Listener(cluster.bases[0], shop.account.token, shop.agent, leid=leid) as again:
        heard += again.take(HISTORY - len(heard))
    events = [activity["eventId"] for activity in heard]
    return [] if events == sorted(set(events)) else ["what a client heard after it stalled is not in order"]


def _break_something(cluster: Cluster, ears: list[Ear], number: int) -> None:
    """A server dies, some networks break, or Redis forgets, in turn."""
    if number % 5 == 0:
        cluster.webs[(number // 5) % 2].kill()
    elif number % 5 == 3:
        cluster.redis.command("FLUSHALL")
    else:
        for ear in cluster.chance.sample(ears, 5):
            ear.cut()


def _speak_into_connecting(cluster: Cluster, stage: Scene, ears: list[Ear]) -> None:
    """The very last messages come while everybody is connecting: no later wake-up makes up for one that is missed."""
    for turn in range(3):
        wait_until("all listen", lambda: all(ear.socket for ear in ears), 30)
        for ear in ears:
            ear.cut()
        time.sleep(cluster.chance.uniform(0.15, 0.35))
        with stage.talk(len(stage.conversations), name=f"last{turn}."):
            pass
        time.sleep(1)


def wanted_by(stage: Scene, conversation: str) -> list[int]:
    """What its agent has to hear."""
    shop = stage.conversations[conversation]
    return [row[0] for row in stage.cluster.rows(TO_HEAR, uuids({conversation}), shop.agent)]


def wait_heard(ears: list[Ear], wanted: dict[str, list[int]]) -> None:
    """Until the listeners have heard as much as that, at most for half a minute."""
    end = time.monotonic() + 30
    while time.monotonic() < end and any(len(ear.heard) < len(wanted[ear.conversation]) for ear in ears):
        time.sleep(0.2)


def _latenesses(cluster: Cluster, stage: Scene, ears: list[Ear]) -> list[float]:
    """For each event: seconds since it could have been heard, acknowledged and its listener connected."""
    at = {(one.conversation, one.event_id): one.at for one in cluster.ledger.of(set(stage.conversations))}
    return [
        when - max(at[ear.conversation, event], connected)
        for ear in ears
        for event, when, connected in ear.heard
        if (ear.conversation, event) in at
    ]
