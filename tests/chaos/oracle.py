"""The comparison of what was promised with what is there: the ledger, the database, the receiver, the readers."""

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from tests.chaos.ledger import Entry
from tests.chaos.receiver import Arrival

Key = tuple[str, str]  # (conversation, text): one message, whatever ids it has


@dataclass
class Findings:
    """What was compared and what was wrong."""

    kills: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    repeats: int = 0  # POSTs that came again under the same webhook id
    worst: float = 0.0  # seconds
    skipped: str = ""  # why it was not played
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def check(self, good: bool, fault: str) -> None:
        """One more thing that must hold."""
        if not good:
            self.faults.append(fault)

    @property
    def held(self) -> bool:
        """Whether everything that must hold does."""
        return not (self.lost or self.doubled or self.reordered or self.faults)

    def lose(self, count: int, where: str) -> None:
        """Some are missing somewhere."""
        self.lost += count
        if count:
            self.notes.append(f"{count} missing {where}")

    def double(self, count: int, where: str) -> None:
        """Some had their effect more than once."""
        self.doubled += count
        if count:
            self.notes.append(f"{count} doubled {where}")


def judge_rows(found: Findings, ledger: list[Entry], rows: list[tuple[str, int, str, str]]) -> None:
    """Ledger against activities (conversation, eventId, id, text): each there under its ids, each once."""
    by_id = {row[2]: row for row in rows}
    gone = [entry for entry in ledger if _row(entry) != by_id.get(entry.interaction_id)]
    found.lose(len(gone), "in the database")
    texts = Counter((row[0], row[3]) for row in rows)
    found.double(sum(count - 1 for count in texts.values()), "in the database")


def _row(entry: Entry) -> tuple[str, int, str, str]:
    return entry.conversation, entry.event_id, entry.interaction_id, entry.text


def judge_arrivals(found: Findings, ledger: list[Entry], arrivals: list[Arrival], late_repeats: bool = False) -> None:
    """Ledger against the receiver's log; `late_repeats`: a repeat may come after a later message's call."""
    good: dict[Key, set[str]] = defaultdict(set)
    first: dict[Key, float] = {}
    for one in arrivals:
        key = (one.conversation, one.text)
        if one.status < 300:
            good[key].add(one.id)
            first.setdefault(key, one.at)
    found.lose(sum((entry.conversation, entry.text) not in good for entry in ledger), "at the receiver")
    found.double(sum(len(ids) - 1 for ids in good.values()), "at the receiver")
    found.repeats += len(arrivals) - len({one.id for one in arrivals})
    waits = [first[entry.conversation, entry.text] - entry.at for entry in ledger if _arrived(entry, first)]
    found.worst = max([found.worst, *waits])
    found.reordered += sum(_disorder(lane, late_repeats) for lane in _lanes(arrivals).values())


def _arrived(entry: Entry, first: dict[Key, float]) -> bool:
    return (entry.conversation, entry.text) in first


def longest_silence(ledger: list[Entry], arrivals: list[Arrival]) -> float:
    """Seconds in which nothing arrived although something acknowledged waited; a queue that moves is no silence."""
    first: dict[Key, float] = {}
    for one in arrivals:
        first.setdefault((one.conversation, one.text), one.at)
    waits = sorted((first[entry.conversation, entry.text], entry.at) for entry in ledger if _arrived(entry, first))
    longest, oldest, later = 0.0, float("inf"), None
    for arrived, said in reversed(waits):  # `oldest`: of those that arrived at `later` or after it
        if later is not None:
            longest = max(longest, later - max(arrived, oldest))
        oldest, later = min(oldest, said), arrived
    return max(longest, later - oldest) if later is not None else longest


def _lanes(arrivals: list[Arrival]) -> dict[Key, list[Arrival]]:
    lanes: dict[Key, list[Arrival]] = defaultdict(list)
    for one in arrivals:
        lanes[one.conversation, one.path].append(one)
    return lanes


def _disorder(lane: list[Arrival], late_repeats: bool) -> int:
    """How often the eventId falls from one call of a lane to the next."""
    calls = [one for one in lane if one.number == 1] if late_repeats else lane
    return sum(later.event_id < earlier.event_id for earlier, later in pairwise(calls))


def judge_reader(found: Findings, seen: list[int], wanted: set[int], who: str) -> None:
    """What somebody read live, against what there is to read: nothing missed, nothing twice, in order."""
    found.lose(len(wanted - set(seen)), f"for {who}")
    found.double(len(seen) - len(set(seen)), f"for {who}")
    found.reordered += sum(later < earlier for earlier, later in pairwise(seen))


ACTIVITIES = (
    "SELECT conversation_id::text, event_id, id::text, content->>'text' FROM engine_activity "
    "WHERE conversation_id = ANY(%s) ORDER BY event_id"
)
UNFINISHED = (
    "SELECT (SELECT count(*) FROM engine_activity WHERE conversation_id = ANY(%s) AND state = 'accepted')"
    " + (SELECT count(*) FROM engine_delivery WHERE conversation_id = ANY(%s) AND status = 'pending')"
)


def uuids(conversations: set[str]) -> list[uuid.UUID]:
    """As the database compares them."""
    return [uuid.UUID(conversation) for conversation in conversations]
