"""Goal: a list page costs the same at any depth, however much there is."""

import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from bench.harness import Goal, Sample, Sides, Target
from bench.processes import free_port, program
from bench.product import Product, product, running
from bench.seed import Pattern, Sizes, fill

TIMES = 5  # each page, after once to warm up
WATCH = 21.0  # seconds in which jobs that run every ten seconds run twice
CONF = "max_wal_size = '8GB'\n"  # fewer checkpoints while the rows are made
FIGURES = ("deliveries API", "deliveries API by webhook", "admin deliveries", "admin messages", "desk list",
           "desk thread", "history")  # fmt: skip


@dataclass
class Reader:
    """Asks for pages and measures what PostgreSQL did for them."""

    made: Product
    pattern: Pattern
    sizes: Sizes
    session: requests.Session

    def paths(self, deep: bool) -> dict[str, str]:
        """The pages: the newest, or one far down."""
        sizes, pattern = self.sizes, self.pattern
        early = pattern.start + pattern.step(sizes) * (sizes.messages // 100)  # one hundredth is older
        middle = pattern.start + pattern.step(sizes) * (sizes.messages - sizes.conversations * 3 // 4)
        half = pattern.start + pattern.step(sizes) * (sizes.longest // 2)
        nowhere = "ffffffff-ffff-ffff-ffff-ffffffffffff"
        made = f"{early * 1000},{nowhere}"
        return {
            "deliveries API": "/api/v1/deliveries" + (f"?cursor={made}" if deep else ""),
            "deliveries API by webhook": f"/api/v1/deliveries?integrationId={pattern.hook}"
            + (f"&cursor={made}" if deep else ""),
            "admin deliveries": "/admin/engine/delivery/" + (f"?before={made}" if deep else ""),
            "admin messages": "/admin/engine/activity/" + (f"?before={early},{nowhere}" if deep else ""),
            "desk list": "/admin/desk/conversations" + (f"?before={middle},{nowhere}" if deep else ""),
            "desk thread": f"/admin/desk/conversations/{pattern.longest}" + (f"?before={half}" if deep else ""),
            "history": f"/api/v1/interactions/activities/{pattern.longest}?type=Customer&leid={self._leid(deep)}",
        }

    def _leid(self, deep: bool) -> int:
        """The last fifty messages of the longest conversation, or the fifty thousandths before: all of them."""
        step, start = self.pattern.step(self.sizes), self.pattern.start
        return 0 if deep else start + step * (self.sizes.longest - 51)

    def measure(self, deep: bool) -> Sample:
        """Milliseconds of SQL for each page, and milliseconds until its answer."""
        found: Sample = {}
        for name, path in self.paths(deep).items():
            self.get(path)
            sql, wall = zip(*(self._once(path) for _ in range(TIMES)), strict=True)
            found[f"{name}, SQL ms"] = statistics.median(sql)
            found[f"{name}, ms"] = statistics.median(wall)
        return found

    def _once(self, path: str) -> tuple[float, float]:
        before, began = self.made.sql_milliseconds(), time.perf_counter()
        self.get(path)
        wall = (time.perf_counter() - began) * 1000
        return self.made.sql_milliseconds() - before, wall

    def get(self, path: str) -> requests.Response:
        """A page of the API, or of the admin by the owner's session."""
        if path.startswith("/admin"):
            answer = self.session.get(self.made.web.base + path, timeout=120, allow_redirects=False)
        else:
            account = self.made.account
            token = account.portal_token if path.startswith("/api/v1/deliveries") else account.token
            headers = {"Authorization": f"Bearer {token}"}
            answer = requests.get(self.made.web.base + path, headers=headers, timeout=120)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def background(self) -> Sample:
        """Milliseconds of SQL that an idle worker's sweeps and jobs need in a second."""
        assert self.made.worker
        with running(self.made.worker):
            time.sleep(5)
            before = self.made.sql_milliseconds()
            time.sleep(WATCH)
            return {"SQL ms a second": (self.made.sql_milliseconds() - before) / WATCH}


def signed_in(base: str) -> requests.Session:
    """The owner of the demo, logged in to the admin."""
    session = requests.Session()
    page = session.get(f"{base}/admin/login/", timeout=60).text
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    form = {"csrfmiddlewaretoken": found[1], "username": "owner", "password": "owner", "next": "/admin/"}
    answer = session.post(f"{base}/admin/login/", data=form, headers={"Referer": f"{base}/admin/login/"}, timeout=60)
    assert answer.status_code == 200
    assert "sessionid" in session.cookies, "The owner could not log in."
    return session


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    sizes = Sizes(int(1_000_000 * scale), int(20_000 * scale), int(20_000 * scale))
    port = free_port()
    with product(conf=CONF) as made, program(["-m", "bench.floors.sink", str(port)], made.folder / "sink", port):
        pattern = Pattern.make(made.account, made.pg.url(), f"http://127.0.0.1:{port}/ok")
        assert made.worker
        made.worker.stop()
        seconds = fill(made.pg.url(), pattern, sizes)
        print(f"  {sizes.messages:,} messages and {sizes.deliveries:,} deliveries made in {seconds:.0f} s", flush=True)
        reader = Reader(made, pattern, sizes, signed_in(made.web.base))
        yield {
            "newest": lambda: reader.measure(deep=False),
            "deep": lambda: reader.measure(deep=True),
            "product": reader.background,
        }


def _targets() -> Iterator[Target]:
    for name in FIGURES:
        figure = f"{name}, SQL ms"
        if name == "history":
            yield Target(figure, side="deep", label="history of 20,000 from the start, SQL ms")
            yield Target("history, ms", side="deep", label="history of 20,000 from the start, ms until answered")
            yield Target(figure, side="newest", most=20, label="history, last 50, SQL ms")
            continue
        yield Target(figure, side="newest", most=20, label=f"{name}, newest page, SQL ms")
        yield Target(figure, side="deep", most=20, label=f"{name}, far down, SQL ms")
        yield Target(figure, side="deep", over="newest", most=1.3, label=f"{name}, far down, SQL ms")
    yield Target("SQL ms a second", label="sweeps and jobs of an idle worker, SQL ms a second")


GOAL = Goal(
    name="lists",
    measures="milliseconds that PostgreSQL plans and executes for one page, with 1,000,000 messages and 1,200,000 "
    "deliveries in 20,000 conversations, the longest with 20,000 messages",
    floor="for pages far down, the newest page of the same list",
    targets=tuple(_targets()),
    rounds=2,
    open=_open,
)
