"""Wake-ups to workers of other processes: nobody waits for Redis, and one calls for all that came up by then."""

import threading

import pytest

from engine.work import wake
from tests.services import wait_until

PATIENCE = 60  # seconds; only a fault takes as long


@pytest.fixture
def redis(monkeypatch, settings):
    """Stands for the broker: keeps what it gets, once it is let."""
    settings.EMBEDDED = False

    class Redis:
        def __init__(self) -> None:
            self.answers, self.asked, self.fault = threading.Event(), threading.Semaphore(0), None
            self.got: list[str] = []

        def take(self, kind: str) -> None:
            self.asked.release()
            assert self.answers.wait(PATIENCE)
            if self.fault:
                raise self.fault
            self.got.append(kind)

        def hear(self) -> None:
            assert self.asked.acquire(timeout=PATIENCE)

    broker = Redis()
    monkeypatch.setattr(wake.wakeups, "publish", broker.take)
    yield broker
    broker.fault = None
    broker.answers.set()


def test_nobody_waits_for_a_redis_that_does_not_answer_and_one_wake_up_calls_for_all(redis):
    wake.wake_up("delivery")
    redis.hear()
    for _ in range(1_000):
        wake.wake_up("delivery")  # returns, or this test would end by its patience
    redis.answers.set()
    redis.hear()
    wake.wake_up("pipeline")
    redis.hear()
    assert redis.got[:2] == ["delivery"] * 2
    assert "delivery" not in redis.got[2:]


@pytest.mark.parametrize("kind", ["pipeline", "delivery", "command"])
def test_after_a_fault_the_kind_is_called_again(redis, kind, caplog):
    redis.fault = ConnectionError("gone")
    redis.answers.set()
    wake.wake_up(kind)
    redis.hear()
    wait_until("the fault is logged", lambda: "wake-up lost" in caplog.text, PATIENCE)
    redis.fault = None
    wake.wake_up(kind)
    redis.hear()
    wait_until("it was sent", lambda: redis.got, PATIENCE)
    assert redis.got == [kind]


def test_a_worker_keeps_what_it_has_made_itself_and_calls_others_when_its_hands_are_full(redis):
    redis.answers.set()
    taken: list[str] = []
    wake.use_own_hands(lambda kind: taken.append(kind) or len(taken) < 2)
    try:
        wake.wake_up("delivery")
        wake.wake_up("command")
        redis.hear()
    finally:
        wake.use_own_hands(None)
    assert taken == ["delivery", "command"]


def test_a_fault_of_the_embedded_workers_reaches_nobody(caplog):
    def broken(kind):
        raise RuntimeError("no")

    wake.use_embedded(broken)
    try:
        wake.wake_up("delivery")
    finally:
        wake.use_embedded(None)
    assert "wake-up lost" in caplog.text
