"""What is compared after every step: the product's tables with the ledger, and with themselves."""

from collections import defaultdict
from datetime import timedelta

from django.conf import settings
from django.db.models import Sum

from engine.models import Activity, Attempt, Delivery, Endpoint, Lane, Notice
from hubster.lib import clock
from tests.engine.state.handled import check_handled
from tests.engine.state.ledger import ATTEMPTS, S
from tests.engine.state.world import World


def check_all(world: World) -> None:
    """Everything that holds at any time."""
    check_words(world)
    check_handled(world.fixture, world.ledger)
    check_deliveries(world)
    check_endpoints(world)
    check_lanes(world)
    check_attempts(world)
    check_notices(world)


def check_words(world: World) -> None:
    """What was acknowledged is there once, under its eventId."""
    rows = list(Activity.objects.values_list("dedupe_key", "event_id"))
    stored = dict(rows)
    assert len(stored) == len(rows), "accepted twice"
    for word in world.words:
        assert word.event_id in (None, stored.get(word.key)), "an acknowledged message is lost"


def check_deliveries(world: World) -> None:
    """Every delivery is as its calls and answers say."""
    pages = world.ledger.pages
    rows = Delivery.objects.values_list("id", "status", "attempts")
    found = {str(key): (status, attempts) for key, status, attempts in rows}
    wanted = {key: (page.status, page.counted) for key, page in pages.items()}
    assert found == wanted, {
        key: (found.get(key), page) for key, page in pages.items() if found.get(key) != wanted[key]
    }
    assert all(page.taken for page in pages.values() if page.status == S.SENT), "sent, but nobody has it"


def check_endpoints(world: World) -> None:
    """What the product itself paused is noted, to be compared with what the owner was told."""
    now = {str(pk) for pk in Endpoint.objects.filter(paused__isnull=False).values_list("pk", flat=True)}
    for destination in now - world.paused - world.by_hand:
        world.ledger.given_up[destination] += 1
        world.ledger.milestones["an endpoint was given up"] += 1
    world.paused = now


def check_lanes(world: World) -> None:
    """What waits will be found: its lane is due no later than its first delivery, unless its endpoint is paused."""
    now = clock.now()
    rows = Lane.objects.values_list("conversation", "destination", "due", "lease_until")
    found = {(str(conversation), str(destination)): rest for conversation, destination, *rest in rows}
    for lane in {page.lane for page in world.ledger.pages.values() if page.status == S.PENDING}:
        due, lease_until = found[lane]
        assert lease_until is None or lease_until <= now + timedelta(seconds=settings.HUBSTER_LEASE)
        if lane[1] not in world.paused:
            first = world.ledger.first_of(lane)
            assert due is not None, "waits, and nobody will ever look"
            assert due <= max(now, first.not_before), "will be looked at too late"


def check_attempts(world: World) -> None:
    """Numbers have no gaps: a crash or a late result repeats one, a replay begins anew. One at most is open."""
    rows: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for key, number, outcome in Attempt.objects.order_by("id").values_list("delivery", "number", "outcome"):
        rows[str(key)].append((number, outcome))
    for key, found in rows.items():
        numbers, page = [number for number, _ in found], world.ledger.pages[key]
        assert [outcome for _, outcome in found].count(Attempt.Outcome.OPEN) <= 1, "two open attempts"
        assert numbers[0] == 1 and max(numbers) <= ATTEMPTS, numbers
        for earlier, later in zip(numbers, numbers[1:], strict=False):
            assert later - earlier in (0, 1) or (later == 1 and page.replayed), numbers
        if page.status == S.FAILED:
            assert numbers[-1] == ATTEMPTS or page.replayed, numbers


def check_notices(world: World) -> None:
    """One for each delivery that was given up, one for each pause that nobody asked for; of refusals others tell."""
    about = Notice.objects.exclude(kind=Notice.Kind.MESSAGE_REFUSED)
    rows = about.values_list("integration", "kind").order_by().annotate(times=Sum("count"))
    found = {(str(integration), kind): times for integration, kind, times in rows}
    wanted = {(key, Notice.Kind.DELIVERY_FAILED): times for key, times in world.ledger.exhausted.items()}
    wanted |= {(key, Notice.Kind.ENDPOINT_PAUSED): times for key, times in world.ledger.given_up.items()}
    assert found == wanted, "the owner is told too little or too much"
