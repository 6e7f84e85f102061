"""Rate limits: counting decides, whatever happens at the same moment, and whatever becomes of Redis."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import randrange
from types import SimpleNamespace

import pytest
from limits.storage import RedisStorage

from hubster.lib import rate

TRIES = 100
LIMIT = 20


@pytest.fixture(autouse=True)
def counted_anew() -> None:
    """Here the counters themselves are tried, those of Redis too."""
    rate.forget()


@pytest.fixture
def redis_forgotten() -> Iterator[None]:
    """No process-wide memory of a Redis that was away."""
    yield
    rate.forget()


@pytest.fixture
def redis_is_away(monkeypatch, redis_forgotten) -> list[str]:
    """A Redis that nobody serves; the list holds a word for each time it was asked."""
    gone = RedisStorage("redis://127.0.0.1:1/0", wrap_exceptions=True, socket_connect_timeout=0.2)
    asked: list[str] = []

    def shared() -> RedisStorage:
        asked.append("asked")
        return gone

    monkeypatch.setattr(rate, "_shared", shared)
    return asked


@pytest.fixture
def now(monkeypatch) -> SimpleNamespace:
    """The time stands still, ten seconds into a minute in which nobody else counts, until a test moves it."""
    moment = SimpleNamespace(seconds=(30_000_000 + randrange(10**9)) * 60.0 + 10)
    monkeypatch.setattr(rate, "time", lambda: moment.seconds)
    return moment


@pytest.fixture
def guard() -> rate.Guard:
    """A guard of something that nobody else tries."""
    return rate.Guard(uuid.uuid4().hex, LIMIT)


def test_a_caller_is_told_what_is_left_and_when_the_minute_ends(now):
    found = rate.count("a", 3)
    assert found.headers() == {"RateLimit-Limit": "3", "RateLimit-Remaining": "2", "RateLimit-Reset": "50"}
    assert [rate.count("a", 3).allowed for _ in range(3)] == [True, True, False]
    assert rate.count("a", 3).remaining == 0


def test_the_next_minute_begins_anew(now):
    assert [rate.count("a", 1).allowed for _ in range(2)] == [True, False]
    now.seconds += 60
    assert rate.count("a", 1).allowed


def test_each_name_has_a_counter_of_its_own(now):
    assert rate.count("a", 1).allowed
    assert rate.count("b", 1).allowed


def test_a_limit_of_zero_lets_everything_pass(now):
    assert all(rate.count("a", 0).allowed for _ in range(50))


def test_of_many_requests_at_once_no_more_than_the_limit_pass(now):
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: rate.count("a", LIMIT).allowed, range(TRIES)))
    assert found.count(True) == LIMIT


def test_of_many_tries_at_once_no_more_than_the_limit_are_made(guard):
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: guard.wait("client", "127.0.0.1"), range(TRIES)))
    assert waits.count(0) == LIMIT
    assert all(1 <= wait <= 61 for wait in waits if wait)


def test_a_success_clears_the_tries_of_its_own_name_only(guard):
    for name in ("a", "b"):
        assert [guard.wait(name) for _ in range(LIMIT)] == [0] * LIMIT
    guard.clear("a")
    assert guard.wait("a") == 0
    assert guard.wait("b") > 0


def test_without_redis_the_process_counts_for_itself(redis_is_away, now):
    assert [rate.count("a", 1).allowed for _ in range(2)] == [True, False]
    guard = rate.Guard(uuid.uuid4().hex, 1)
    assert guard.wait("a") == 0
    assert guard.wait("a") > 0


def test_a_redis_that_does_not_answer_is_left_alone_for_a_while(redis_is_away, monkeypatch):
    monkeypatch.setattr(rate, "TELL_EVERY", 0)
    for _ in range(5):
        assert rate.count("a", 10).allowed
    assert redis_is_away == ["asked"]
    monkeypatch.setitem(rate._away, "until", 0.0)
    rate.count("a", 10)
    assert redis_is_away == ["asked", "asked"]


# --- Counting alone ------------------------------------------------------------------------------------------


class Counter:
    """The counters of all processes; how often each amount was told."""

    def __init__(self) -> None:
        self.used, self.told = 0, []

    def incr(self, key, window, amount):
        self.used += amount
        self.told.append(amount)
        return self.used


@pytest.fixture
def together(monkeypatch, now):
    """The shared counter of one name, and a clock for what the process does between."""
    made = Counter()
    made.ticks = 100.0
    monkeypatch.setattr(rate, "_shared", lambda: made)
    monkeypatch.setattr(rate, "monotonic", lambda: made.ticks)
    return made


def test_far_from_the_limit_a_process_counts_for_itself_and_tells_the_sum(together):
    assert [rate.count("a", 100).remaining for _ in range(5)] == [99, 98, 97, 96, 95]
    assert together.told == [1]
    together.ticks += 2 * rate.TELL_EVERY
    assert rate.count("a", 100).remaining == 94
    assert together.told == [1, 5]


def test_it_hears_of_the_others_when_it_tells(together):
    rate.count("a", 100)
    together.used += 60
    assert rate.count("a", 100).remaining == 98
    together.ticks += 2 * rate.TELL_EVERY
    assert rate.count("a", 100).remaining == 37
    assert rate.count("a", 100).remaining == 36


def test_near_the_limit_each_request_is_told_and_no_more_pass(together):
    allowed = [rate.count("a", 100).allowed for _ in range(50)]
    together.ticks += 2 * rate.TELL_EVERY
    together.used += 40
    allowed += [rate.count("a", 100).allowed for _ in range(20)]
    assert allowed.count(True) == 60
    assert together.told[-10:] == [1] * 10


def test_a_new_minute_forgets_what_was_not_told(together, now):
    for _ in range(3):
        rate.count("a", 100)
    now.seconds += 60
    together.used = 0
    assert rate.count("a", 100).remaining == 99


def test_threads_that_count_alone_lose_nothing(monkeypatch, now):
    monkeypatch.setattr(rate, "TELL_EVERY", 0.001)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: rate.count("a", 1_000_000), range(4_000)))
    monkeypatch.setattr(rate, "TELL_EVERY", 0)
    assert rate.count("a", 1_000_000).remaining == 1_000_000 - 4_001
