"""Messages of several parts: the provider tells of each part, and a delivery is what is true of all of its parts."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from engine.actions.notices import do_notify
from engine.models import Delivery, Notice, ProviderMessage
from hubster.lib.errors import without_code
from portal.models import Integration

S = Delivery.Status
_WORST_FIRST = (S.FAILED, S.WINDOW_CLOSED, S.SENT, S.DELIVERED, S.READ)
_LONGEST_ERROR = 500
Part = tuple[str, str]  # status and error


def newest(messages: QuerySet[ProviderMessage]) -> QuerySet[ProviderMessage]:
    """Those of them that the newest repeat of their delivery consists of; what went out before tells nothing of it."""
    return messages.filter(replays=F("delivery__replays"))


def do_sum_up(integration: Integration, delivery_ids: Iterable[uuid.UUID]) -> list[Delivery]:
    """Give deliveries that the channel took whole the status of their parts; those that changed.

    The owner is told of those that failed. Within a transaction, which has the deliveries locked.
    """
    rows = Delivery.objects.filter(pk__in=list(delivery_ids), status__in=Delivery.ARRIVED).order_by()
    parts: dict[uuid.UUID, list[Part]] = defaultdict(list)
    told = newest(ProviderMessage.objects.filter(delivery__in=rows)).order_by("pk")
    for key, status, error in told.values_list("delivery", "status", "error"):
        parts[key].append((status, error))
    changed = [row for row in rows if _take_in(row, parts[row.pk])]
    for row in changed:
        row.save(update_fields=["status", "last_error"])
        if row.status == S.FAILED:
            text = _("“%(name)s” did not deliver a message. %(error)s")
            told_of = {"name": integration.name, "error": without_code(row.last_error)}
            do_notify(integration.hub.tenant_id, integration.pk, Notice.Kind.DELIVERY_FAILED, text % told_of)
    return changed


def _take_in(row: Delivery, parts: Sequence[Part]) -> bool:
    """Change the row by its parts; False where they tell nothing new. A delivery never goes backwards."""
    known = [(_WORST_FIRST.index(S(status)), place) for place, (status, _error) in enumerate(parts, 1)]
    if not known:
        return False
    worst, place = min(known)
    if _WORST_FIRST[worst] in Delivery.ARRIVED and worst <= _WORST_FIRST.index(S(row.status)):
        return False
    row.status, error = _WORST_FIRST[worst], parts[place - 1][1]
    if error and len(parts) > 1:
        error = _("Part %(part)d of %(parts)d: %(error)s") % {"part": place, "parts": len(parts), "error": error}
    row.last_error = error[:_LONGEST_ERROR]
    return True
