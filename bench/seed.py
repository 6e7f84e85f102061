"""Fills a PostgreSQL database with a million messages, by copying one of each kind of row inside the database.

python -m bench.seed DATABASE_URL [--messages N] [--conversations N] [--longest N]

The pattern is made over the API: a new hub with one conversation and one message, which was delivered to a webhook
and to a socket. Only the columns that must differ are named here, all others are copied. For measuring only: foreign
keys are not checked and triggers do not run.
"""

import argparse
import hashlib
import time
import uuid
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from tests.services import wait_until
from tests.system.account import Account, Shop
from tests.system.receiver import receiver

DAYS = 90  # over which the messages are spread
# Values of the columns that differ; {a} and {c} are the number of the message and of the conversation.
_CONVERSATION = "md5(%(conversation)s || '-c-' || {c})::uuid"
_ACTIVITY = "md5(%(conversation)s || '-a-' || {a})::uuid"
_OF = "CASE WHEN {a} < {longest} THEN 0 ELSE 1 + mod({a}, {conversations} - 1) END"
_EVENT = "({start} + ({a})::bigint * {step})"
_MOMENT = "to_timestamp({event} / 1000.0)"


@dataclass(frozen=True)
class Sizes:
    """Numbers of rows; every fifth message goes to a socket as well as to the webhook."""

    messages: int = 1_000_000
    conversations: int = 20_000
    longest: int = 20_000  # messages of the first conversation

    @property
    def deliveries(self) -> int:
        """To webhook and sockets."""
        return self.messages + self.messages // 5


@dataclass
class Pattern:
    """The rows that are copied, by the hub in which they are."""

    shop: Shop
    hook: str
    conversation: str
    start: int = field(default_factory=lambda: int((time.time() - DAYS * 86_400) * 1000))

    @classmethod
    def make(cls, account: Account, url: str, webhook: str) -> "Pattern":
        """Say one message in a new hub and wait until it has been delivered."""
        shop = account.shop()
        hook = shop.watched_by(webhook)["integrationId"]
        conversation = shop.conversation()
        shop.say(conversation, "Hello there, how can I help you? Your order has left our house.")
        query = "SELECT count(*) FROM engine_delivery WHERE conversation_id = %s AND status <> 'pending'"
        with psycopg.connect(url, autocommit=True) as link:
            wait_until("the pattern is delivered", lambda: _one(link, query, uuid.UUID(conversation)) == 2)
        return cls(shop, hook, conversation)

    @property
    def longest(self) -> str:
        """The conversation that has most messages."""
        return str(uuid.UUID(bytes=_md5(f"{self.conversation}-c-0")))

    def last_event(self, sizes: Sizes) -> int:
        """The newest event id of all."""
        return self.start + (sizes.messages - 1) * self.step(sizes)

    @staticmethod
    def step(sizes: Sizes) -> int:
        """Milliseconds between two messages."""
        return DAYS * 86_400_000 // sizes.messages


def _md5(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def _one(link: psycopg.Connection, query: str, *values: object) -> object:
    row = link.execute(query, values).fetchone()
    return row[0] if row else None


def fill(url: str, pattern: Pattern, sizes: Sizes) -> float:
    """Copy the pattern; the seconds that it took."""
    began = time.monotonic()
    with psycopg.connect(url) as link:
        link.execute("SET session_replication_role = replica")
        link.execute("SET synchronous_commit = off")
        for table, count, where, columns in _copies(pattern, sizes):
            link.execute(_copy(link, table, count, where, columns), {"conversation": pattern.conversation})
    with psycopg.connect(url, autocommit=True) as link:
        for table in ("engine_conversation", "engine_activity", "engine_delivery", "engine_lane"):
            link.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))
    return time.monotonic() - began


@dataclass(frozen=True)
class _Columns:
    """SQL of the columns in which copies differ; `number` is SQL for the number of a message."""

    pattern: Pattern
    sizes: Sizes

    def _filled(self, text: str, number: str, event: str = "") -> str:
        return text.format(a=number, c=number, event=event, start=self.pattern.start,
                           step=self.pattern.step(self.sizes), longest=self.sizes.longest,
                           conversations=self.sizes.conversations)  # fmt: skip

    def of_message(self, number: str) -> dict[str, str]:
        """The conversation and the moment of a message."""
        event = self._filled(_EVENT, number)
        return {
            "conversation_id": _CONVERSATION.format(c=f"({self._filled(_OF, number)})"),
            "event_id": event,
            "created": self._filled(_MOMENT, number, event),
        }

    def newest(self) -> str:
        """The event id of the newest message of conversation `n`.

        In the first conversation it is the last of its block; the others take turns to the end.
        """
        sizes = self.sizes
        turns = f"{sizes.messages - 1} - mod({sizes.messages} - n, {sizes.conversations - 1})"
        return self._filled(_EVENT, f"(CASE WHEN n = 0 THEN {sizes.longest - 1} ELSE {turns} END)")

    def of_conversation(self) -> dict[str, str]:
        """Conversation `n`."""
        last = self.newest()
        moments = dict.fromkeys(("created", "opened", "modified"), self._filled(_MOMENT, "n", last))
        return {"id": _CONVERSATION.format(c="n"), "binding": "'bench-' || n", "last_event_id": last,
                "last_said": last, **moments}  # fmt: skip

    def of_delivery(self, number: str) -> dict[str, str]:
        """The delivery of a message."""
        return {**self.of_message(number), "id": "gen_random_uuid()", "activity_id": _ACTIVITY.format(a=number)}


def _copies(pattern: Pattern, sizes: Sizes) -> list[tuple[str, int, str, dict[str, str]]]:
    """(table, copies, which pattern row, columns that differ)."""
    mine, of = "x.conversation_id = %(conversation)s", _Columns(pattern, sizes)
    activity = {**of.of_message("n"), "id": _ACTIVITY.format(a="n"), "dedupe_key": "NULL"}
    conversation_id = _CONVERSATION.format(c="n")
    lane = {"id": "nextval(pg_get_serial_sequence('engine_lane', 'id'))", "conversation_id": conversation_id}
    pipeline = {"conversation_id": conversation_id, "newest": of.newest(), "handled": of.newest()}
    hook, socket = f"{mine} AND x.status <> 'available'", f"{mine} AND x.status = 'available'"
    return [
        ("engine_conversation", sizes.conversations, "x.id = %(conversation)s", of.of_conversation()),
        ("engine_pipelinelane", sizes.conversations, mine, pipeline),
        ("engine_activity", sizes.messages, mine, activity),
        ("engine_delivery", sizes.messages, hook, of.of_delivery("n")),
        ("engine_delivery", sizes.messages // 5, socket, of.of_delivery("(n * 5)")),
        ("engine_lane", sizes.conversations, mine, lane),
    ]


def _copy(link: psycopg.Connection, table: str, count: int, where: str, columns: dict[str, str]) -> str:
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'"
    names = [row[0] for row in link.execute(query, (table,))]
    assert set(columns) <= set(names), f"{table} has no {set(columns) - set(names)}"
    values = [columns.get(name, f'x."{name}"') for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    pattern = f"(SELECT * FROM {table} x WHERE {where} LIMIT 1) x"
    return (
        f"INSERT INTO {table} ({quoted}) SELECT {', '.join(values)} FROM {pattern}, generate_series(0, {count - 1}) n"
    )


def main() -> None:
    """Fill a database whose product runs already."""
    options = argparse.ArgumentParser(prog="bench.seed", description="Fill a database with messages.")
    options.add_argument("database", help="postgres://...; the role must be a superuser")
    options.add_argument("--server", default="http://127.0.0.1:8000", help="the running product, with the demo's data")
    for name, default in Sizes().__dict__.items():
        options.add_argument(f"--{name}", type=int, default=default)
    given = options.parse_args()
    sizes = Sizes(given.messages, given.conversations, given.longest)
    with receiver() as hook:
        pattern = Pattern.make(Account(given.server), given.database, hook.url("/seed"))
    seconds = fill(given.database, pattern, sizes)
    print(f"{sizes.messages:,} messages, {sizes.deliveries:,} deliveries in {seconds:.0f} s; hub {pattern.shop.hub}")


if __name__ == "__main__":
    main()
