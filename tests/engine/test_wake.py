"""Hints to workers of other processes: nobody waits for Redis, and what cannot be sent is dropped."""

import threading

import pytest

from engine import wake

PATIENCE = 60  # seconds; only a fault takes as long


@pytest.fixture
def redis(monkeypatch, settings):
    """Stands for the broker: keeps what it gets, once it is let."""
    settings.EMBEDDED = False

    class Redis:
        def __init__(self) -> None:
            self.answers, self.asked, self.fault = threading.Event(), threading.Semaphore(0), None
            self.got: list[str] = []

        def take(self, work, args) -> None:
            self.asked.release()
            assert self.answers.wait(PATIENCE)
            if self.fault:
                raise self.fault
            self.got.append(args[0])

    broker = Redis()
    monkeypatch.setattr(wake, "_send", broker.take)
    yield broker
    broker.fault = None
    broker.answers.set()


def test_nobody_waits_for_a_redis_that_does_not_answer(redis):
    for number in range(3):
        wake.wake_up("deliver", str(number))  # returns, or this test would end by its patience
    assert redis.got == []
    redis.answers.set()
    for _ in range(3):
        assert redis.asked.acquire(timeout=PATIENCE)
    wake.wake_up("deliver", "last")
    assert redis.asked.acquire(timeout=PATIENCE)
    assert redis.got[:3] == ["0", "1", "2"]


def test_what_piled_up_behind_a_fault_is_dropped_and_later_hints_go_out(redis):
    wake.wake_up("deliver", "first")
    assert redis.asked.acquire(timeout=PATIENCE)
    for number in range(2_000):  # more than are kept
        wake.wake_up("deliver", str(number))
    redis.fault = ConnectionError("gone")
    redis.answers.set()
    while wake._box.qsize():  # emptied by the same thread that met the fault
        assert not redis.asked.acquire(timeout=0.01), "a wake-up was tried although Redis is away"
    redis.fault = None
    for _ in range(1_000):  # the thread may still be throwing things away
        wake.wake_up("deliver", "after")
        if redis.asked.acquire(timeout=0.01):
            break
    assert redis.got == ["after"] or redis.asked.acquire(timeout=PATIENCE)


def test_after_a_fault_the_pipeline_is_called_again(redis):
    wake.wake_up("deliver", "first")
    assert redis.asked.acquire(timeout=PATIENCE)
    wake.wake_up("run_pipeline", "piled up")
    redis.fault = ConnectionError("gone")
    redis.answers.set()
    called_again(redis)


def test_a_call_for_the_pipeline_for_which_there_was_no_room_is_not_the_last(redis):
    wake.wake_up("deliver", "first")
    assert redis.asked.acquire(timeout=PATIENCE)
    while not wake._box.full():
        wake.wake_up("deliver", "more")
    wake.wake_up("run_pipeline", "too much")
    redis.answers.set()
    called_again(redis)


def called_again(redis) -> None:
    """Redis answers again, and hears of the pipeline."""
    while wake._box.qsize():
        redis.asked.acquire(timeout=0.01)
    redis.fault = None
    for _ in range(1_000):  # the thread may still be throwing things away
        wake.wake_up("run_pipeline", "again")
        redis.asked.acquire(timeout=0.01)
        if "again" in redis.got:
            return
    pytest.fail("nobody calls the pipeline any more")


def test_a_fault_of_the_embedded_workers_reaches_nobody(caplog):
    def broken(work, args):
        raise RuntimeError("no")

    wake.use_embedded(broken)
    try:
        wake.wake_up("deliver", "1")
    finally:
        wake.use_embedded(None)
    assert "wake-up lost" in caplog.text
