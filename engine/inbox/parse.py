"""Parses the requests that wait in inboxes, and stores what they say: an integration's in the order they came."""

import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from engine import adapters
from engine.actions.notices import do_notify
from engine.adapters import Provider
from engine.adapters._inbound import (
    Answered,
    Blocked,
    Control,
    Ended,
    Moved,
    Opened,
    Receipt,
    Said,
    Standby,
    Thing,
    Unknown,
    dated,
    fitted,
)
from engine.inbox import answers, people, receipts, say
from engine.inbox.hold import Hold, Lost
from engine.models import InboxLane, InboxPost, Notice
from engine.work import Held, Item, lock
from engine.work.wake import after_commit
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from hubster.lib.metrics import WEBHOOKS
from hubster.lib.pool import is_away, is_locked
from portal.models import Integration

log = logging.getLogger("engine.inbox")
MOST = 50  # requests of one integration in a batch
MOST_EARLY = MOST // 2  # of them that are looked at again, so that others follow
LOOK_AGAIN = timedelta(seconds=1)  # after the last request
ROOM = 2 * 1_048_576  # bytes of them; the first is taken whatever its size
_STORED = {
    Said: say.do_say, Standby: say.do_overhear, Control: say.do_pass, Receipt: receipts.do_note,
    Moved: people.do_move, Blocked: people.do_block,
    Answered: answers.do_answer, Opened: answers.do_open, Ended: answers.do_end,
}  # fmt: skip


@dataclass
class Batch(Item):
    """The next requests of one integration, and what each one says; or why it cannot be understood."""

    lane: InboxLane
    token: uuid.UUID
    integration: Integration
    posts: list[InboxPost]
    since: int  # ticks
    things: dict[int, list[Thing]] = field(default_factory=dict)
    faults: dict[int, Exception] = field(default_factory=dict)
    early: set[int] = field(default_factory=set)  # requests that are looked at again

    @property
    def key(self) -> uuid.UUID:
        """The integration."""
        return self.integration.pk

    @property
    def sharer(self) -> uuid.UUID:
        """The tenant."""
        return self.lane.tenant_id

    @property
    def calls_out(self) -> bool:
        """Never: reading waits for nobody."""
        return False

    async def work(self) -> None:
        """Read every request."""
        adapter = _adapter(self.integration)
        config = self.integration.configuration
        for post in self.posts:
            try:
                things = [_masked(adapter, config, thing) for thing in adapter.parse(config, bytes(post.body))]
                self.things[post.pk] = [dated(fitted(thing), clock.to_ms(post.received)) for thing in things]
            except Exception as fault:
                self.faults[post.pk] = fault


def _adapter(integration: Integration) -> Provider:
    adapter = adapters.get(integration.channel)
    assert isinstance(adapter, Provider)
    return adapter


def _masked(adapter: Provider, config: dict[str, Any], thing: Thing) -> Thing:
    """News of a failure tell no secret of the integration."""
    if isinstance(thing, Receipt) and thing.error:
        return replace(thing, error=adapter.masked(config, thing.error))
    return thing


def load(held: Held) -> list[Batch]:
    """The requests of the inboxes that are held."""
    since = clock.ticks()
    lanes = InboxLane.objects.select_related("integration__hub__tenant").in_bulk(list(held))
    waiting: dict[uuid.UUID, list[InboxPost]] = defaultdict(list)
    for key in lanes:
        room = ROOM
        for post in InboxPost.objects.filter(lane=key, parked__isnull=True).order_by("id")[:MOST]:
            room -= len(post.body)
            if room < 0 and waiting[key]:
                break
            waiting[key].append(post)
    return [Batch(lane, held[key], lane.integration, waiting[key], since) for key, lane in lanes.items()]


def commit(batches: Sequence[Batch]) -> None:
    """Store what they say, each thing in a transaction of its own; again after a fault, as repeats change nothing."""
    if not batches:
        return
    hold = Hold({batch.key: batch.token for batch in batches}, min(batch.since for batch in batches))
    for batch in batches:
        with suppress(Lost):
            for post in batch.posts:
                _do_handle(batch, post, partial(hold.keep, batch.key))
            _do_settle(batch)


def _do_handle(batch: Batch, post: InboxPost, keep: Callable[[], None]) -> None:
    """Store what one request says, set it aside, or leave it for a later look."""
    things = batch.things.get(post.pk, [])
    if len(batch.early) < MOST_EARLY and _is_early(batch.integration, things, post):
        batch.early.add(post.pk)
        return
    keep()
    fault = batch.faults.get(post.pk) or _do_store(batch.integration, things, keep)
    if fault:
        _do_park(batch.integration, post, fault)
    else:
        InboxPost.objects.filter(pk=post.pk).delete()


def _is_early(integration: Integration, things: Sequence[Thing], post: InboxPost) -> bool:
    """True for a request of news alone, some of it of a message whose call is under way: it is looked at again."""
    if not all(isinstance(thing, Receipt) for thing in things):
        return False
    return any(receipts.is_early(integration, thing, post.received) for thing in things if isinstance(thing, Receipt))


def _do_store(integration: Integration, things: Sequence[Thing], keep: Callable[[], None]) -> Exception | None:
    """None when all is stored; else the first fault, and the rest is stored all the same."""
    first = None
    for thing in things:
        keep()
        if isinstance(thing, Unknown):
            WEBHOOKS.labels(integration.channel, "unknown kind").inc()
            log.info("a webhook of an unknown kind", extra={"channel": integration.channel, "kind": thing.kind})
            continue
        try:
            _STORED[type(thing)](integration, thing)  # type: ignore[operator]
        except Exception as fault:
            if is_away(fault) or is_locked(fault):
                raise
            if not isinstance(fault, HubsterError):
                log.exception("what a webhook says cannot be stored", extra={"integration": str(integration.pk)})
            first = first or fault
    return first


def _do_park(integration: Integration, post: InboxPost, fault: Exception) -> None:
    """Set the request aside for somebody to look at; the others go on."""
    if isinstance(fault, HubsterError):
        reason = fault.faults[0].sentence
    else:
        reason = _adapter(integration).quoted(integration.configuration, f"{type(fault).__name__}: {fault}")
        log.error("a webhook is set aside", extra={"integration": str(integration.pk), "fault": type(fault).__name__})
    reason = fitted(reason)  # it may quote what cannot be stored
    with transaction.atomic():
        InboxPost.objects.filter(pk=post.pk).update(parked=clock.now(), error=reason[:500])
        text = _("“%(name)s” sent something that could not be processed. It is kept and can be processed again. "
                 "%(reason)s") % {"name": integration.name, "reason": reason}  # fmt: skip
        do_notify(integration.hub.tenant_id, integration.pk, Notice.Kind.WEBHOOK_PARKED, text)


def _do_settle(batch: Batch) -> None:
    """Give the inbox back, due again if more is in it.

    After something came, it is looked at once more. Only when nothing came any more it is done with; then those who
    are about to put something in are awaited, which would take for ever in a busy inbox.
    """
    with transaction.atomic():
        if batch.key not in lock(InboxLane, {batch.key: batch.token}):
            return
        if not batch.posts:
            list(InboxLane.objects.select_for_update(of=("self",)).filter(pk=batch.key).values_list("pk"))
        more = InboxPost.objects.filter(lane=batch.key, parked__isnull=True).exclude(pk__in=batch.early).exists()
        due = clock.now() if more else clock.now() + LOOK_AGAIN if batch.posts else None
        InboxLane.objects.filter(pk=batch.key).update(due=due, lease_token=None, lease_until=None, tries=0)
        if more:
            after_commit("inbox")


@transaction.atomic
def do_replay_parked(integration: Integration) -> int:
    """Parse again what was set aside; the number of requests."""
    count = InboxPost.objects.filter(lane=integration.pk, parked__isnull=False).update(parked=None, error="")
    if count:
        InboxLane.objects.filter(pk=integration.pk).update(due=clock.now())
        after_commit("inbox")
    return count
