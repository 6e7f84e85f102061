"""Turns at the threads of a pool: nobody takes more than a share, nobody waits behind somebody else's crowd."""

import threading

import pytest

from engine.delivery import workers
from engine.delivery.fair_queue import FairQueue, QueueItem
from engine.delivery.sweep import do_sweep
from engine.models import CommandCall, Endpoint, Lane
from tests.engine.callers import add_calls
from tests.engine.observer import say


def put(queue: FairQueue, tenant: str, count: int, at: str = "") -> None:
    for number in range(count):
        assert queue.put(QueueItem(f"{tenant}{at}{number}", tenant, at))


def next_of(queue: FairQueue, count: int) -> list[str]:
    return [item.key for item in [queue.take() for _ in range(count)] if item]


def test_tenants_take_turns_and_each_keeps_its_own_order():
    queue = FairQueue(share=9)
    put(queue, "hog", 4)
    put(queue, "late", 2)
    assert next_of(queue, 6) == ["hog0", "late0", "hog1", "late1", "hog2", "hog3"]


def test_what_is_beyond_the_share_waits_and_holds_up_nobody():
    queue = FairQueue(share=2)
    put(queue, "hog", 50)
    hog = [queue.take(), queue.take()]
    put(queue, "other", 1)
    assert next_of(queue, 1) == ["other0"]
    assert queue.count() == (48, 3)
    queue.release(hog[0])
    assert next_of(queue, 1) == ["hog2"]


def test_whoever_waits_for_a_turn_hears_of_the_one_that_is_given_back():
    queue = FairQueue(share=1)
    put(queue, "hog", 2)
    first, found = queue.take(), []
    thread = threading.Thread(target=lambda: found.append(queue.take()), daemon=True)
    thread.start()
    queue.release(first)
    thread.join(60)
    assert [item.key for item in found] == ["hog1"]


def test_whoever_is_alone_has_more_and_no_more_than_the_share_once_another_waits():
    queue = FairQueue(share=2, alone=3)
    put(queue, "hog", 9)
    hog = [queue.take() for _ in range(3)]
    put(queue, "other", 2)
    queue.release(hog[0])
    assert next_of(queue, 3) == ["other0", "other1", "hog3"]


def test_who_is_left_alone_hears_of_it():
    queue = FairQueue(share=1, alone=2)
    put(queue, "hog", 2)
    assert next_of(queue, 1) == ["hog0"]
    found: list[QueueItem | None] = []
    put(queue, "other", 1)
    threads = [threading.Thread(target=lambda: found.append(queue.take()), daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(item.key for item in found if item) == ["hog1", "other0"]


def test_of_one_place_only_so_many_are_under_way_while_others_of_the_tenant_go_on():
    queue = FairQueue(share=4, each=2)
    put(queue, "acme", 5, at="slow")
    put(queue, "acme", 2, at="quick")
    assert next_of(queue, 4) == ["acmeslow0", "acmequick0", "acmeslow1", "acmequick1"]
    queue = FairQueue(share=4, each=2)
    put(queue, "acme", 5, at="slow")
    assert next_of(queue, 2) == ["acmeslow0", "acmeslow1"]
    put(queue, "other", 1, at="any")
    assert next_of(queue, 1) == ["otherany0"]


def test_what_waits_is_queued_once_and_again_when_it_is_under_way():
    queue = FairQueue(share=1)
    assert [queue.put(QueueItem("1", "a")), queue.put(QueueItem("1", "a"))] == [True, False]
    first = queue.take()
    assert queue.put(QueueItem("1", "a"))
    queue.release(first)
    assert queue.take() == first


def test_the_end_is_told_to_those_who_wait_and_nothing_is_queued_after_it():
    queue = FairQueue(share=1)
    put(queue, "hog", 3)
    found = []
    queue.take()
    thread = threading.Thread(target=lambda: found.append(queue.take()), daemon=True)
    thread.start()
    queue.end()
    thread.join(60)
    assert (found, queue.put(QueueItem("x")), queue.take()) == ([None], False, None)


# --- the pools of a process ----------------------------------------------------------------------------------
class Calls:
    """Work that hangs until it is let go, and tells when so many of it have begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.change, self.free = threading.Condition(), threading.Event()

    def __call__(self, item: QueueItem) -> None:
        with self.change:
            self.begun.append(item.key)
            self.change.notify_all()
        self.free.wait(30)

    def wait_for(self, *items: str) -> None:
        with self.change:
            assert self.change.wait_for(lambda: set(items) <= set(self.begun), 10), self.begun


@pytest.fixture
def calls():
    found = Calls()
    yield found
    found.free.set()


def test_a_tenant_whose_endpoints_all_hang_leaves_threads_to_the_others(calls):
    group = workers._Group("test", 16, calls, FairQueue(*workers.shares_of(16)))
    for number in range(40):
        group.put(f"hog{number}", "hog")
    calls.wait_for(*[f"hog{number}" for number in range(14)])
    group.put("other0", "other")
    group.put("third0", "third")
    calls.wait_for("other0", "third0")
    assert len(calls.begun) == 16
    calls.free.set()
    calls.wait_for(*[f"hog{number}" for number in range(40)])
    for thread in group.stop():
        thread.join(60)


@pytest.mark.parametrize(("threads", "shares"), [(1, (1, 1)), (2, (1, 1)), (3, (1, 2)), (64, (32, 56))])
def test_the_share_is_half_and_at_least_one_and_somewhat_more_alone(threads, shares):
    assert workers.shares_of(threads) == shares


def test_every_pool_but_the_pipelines_has_shares(settings):
    settings.HUBSTER_SENDERS = 8
    queue = {name: group.queue for name, group in workers.Senders().groups.items()}
    found = {name: (one.share, one.alone, one.each) for name, one in queue.items()}
    calls = {"call_command": (4, 7, workers.CALLS)}
    assert found == {"deliver": (4, 7, None), "deliver_to_slow": (4, 7, None), **calls}


# --- who is named in a wakeup ----------------------------------------------------------------------------------
@pytest.fixture
def woken(monkeypatch):
    """(work, arguments) of every wakeup of the sweep."""
    found: list[tuple] = []
    monkeypatch.setattr("engine.delivery.sweep.wake_up", lambda work, *args: found.append((work, *args)))
    return found


def test_one_tenants_rows_do_not_keep_anothers_from_the_sweep(observed, globex, woken, monkeypatch):
    monkeypatch.setattr("engine.delivery.claim.BATCH", 2)
    for number in range(3):
        hook = observed.add("System", f"H{number}", webhookUrl=f"http://127.0.0.1:8099/{number}", events=["message"])
        assert hook
    say(observed, observed.establish(), "one")
    globex.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    say(globex, globex.establish(), "two")
    Endpoint.objects.all().delete()
    assert Lane.objects.count() == 5
    do_sweep()
    lanes = [args for args in woken if args[0] == "deliver"]
    assert {tenant for _, _, tenant in lanes} == {str(observed.tenant.id), str(globex.tenant.id)}
    assert len(lanes) == 2


def test_one_tenants_calls_do_not_keep_anothers_from_the_sweep(acme, globex, woken, monkeypatch):
    monkeypatch.setattr("engine.delivery.sweep.BATCH", 2)
    add_calls(acme, 3, seconds=70)
    add_calls(globex, 1, seconds=60)
    do_sweep()
    asked = [args for args in woken if args[0] == "call_command"]
    rows = CommandCall.objects.select_related("command__hub")
    named = {("call_command", str(row.pk), str(row.command.hub.tenant_id), str(row.command_id)) for row in rows}
    assert {args[2] for args in asked} == {str(acme.tenant.id), str(globex.tenant.id)}
    assert set(asked) <= named
    assert len(asked) == 2
