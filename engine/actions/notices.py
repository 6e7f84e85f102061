"""Writes about notices: raised at once, then counted rather than repeated."""

import uuid
from datetime import timedelta

from django.db.models import QuerySet

from engine.models import Notice
from hubster.lib import clock

QUIET = timedelta(hours=1)


def do_notify(tenant_id: uuid.UUID, integration_id: uuid.UUID | None, kind: str, text: str) -> Notice:
    """Raise a notice, or count it on the one that the same cause raised within the last hour."""
    rows = Notice.objects.filter(
        tenant=tenant_id, integration=integration_id, kind=kind, created__gt=clock.now() - QUIET
    )
    recent = rows.first()
    if recent is None:
        return Notice.objects.create(tenant_id=tenant_id, integration_id=integration_id, kind=kind, text=text)
    recent.count += 1
    recent.text = text
    recent.save(update_fields=["count", "text", "modified"])
    return recent


def do_mark_seen(notices: QuerySet[Notice]) -> int:
    """Mark as seen; the number of notices that were not before."""
    return notices.filter(seen=False).update(seen=True)
