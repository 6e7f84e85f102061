"""The list of the faults with their sizes in each profile: (kills, messages)."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.cluster import Cluster
from tests.chaos.faults import inboxes, minutes, networks, oddities, receivers, sockets, stores, webs, workers
from tests.chaos.oracle import Findings

Play = Callable[[Cluster, int, int], Findings]


@dataclass(frozen=True)
class Fault:
    """One row of the table. Without a size a profile leaves it out."""

    code: str
    title: str
    play: Play
    quick: tuple[int, int] | None
    full: tuple[int, int] | None
    ci: tuple[int, int] | None = None
    beside: bool = False  # it mostly waits, in a cluster of its own: it is played while the others are

    def size(self, profile: str) -> tuple[int, int] | None:
        """(kills, messages)"""
        sizes: dict[str, tuple[int, int] | None] = {"quick": self.quick, "full": self.full, "ci": self.ci}
        return sizes[profile]


FAULTS = (
    Fault("F1", "kill -9 of a worker at random times", workers.killed_workers, (15, 900), (120, 4000), (4, 200)),
    Fault("F2", "workers killed, removed and added in turn", workers.changing_workers, (6, 200), (30, 1500)),
    Fault("F3", "kill -9 of a web process during POSTs", webs.killed_webs, (8, 400), (60, 2500), (2, 120)),
    Fault("F4", "death between COMMIT and wake-up", workers.died_before_wake_up, (10, 10), (60, 60)),
    Fault("F5", "death between call and stored result", workers.died_after_send, (12, 12), (30, 30)),
    Fault("F6", "worker frozen past its lease, then resumed", workers.stopped_worker, (3, 60), (10, 200)),
    Fault("F7", "Redis FLUSHALL", stores.flushed_redis, (3, 400), (8, 2000), (1, 120)),
    Fault("F8", "Redis killed, away, back empty", stores.killed_redis, (2, 400), (5, 1500)),
    Fault("F9", "PostgreSQL killed and restarted", stores.crashed_postgres, (3, 400), (10, 2000), (1, 120)),
    Fault("F10", "PostgreSQL's disk is full", oddities.full_disk, (1, 300), (2, 600)),
    Fault("F11", "connection cut during COMMIT", oddities.cut_commits, (20, 300), (100, 1500)),
    Fault("F12", "receiver down, back at the fifth attempt", receivers.receiver_comes_back, (2, 120), (6, 600)),
    Fault("F13", "receiver down for good", receivers.receiver_stays_down, (0, 100), (0, 500)),
    Fault("F14", "the documented minutes, workers killed, flush", minutes.real_minutes, None, (3, 100), beside=True),
    Fault("F15", "50 hanging endpoints, one healthy", receivers.hanging_endpoints, (0, 100), (0, 1000)),
    Fault("F16", "sockets: kills, cuts, flush, stalled readers", sockets.broken_sockets, (20, 400), (80, 2000)),
    Fault("F17", "each POST 1 to 5 times in parallel", webs.repeated_posts, (1, 200), (2, 1200), (0, 40)),
    Fault("F18", "8 writers, live reader by leid", webs.many_writers, (0, 400), (0, 3000), (0, 160)),
    Fault("F19", "clock steps back", oddities.clock_steps_back, (1, 200), (2, 500)),
    Fault("F20", "SIGTERM rolling restart under load", webs.rolling_restart, (5, 400), (30, 3000)),
    Fault("F21", "poison messages", oddities.poison_messages, (5, 200), (20, 1000)),
    Fault("F22", "dump, wipe, restore", oddities.restored, (1, 120), (1, 1000)),
    Fault("F23", "Redis swallows everything for 20 s", networks.swallowed_redis, (1, 300), (2, 600)),
    Fault("F24", "PostgreSQL swallows everything for 15 s", networks.swallowed_postgres, (1, 200), (2, 500)),
    Fault("F25", "PostgreSQL half open for 8 s", networks.half_open_postgres, (2, 200), (4, 500)),
    Fault("F26", "200 ms more to PostgreSQL and Redis", networks.slow_network, (0, 36), (0, 200)),
    Fault("F27", "answers torn, connections reset", networks.torn_answers, (12, 200), (60, 1000)),
    Fault("F28", "kill -9 around a provider's webhook", inboxes.killed_inboxes, (4, 120), (20, 360)),
)
