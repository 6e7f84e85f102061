"""The mutation gate: `python -m tests.chaos.mutations [name …]`. With a safeguard taken away a fault must turn red.

What stays green with its safeguard gone was never tested. Each mutation is played in the smallest fault that must
notice it; a control shows that the same fault is green without the mutation.
"""

import sys
import time
from dataclasses import dataclass

from tests.chaos.catalogue import Play
from tests.chaos.cluster import Cluster, Process, cluster
from tests.chaos.faults import inboxes, receivers, sockets, stores, webs, workers
from tests.chaos.oracle import Findings

_UNLOGGED = "ALTER SYSTEM SET synchronous_commit = off"
_LOGGED = "ALTER SYSTEM RESET synchronous_commit"
_SEQUENCE = "CREATE SEQUENCE IF NOT EXISTS chaos_event_id START 9000000000000"
_NO_CONSTRAINT = "ALTER TABLE engine_activity DROP CONSTRAINT IF EXISTS repeat_changes_nothing"


@dataclass(frozen=True)
class Mutation:
    """One safeguard, and the fault that must miss it."""

    name: str
    title: str
    play: Play
    size: tuple[int, int]
    where: str = ""  # "web", "worker" or both: whose processes are patched
    patches: tuple[str, ...] = ()
    before: str = ""  # statements for the database
    after: str = ""
    red: bool = True  # False: a control, which must stay green


MUTATIONS = (
    Mutation("control", "no mutation but no sweeper either", stores.calm, (0, 20), "worker",
             ("no_sweeper",), red=False),
    Mutation("wake-up", "wake-up sent inside the transaction", stores.calm, (0, 20), "web worker",
             ("wake_up_inside", "no_sweeper")),
    Mutation("control-sweeper", "no wake-up arrives, but there is a sweeper", stores.calm, (0, 20), "web worker",
             ("wake_ups_lost",), red=False),
    Mutation("sweeper", "no wake-up arrives, and there is no sweeper", stores.calm, (0, 20), "web worker",
             ("wake_ups_lost", "no_sweeper")),
    Mutation("token", "a lease without its token, and F6", workers.stopped_worker, (1, 10), "worker",
             ("lease_without_token",)),
    Mutation("memory", "due times in a worker's memory, and F12", receivers.receiver_comes_back, (3, 40), "worker",
             ("due_in_memory",)),
    Mutation("join", "a socket reads, then joins, and F16", sockets.broken_sockets, (10, 150), "web",
             ("join_after_reading",)),
    Mutation("control-pressure", "no mutation, and F16", sockets.broken_sockets, (2, 50), red=False),
    Mutation("pressure", "sockets do not wait for slow clients, and F16", sockets.broken_sockets, (2, 50), "web",
             ("send_without_waiting",)),
    Mutation("early", "answer before the commit, and F3", webs.killed_webs, (6, 120), "web",
             ("answer_before_commit",)),
    Mutation("sequence", "eventIds from a sequence, without the lock, and F18", webs.many_writers, (0, 160), "web",
             ("ids_from_a_sequence",), _SEQUENCE),
    Mutation("commit", "synchronous_commit=off, and F9", stores.crashed_postgres, (3, 300), before=_UNLOGGED,
             after=_LOGGED),
    Mutation("constraint", "no unique constraint, repeats looked for before the lock, and F17", webs.repeated_posts,
             (0, 40), "web", ("repeats_unchecked",), _NO_CONSTRAINT),
    Mutation("inbox", "a webhook is deleted when it is read, and F28", inboxes.killed_inboxes, (2, 60), "worker",
             ("webhooks_deleted_when_read",)),
)  # fmt: skip


def main(names: list[str]) -> int:
    """Play them and say which were noticed; the exit code."""
    unknown = set(names) - {one.name for one in MUTATIONS}
    if unknown:
        print(f"There is no {', '.join(sorted(unknown))}; choose from {', '.join(one.name for one in MUTATIONS)}.")
        return 2
    right = True
    with cluster() as made:
        for one in [one for one in MUTATIONS if not names or one.name in names]:
            began = time.monotonic()
            found = _play(made, one)
            good = found.held != one.red
            right &= good
            print(f"{'green' if found.held else 'red':6} {'as it must be' if good else 'WRONG':14} {one.title}"
                  f"  ({time.monotonic() - began:.0f} s)\n       {_why(found)}", flush=True)  # fmt: skip
    return 0 if right else 1


def _play(made: Cluster, one: Mutation) -> Findings:
    """With the mutation in place; a fault of the harness itself is no proof, so it is raised."""
    nodes: list[Process] = [node for node in made.nodes if node.name.partition("-")[0] in one.where.split()]
    _say(made, one.before)
    try:
        with made.dressed(nodes, *one.patches):
            return one.play(made, *one.size)
    finally:
        _say(made, one.after)


def _say(made: Cluster, statements: str) -> None:
    for statement in filter(None, statements.split("; ")):
        made.run(statement)
    made.run("SELECT pg_reload_conf()")


def _why(found: Findings) -> str:
    """What the oracle saw."""
    counts = f"{found.messages} messages, {found.lost} lost, {found.doubled} doubled, {found.reordered} reordered"
    return "; ".join([counts, *dict.fromkeys(found.faults), *found.notes][:6])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
