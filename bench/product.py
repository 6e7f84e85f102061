"""The product as production runs it, on services of its own, with a database for the floor beside its own.

What the product calls its tables stands here and in seed.py and nowhere else; all else goes over its interfaces.
"""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from bench.floors.tables import TABLES
from bench.load import post
from tests.live import PREPARE, ROOT, Node, environment
from tests.services import Postgres, Redis, free_port, postgres, redis, wait_until
from tests.system.account import Account, Shop

COUNTED = "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.max = 50000\n"
# The pace of production, not of the tests. Everything that counts requests counts, and refuses none of ours.
SETTINGS = {
    "HUBSTER_RETRY_UNIT": "120", "HUBSTER_ATTEMPT_DEADLINE": "10", "HUBSTER_SWEEP_EVERY": "2",
    "HUBSTER_LOG_REQUESTS": "1", "HUBSTER_RATE_CLIENT": "100000000", "HUBSTER_RATE_TENANT": "100000000",
    "HUBSTER_MOST_WAITING": "10000000",
}  # fmt: skip
WEB, PUSH = ["manage.py", "serve", "--http"], ["manage.py", "serve", "--sockets"]
WORKER = ["-m", "celery", "-A", "hubster", "worker", "--without-gossip", "--without-mingle", "-Q", "celery"]
_UNFINISHED = """/* bench */ SELECT (SELECT count(*) FROM engine_activity WHERE state = 'accepted') +
                        (SELECT count(*) FROM engine_lane WHERE due <= now() OR lease_until > now())"""
UNPROCESSED = "/* bench */ SELECT count(*) FROM engine_activity WHERE state = 'accepted'"
UNPARSED = "/* bench */ SELECT count(*) FROM engine_inboxpost WHERE parked IS NULL"
# So many copies of every webhook that waits to be parsed; and none of them waits any more.
COPIES = (
    "INSERT INTO engine_inboxpost (lane_id, received, body, error) "
    "SELECT lane_id, received, body, '' FROM engine_inboxpost, generate_series(1, %s)"
)
FORGOTTEN = "TRUNCATE engine_inboxpost"
# All deliveries to these integrations once more, as if none had been sent.
AGAIN = (
    "UPDATE engine_delivery SET status = 'pending', attempts = 0, ended = NULL, next_attempt = now() "
    "WHERE destination_id::text = ANY(%s)"
)
# Nothing waits for these integrations any more.
OVER = (
    "UPDATE engine_delivery SET status = 'sent', ended = now(), next_attempt = NULL "
    "WHERE status = 'pending' AND destination_id::text = ANY(%s)"
)
TEXT = "Hello there, how can I help you? I have looked at the order that you sent yesterday, and it left our house."


@dataclass
class Product:
    """A process for HTTP, and if wanted one for sockets and one worker."""

    folder: Path
    pg: Postgres
    redis: Redis
    web: Node
    push: Node | None
    worker: Node | None
    shops: list[Shop] = field(default_factory=list)

    @cached_property
    def account(self) -> Account:
        """A tenant's API client."""
        return Account(self.web.base)

    @property
    def sockets(self) -> str:
        """The address of its sockets, where there is a worker."""
        assert self.push
        return self.push.base

    @property
    def parts(self) -> dict[str, list[int]]:
        """The process ids whose time counts, by part."""
        found = {"web": self.web, "push": self.push, "worker": self.worker, "postgres": self.pg, "redis": self.redis}
        return {name: [node.process.pid] for name, node in found.items() if node and node.process}

    def execute(self, statement: str, *values: Any, database: str = "hubster") -> None:
        """Change something in the database."""
        with psycopg.connect(self.pg.url(database), autocommit=True) as link:
            link.execute(statement, values or None)

    def one(self, query: str, *values: Any) -> Any:
        """The first value of the first row."""
        with psycopg.connect(self.pg.url(), autocommit=True) as link:
            row = link.execute(query, values or None).fetchone()
            return row[0] if row else None

    def statements(self) -> int:
        """Statements that the product has asked its database for so far, BEGIN and COMMIT not among them.

        Checks of foreign keys that wait for the COMMIT are PostgreSQL's own, though they count as if they were asked.
        """
        query = """SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
                   WHERE d.datname = 'hubster' AND toplevel AND query !~* '^(begin|commit|rollback|savepoint|release)'
                   AND query !~ 'pg_stat_statements|FOR KEY SHARE OF x|/[*] bench [*]/'"""
        return int(self.one(query))

    def sql_milliseconds(self) -> float:
        """Milliseconds that it planned and executed statements so far."""
        query = """SELECT coalesce(sum(total_exec_time + total_plan_time), 0) FROM pg_stat_statements s
                   JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = 'hubster' AND toplevel
                   AND query !~ 'pg_stat_statements|FOR KEY SHARE OF x|/[*] bench [*]/'"""
        return float(self.one(query))

    def wait_idle(self, seconds: float = 120) -> None:
        """Until nothing waits or is under way."""
        wait_until("nothing waits", lambda: self.one(_UNFINISHED) == 0, seconds)

    def messages(self, conversations: list[str], count: int, account: Account | None = None) -> list[bytes]:
        """Requests of customers, conversation after conversation; each text has its number at the end."""
        token = (account or self.account).token
        return [
            post(
                self.web.base,
                f"/inbound/customer/v1/direct/activity/{conversations[number % len(conversations)]}",
                message(number),
                Authorization=f"Bearer {token}",
            )
            for number in range(count)
        ]


def message(number: int) -> dict[str, Any]:
    """A body of about 300 bytes."""
    text = {"type": "text", "text": f"{TEXT} #{number}#"}
    return {"type": "message", "externalId": uuid.uuid4().hex, "message": text}


@contextmanager
def product(worker: bool = True, conf: str = "", **settings: str) -> Iterator[Product]:
    """The running product with the demo's data. Without a worker, messages are accepted and wait. `conf` is more of
    postgresql.conf, `settings` more of its environment."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="hubster-bench-")))
        pg = stack.enter_context(postgres(durable=True, conf=COUNTED + conf))
        broker, port = stack.enter_context(redis()), free_port()
        env = environment(folder, port, DATABASE_URL=pg.url(), REDIS_URL=broker.url,
                          HUBSTER_PUBLIC_URL=f"http://127.0.0.1:{port}", **SETTINGS, **settings)  # fmt: skip
        done = subprocess.run([sys.executable, "manage.py", "shell", "-c", PREPARE], env=env, cwd=ROOT,
                              capture_output=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        web = Node("web", WEB, env, folder / "web.log", port)
        there = free_port()
        push = Node("push", PUSH, {**env, "PORT": str(there)}, folder / "push.log", there) if worker else None
        asks = lambda: b"cmd=brpop" in broker.command("CLIENT", "LIST")  # noqa: E731 - it asks for work
        works = Node("worker", WORKER, env, folder / "worker.log", ready=asks) if worker else None
        made = Product(folder, pg, broker, web, push, works)
        made.execute("CREATE EXTENSION pg_stat_statements")
        made.execute("CREATE DATABASE floor")
        made.execute(TABLES, database="floor")
        with running(*(node for node in (web, push, works) if node)):
            yield made


@contextmanager
def running(*nodes: Node) -> Iterator[None]:
    """Processes of the product until the end of the block."""
    try:
        for node in nodes:
            node.launch()
        for node in nodes:
            node.wait()
        yield
    finally:
        for node in nodes:
            if node.process:
                node.process.terminate()
        for node in nodes:
            if node.process:
                node.stop(seconds=15)
