"""Takes away what has been kept for long enough. All of it works in batches: each yields how many rows it was.

That something was said, sent and answered, by whom and when, stays; what was said does not.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from engine.activity import emptied
from engine.models import Activity, Attempt, Conversation, Delivery, InboxPost
from hubster.lib import clock
from portal.models import Hub, PortalSession, SigningKey

CHUNK = 100  # conversations that are looked at together
BATCH = 200  # activities that are emptied in one transaction
IDS = 2_000  # attempts that are looked at together
ROWS = 500  # that are deleted in one statement
LONGEST = 36_500  # days; more means the same


def do_purge_contents() -> Iterator[int]:
    """Empty the activities of tenants with `keep_days` that are older. What still has to be sent waits for that."""
    hubs = Hub.objects.filter(tenant__keep_days__gt=0).order_by("tenant")
    for hub_id, days in hubs.values_list("pk", "tenant__keep_days"):
        before = clock.now() - timedelta(days=min(days, LONGEST))
        for conversations in _chunks(hub_id, before):
            yield 0
            keys = list(_purgeable(conversations, before))
            for start in range(0, len(keys), BATCH):
                yield _do_purge(keys[start : start + BATCH], days)


def _chunks(hub_id: uuid.UUID, before: datetime) -> Iterator[list[uuid.UUID]]:
    """The hub's conversations that may hold old activities, by the index of the newest ones, from its other end."""
    rows = Conversation.objects.filter(hub=hub_id, opened__lt=before, last_event_id__gt=0)
    rows = rows.order_by("last_said", "pk")
    after = Q()
    while found := list(rows.filter(after).values_list("last_said", "pk")[:CHUNK]):
        yield [key for _, key in found]
        last, key = found[-1]
        after = Q(last_said__gte=last) & (Q(last_said__gt=last) | Q(pk__gt=key))


def _waits() -> Exists:
    """True if an activity still has to be sent somewhere."""
    return Exists(Delivery.objects.filter(activity=OuterRef("pk"), status=Delivery.Status.PENDING))


def _purgeable(conversations: list[uuid.UUID], before: datetime) -> QuerySet[Activity, uuid.UUID]:
    rows = Activity.objects.filter(
        ~_waits(),
        conversation__in=conversations,
        event_id__lt=clock.to_ms(before),
        purged__isnull=True,
    )
    return rows.exclude(state=Activity.State.ACCEPTED).order_by().values_list("pk", flat=True)


@transaction.atomic
def _do_purge(keys: list[uuid.UUID], days: int) -> int:
    """Empty activities, with everything that repeats their words.

    Somebody may have had one sent anew since it was found. Who does that locks it, too, so it is looked at once more
    when it is ours.
    """
    ours = Activity.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys, purged__isnull=True)
    locked = list(ours.order_by("pk").values_list("pk", flat=True))
    rows = list(Activity.objects.filter(~_waits(), pk__in=locked).only("type", "content", "conversation", "trace"))
    keys = [row.pk for row in rows]
    for row in rows:
        row.content = emptied(row.type, row.content, days)
        row.trace = [{**entry, "note": ""} for entry in row.trace]
        row.external_id, row.fingerprint, row.purged = None, None, clock.now()
    Activity.objects.bulk_update(rows, ["content", "trace", "external_id", "fingerprint", "purged"])
    _do_empty(Attempt.objects.filter(delivery__activity__in=keys))
    _do_forget_last_words({row.conversation_id for row in rows})
    return len(rows)


def _do_forget_last_words(conversations: set[uuid.UUID]) -> None:
    """Of conversations without a message that has kept its content; nobody can speak while they are locked."""
    kept = Activity.objects.filter(conversation=OuterRef("pk"), type="message", purged__isnull=True)
    silent = Conversation.objects.filter(~Exists(kept), pk__in=conversations).exclude(last_text="").order_by("pk")
    locked = list(silent.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    Conversation.objects.filter(~Exists(kept), pk__in=locked).update(last_text="")


def do_empty_attempts() -> Iterator[int]:
    """Empty what was sent and answered `HUBSTER_KEEP_ATTEMPTS` days ago.

    Ids grow with time, so a range of ids without an old attempt is followed by none.
    """
    before = clock.now() - timedelta(days=settings.HUBSTER_KEEP_ATTEMPTS)
    rows = Attempt.objects.order_by("pk")
    last = 0
    while first := rows.filter(pk__gt=last).values_list("pk", "started").first():
        if first[1] >= before:
            return
        last = first[0] + IDS
        yield _do_empty(rows.filter(pk__gte=first[0], pk__lte=last, started__lt=before))


def _do_empty(attempts: QuerySet[Attempt]) -> int:
    """Leave the status of the answer."""
    status: Any = JSONObject(status=F("response__status"))
    return attempts.exclude(request={}).order_by().update(request={}, response=status)


def do_delete_expired_sessions() -> Iterator[int]:
    """Delete the sign-ins that nobody renewed in time."""
    yield from _do_delete(PortalSession.objects.filter(expires__lte=clock.now()))


def do_delete_expired_keys() -> Iterator[int]:
    """Delete the signing keys that have been replaced and sign no more."""
    yield from _do_delete(SigningKey.objects.filter(expires__lte=clock.now()))


def do_delete_parked() -> Iterator[int]:
    """Delete the webhooks of providers that were set aside `HUBSTER_KEEP_ATTEMPTS` days ago."""
    before = clock.now() - timedelta(days=settings.HUBSTER_KEEP_ATTEMPTS)
    yield from _do_delete(InboxPost.objects.filter(parked__lt=before))


def _do_delete(rows: QuerySet[Any]) -> Iterator[int]:
    while keys := list(rows.order_by().values_list("pk", flat=True)[:ROWS]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        yield len(keys)
