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
    for _ in range(5):
        assert rate.count("a", 10).allowed
    assert redis_is_away == ["asked"]
    monkeypatch.setitem(rate._away, "until", 0.0)
    rate.count("a", 10)
    assert redis_is_away == ["asked", "asked"]
