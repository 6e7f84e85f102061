"""Writes about notices: raised at once, then counted rather than repeated; told by mail once, then hourly."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from engine.models import Notice
from hubster.lib import clock

QUIET = timedelta(hours=1)
_LONGEST = 1_000  # characters of a text


def do_notify(
    tenant_id: uuid.UUID, integration_id: uuid.UUID | None, kind: str, text: str,
    *, hub_id: uuid.UUID | None = None, reason: str = "", times: int = 1,
) -> Notice:  # fmt: skip
    """Raise a notice, or count it on the one that the same cause raised within the last hour."""
    cause = {"tenant_id": tenant_id, "integration_id": integration_id, "hub_id": hub_id, "kind": kind, "reason": reason}
    recent = Notice.objects.filter(**cause, created__gt=clock.now() - QUIET).first()
    text = text[:_LONGEST]
    if recent is None:
        return Notice.objects.create(**cause, text=text, count=times)
    Notice.objects.filter(pk=recent.pk).update(count=F("count") + times, text=text, modified=clock.now())
    recent.refresh_from_db()
    return recent


def do_mark_seen(notices: QuerySet[Notice]) -> int:
    """Mark as seen; the number of notices that were not before."""
    return notices.filter(seen=False).update(seen=True)


# --- telling by mail -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Cause:
    """The subject of one mail: an endpoint, a hub, or (without either) the tenant itself."""

    tenant_id: uuid.UUID
    integration_id: uuid.UUID | None
    hub_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Claim:
    """Alerts that this process mails now. No other process mails about their cause within `QUIET` of `at`.

    The claim is the time in `notified_at`; `notified_count` follows when the mail is out. So a process that dies in
    between delays the mail by `QUIET` and loses nothing.
    """

    at: datetime
    notices: list[Notice]  # as they were before
    unnotified: dict[uuid.UUID, int]  # by notice: how often it happened since it was last told


def untold_causes(most: int) -> list[Cause]:
    """Causes with something that no mail has told, the longest waiting first; some may have to wait for their hour."""
    rows = Notice.objects.filter(count__gt=F("notified_count")).order_by("created")
    pairs = rows.values_list("tenant_id", "integration_id", "hub_id")
    recent = Notice.objects.filter(notified_at__gt=clock.now() - QUIET).order_by()
    quiet = set(recent.values_list("tenant_id", "integration_id", "hub_id"))
    return [Cause(*pair) for pair in dict.fromkeys(pairs) if pair not in quiet][:most]


@transaction.atomic
def do_claim_untold(cause: Cause) -> Claim | None:
    """Take what is to be told of a cause; None when somebody else did, or when its hour is not over."""
    now = clock.now()
    mine = Q(tenant=cause.tenant_id, integration=cause.integration_id, hub=cause.hub_id)
    open_or_recent = Q(count__gt=F("notified_count")) | Q(notified_at__gt=now - QUIET)
    rows = list(Notice.objects.select_for_update().filter(mine & open_or_recent).order_by("id"))
    if any(row.notified_at and row.notified_at > now - QUIET for row in rows):
        return None
    unnotified = [row for row in rows if row.count > row.notified_count]
    if not unnotified:
        return None
    Notice.objects.filter(pk__in=[row.pk for row in unnotified]).update(notified_at=now)
    newest_first = sorted(unnotified, key=lambda row: row.modified, reverse=True)
    return Claim(now, newest_first, {row.pk: row.count - row.notified_count for row in unnotified})


def do_mark_told(claim: Claim) -> None:
    """The mail is out. What happened while it was written is told by the next one."""
    for row in claim.notices:
        Notice.objects.filter(pk=row.pk, notified_at=claim.at).update(notified_count=row.count)


def do_untake(claim: Claim) -> None:
    """The mail could not be sent: give the claim back, as it was."""
    for row in claim.notices:
        Notice.objects.filter(pk=row.pk, notified_at=claim.at).update(notified_at=row.notified_at)


def do_pass_over(claim: Claim) -> None:
    """Nobody can be told by mail: the admin shows it, and no later mail repeats it."""
    for row in claim.notices:
        Notice.objects.filter(pk=row.pk, notified_at=claim.at).update(
            notified_at=row.notified_at, notified_count=row.count
        )
