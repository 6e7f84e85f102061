"""F10, F11, F19, F21, F22: a full disk, a cut COMMIT, a clock that steps back, a poison message, a restore."""

import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.cluster import LEASE, Cluster
from tests.chaos.cluster import cluster as new_town
from tests.chaos.network import network
from tests.chaos.oracle import ACTIVITIES, Findings, judge_arrivals, judge_rows, uuids
from tests.chaos.patches import POISON
from tests.chaos.people import Talker
from tests.chaos.scene import scene
from tests.services import PG_USER, pg_program, wait_until

STEP = 20.0  # seconds by which the clock is set back, as five minutes are to the product's own lease of 30 seconds
FREE = 96 * 1024 * 1024  # bytes of the small disk


def full_disk(_: Cluster, kills: int, messages: int) -> Findings:
    """F10: PostgreSQL on a small disk of its own that fills up; what is not saved must not be acknowledged."""
    with TemporaryDirectory(prefix="hubster-disk-") as folder:
        if not _mounted(Path(folder)):
            return Findings(skipped="mounting a small disk needs root and a kernel that lets us")
        try:
            with new_town(parent=Path(folder), workers=1) as made:
                return _fill_and_free(made, Path(folder), kills, messages)
        finally:
            subprocess.run(["umount", "-l", folder], check=False)


def _mounted(folder: Path) -> bool:
    words = ["mount", "-t", "tmpfs", "-o", "size=256m,mode=755", "tmpfs", str(folder)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _fill_and_free(made: Cluster, folder: Path, kills: int, messages: int) -> Findings:
    stage = scene(made, "F10").open(shops=1, conversations=4)
    filler = folder / "filler"
    with stage.talk(messages, pause=0.05) as people:
        for _ in range(kills):
            time.sleep(2)
            _fill(filler)
            _grow(made)
            time.sleep(4)
            before = sum(one.done for one in people)
            filler.unlink()
            if made.pg.process and made.pg.process.poll() is not None:
                made.pg.start(60)  # as an operator does, once there is space
            wait_until("it goes on", lambda b=before: sum(one.done for one in people) > b + 4, 60)
    found = stage.judge(seconds=90)
    found.kills = kills
    refused = sum(sum(person.refusals.values()) for person in people)
    found.check(refused > 0, "the disk was not full enough to matter")
    stage.told(found)
    return found


def _fill(path: Path) -> None:
    """Write until there is no space."""
    block = b"x" * 65_536
    with path.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(block)
        except OSError:
            return


def _grow(made: Cluster) -> None:
    """Make PostgreSQL need space: a table that grows, until it says that it cannot."""
    import psycopg

    try:
        made.run(
            "CREATE TABLE IF NOT EXISTS chaos_ballast AS SELECT repeat('x', 2000) AS t FROM generate_series(1, 100)"
        )
        while True:
            made.run("INSERT INTO chaos_ballast SELECT repeat(md5(random()::text), 50) FROM generate_series(1, 5000)")
    except psycopg.Error:
        return


def cut_commits(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F11: the connection to PostgreSQL breaks in the middle of a COMMIT, before or after the server has it."""
    with network(cluster, cluster.webs) as net:
        proxy = net.pg
        stage = scene(cluster, "F11").open(shops=2, conversations=6)
        with stage.talk(messages, pause=0.02) as people:
            while proxy.before + proxy.after < kills and any(one.is_alive() for one in people):
                proxy.armed = 1
                time.sleep(0.2)
            proxy.armed = 0
    found = stage.judge()
    found.kills = proxy.before + proxy.after
    stage.told(found)
    found.notes.append(f"{proxy.before} cut before the server had the COMMIT, {proxy.after} before its answer came")
    found.check(proxy.after > 0 and proxy.before > 0, "not both kinds of cuts were made")
    return found


def clock_steps_back(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F19: the wall clock of every process steps back while messages are said and delivered."""
    offset = cluster.folder / f"offset-{time.time_ns()}"
    offset.write_text("0")
    with cluster.dressed(cluster.nodes, f"clock={offset}"):
        stage = scene(cluster, "F19").open(shops=2, conversations=4)
        with stage.talk(messages, pause=0.1):
            for step in range(kills):
                time.sleep(3)
                offset.write_text(str(-STEP * (step + 1)))
        found = stage.judge(seconds=60 + STEP * kills)
    found.kills = kills
    found.check(found.worst <= STEP * kills + LEASE + 30, f"a message waited {found.worst:.1f} s")
    return found


def poison_messages(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F21: messages that break the pipeline are set aside with a notice; their conversations go on."""
    with cluster.dressed(cluster.workers, "poison"):
        stage = scene(cluster, "F21").open(shops=2, conversations=max(kills, 5))
        poisoned = list(stage.conversations)[:kills]
        with stage.talk(messages // 2, name="before"):
            pass
        bad = [Talker(stage.phone(), cluster.ledger, one, 1, name=POISON) for one in poisoned]
        for person in bad:
            person.run()
        with stage.talk(messages // 2, name="after"):
            pass
        found = stage.judge(arriving=False)
    entries = [one for one in cluster.ledger.of(set(stage.conversations)) if not one.text.startswith(POISON)]
    judge_arrivals(found, entries, stage.arrivals())
    found.kills = kills
    ids = uuids(set(stage.conversations))
    tries = "(SELECT count(*) FROM jsonb_array_elements(trace) t WHERE t->>'step' = 'pipeline')"
    rows = cluster.rows(f"SELECT state, {tries} FROM engine_activity WHERE conversation_id = ANY(%s) "
                        "AND content->>'text' LIKE 'poison%%'", ids)  # fmt: skip
    found.check(rows == [("parked", 5)] * kills, f"the poison is {rows}")
    notices = cluster.rows("SELECT sum(count) FROM engine_notice WHERE kind = 'message_parked'")[0][0] or 0
    found.check(notices >= kills, f"notices tell of {notices} messages")
    return found


def restored(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F22: dump, more messages, everything is wiped, restore. What was acknowledged before the dump is there."""
    stage = scene(cluster, "F22").open(shops=2, conversations=6)
    stage.tell("pause")  # so that all deliveries are still to be made when it comes back
    with stage.talk(messages // 2):
        pass
    kept = cluster.ledger.of(set(stage.conversations))
    dump = cluster.folder / "dump"
    _pg(cluster, "pg_dump", "-Fc", "-f", str(dump), "hubster")
    with stage.talk(messages // 2, name="later"):
        pass
    for node in cluster.nodes:
        node.kill()
    _pg(cluster, "dropdb", "--force", "hubster")
    cluster.redis.command("FLUSHALL")
    _pg(cluster, "createdb", "hubster")
    _pg(cluster, "pg_restore", "-d", "hubster", str(dump))
    cluster.revive()
    stage.tell("resume")
    stage.settle(90)
    found = Findings(kills=1, messages=len(kept))
    names = {(one.conversation, one.text) for one in kept}
    rows = [row for row in cluster.rows(ACTIVITIES, uuids(set(stage.conversations))) if (row[0], row[3]) in names]
    judge_rows(found, kept, rows)
    arrivals = [one for one in stage.arrivals() if (one.conversation, one.text) in names]
    judge_arrivals(found, kept, arrivals)
    return found


def _pg(cluster: Cluster, program: str, *words: str) -> None:
    """A client program of PostgreSQL."""
    command = [str(pg_program(program)), "-h", "127.0.0.1", "-p", str(cluster.pg.port), "-U", PG_USER, *words]
    subprocess.run(command, check=True, capture_output=True)
