"""The end of an example: everything works again, and whatever waits must get through. What was late comes in then."""

from datetime import timedelta

from engine.models import Activity, Notice
from tests.engine.state.checks import check_all
from tests.engine.state.ledger import S
from tests.engine.state.world import World

LONGEST = timedelta(minutes=10)  # between two attempts
ROUNDS = 5  # a sweep each, after which nothing may wait


def check_end(world: World) -> None:
    """Nothing is lost, late results of all who still stand in a call move nothing, and the owners know everything."""
    world.wakeups.clear()
    for hook in world.fixture.hooks:
        world.resume(hook)
    rounds = 0
    while _waits(world):
        assert rounds < ROUNDS, "it waits for ever"
        rounds += 1
        world.fixture.clock.shift(LONGEST)
        _sweep(world)
    _check_nothing_waits(world)
    for worker in [*world.standing]:
        assert not world.ledger.counts(worker), "a result is still awaited"
        world.go_on(worker, "true", True)
    check_all(world)
    _check_owners_know(world)


def _sweep(world: World) -> None:
    world.sweep()
    world.work_off(taken=True)


def _waits(world: World) -> bool:
    return world.waits() or Activity.objects.filter(state=Activity.State.ACCEPTED).exists()


def _check_nothing_waits(world: World) -> None:
    for word in world.words:
        if word.event_id:
            assert Activity.objects.filter(dedupe_key=word.key, event_id=word.event_id).exists()
    for page in world.ledger.pages.values():
        assert page.status in (S.SENT, S.FAILED, S.AVAILABLE), page


def _check_owners_know(world: World) -> None:
    for _ in range(2):
        world.fixture.clock.shift(timedelta(hours=1, seconds=1))
        _sweep(world)
    assert all(row.notified_count == row.count for row in Notice.objects.all()), "an owner was never told"
