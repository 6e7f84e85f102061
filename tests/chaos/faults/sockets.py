"""F16: sockets while servers die, networks break and Redis forgets."""

import time
from contextlib import ExitStack

from tests.chaos.oracle import Findings, judge_reader, uuids
from tests.chaos.people import Ear
from tests.chaos.scene import Scene, scene
from tests.chaos.town import Town
from tests.services import wait_until

CAUGHT_UP = 10.0  # seconds from a connection, or from the acknowledgement, to the event
LISTENERS = 4  # for each conversation
TO_HEAR = (
    "SELECT d.event_id FROM engine_delivery d WHERE d.conversation_id = ANY(%s) AND d.destination_id::text = %s "
    "AND d.status = 'available' ORDER BY d.event_id"
)


def broken_sockets(town: Town, kills: int, messages: int) -> Findings:
    """F16: every listener hears exactly what the database has for it, in order, soon after it is connected again."""
    stage = scene(town, "F16").open(shops=2, conversations=5, webhook=False)
    ears = [stage.ear(one, turn) for turn in range(LISTENERS) for one in stage.conversations]
    with ExitStack() as stack:
        for ear in ears:
            stack.enter_context(ear)
        wait_until("all listen", lambda: all(ear.connections for ear in ears), 30)
        with town.kept_alive(town.webs), stage.talk(messages, pause=0.1):
            for number in range(kills):
                time.sleep(town.chance.uniform(0.3, 1.2))
                _break_something(town, ears, number)
        _speak_into_connecting(town, stage, ears)
        stage.settle()
        wanted = {one: _to_hear(stage, one) for one in stage.conversations}
        _wait_heard(ears, wanted)
    found = stage.judge()
    found.kills = kills
    for ear in ears:
        judge_reader(found, [event for event, _, _ in ear.heard], set(wanted[ear.conversation]), "a listener")
        found.check(not ear.broken, ear.broken)
    found.worst = max(_latenesses(town, stage, ears), default=0.0)
    found.check(found.worst <= CAUGHT_UP, f"an event was heard {found.worst:.1f} s late")
    heard, connections = sum(len(ear.heard) for ear in ears), sum(ear.connections for ear in ears)
    found.notes.append(f"{len(ears)} listeners heard {heard} events over {connections} connections")
    return found


def _break_something(town: Town, ears: list[Ear], number: int) -> None:
    """A server dies, some networks break, or Redis forgets, in turn."""
    if number % 5 == 0:
        town.webs[(number // 5) % 2].kill()
    elif number % 5 == 3:
        town.redis.command("FLUSHALL")
    else:
        for ear in town.chance.sample(ears, 5):
            ear.cut()


def _speak_into_connecting(town: Town, stage: Scene, ears: list[Ear]) -> None:
    """The very last messages come while everybody is connecting: no later hint makes up for one that is missed."""
    for turn in range(3):
        wait_until("all listen", lambda: all(ear.socket for ear in ears), 30)
        for ear in ears:
            ear.cut()
        time.sleep(town.chance.uniform(0.15, 0.35))
        with stage.talk(len(stage.conversations), name=f"last{turn}."):
            pass
        time.sleep(1)


def _to_hear(stage: Scene, conversation: str) -> list[int]:
    shop = stage.conversations[conversation]
    return [row[0] for row in stage.town.rows(TO_HEAR, uuids({conversation}), shop.agent)]


def _wait_heard(ears: list[Ear], wanted: dict[str, list[int]]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and any(len(ear.heard) < len(wanted[ear.conversation]) for ear in ears):
        time.sleep(0.2)


def _latenesses(town: Town, stage: Scene, ears: list[Ear]) -> list[float]:
    """For each event: seconds since it could have been heard, acknowledged and its listener connected."""
    at = {(one.conversation, one.event_id): one.at for one in town.ledger.of(set(stage.conversations))}
    return [
        when - max(at[ear.conversation, event], connected)
        for ear in ears
        for event, when, connected in ear.heard
        if (ear.conversation, event) in at
    ]
