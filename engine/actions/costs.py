"""Costs of messages: charged once however often a provider tells a price, and summed up as they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from engine.adapters._cost import Cost, cost_of
from engine.models import Charge, Conversation, Delivery, MonthlyCost, ProviderMessage
from hubster.lib import clock
from portal.models import Integration


@dataclass(frozen=True)
class Costs:
    """Messages of one category and currency: the numbers of those billed and of those free, and their sum."""

    category: str
    currency: str
    billed: int
    free: int
    micros: int

    @property
    def amount(self) -> str:
        """The sum with at least two decimals, and no more than it has."""
        whole, _, rest = f"{Decimal(self.micros).scaleb(-6):.6f}".partition(".")
        return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def month_of(day: date) -> date:
    """The first day of its month."""
    return date(day.year, day.month, 1)


def costs_of_month(integration: Integration, month: date) -> list[Costs]:
    """The integration's, by category and currency."""
    rows = MonthlyCost.objects.filter(Q(billed__gt=0) | Q(free__gt=0), integration=integration, month=month)
    return _shown(rows.values("category", "currency", "billed", "free", "micros"))


def costs_of_conversation(conversation: Conversation) -> list[Costs]:
    """Those of all its messages, by category and currency."""
    return _costs_of(Charge.objects.filter(delivery__conversation=conversation))


def costs_of_delivery(delivery: Delivery) -> list[Costs]:
    """Those of all its parts, by category and currency."""
    return _costs_of(Charge.objects.filter(delivery=delivery))


def _costs_of(charges: QuerySet[Charge]) -> list[Costs]:
    by_kind = charges.order_by().values("category", "currency")
    free = Count("pk", filter=Q(billable=False))
    return _shown(by_kind.annotate(billed=Count("pk", filter=Q(billable=True)), free=free, micros=Sum("micros")))


def _shown(rows: Iterable[Mapping[str, Any]]) -> list[Costs]:
    found = [Costs(**{name: row[name] for name in Costs.__dataclass_fields__}) for row in rows]
    return sorted(found, key=lambda costs: (costs.category, costs.currency))


def do_charge(integration: Integration, external_ids: Sequence[str], price: Mapping[str, Any]) -> None:
    """Charge messages that went out, or correct what was charged for them. Within the receipt's transaction."""
    cost = cost_of(price)
    rows = ProviderMessage.objects.filter(integration=integration, external_id__in=external_ids)
    for row in rows.exclude(delivery=None).select_related("delivery").order_by("pk"):
        if row.delivery:
            _do_charge(integration, row.external_id, row.delivery, cost)


def _do_charge(integration: Integration, external_id: str, delivery: Delivery, cost: Cost) -> None:
    month = month_of((delivery.ended or clock.now()).date())
    values = {**asdict(cost), "delivery": delivery, "month": month}
    rows = Charge.objects.select_for_update()
    row, is_new = rows.get_or_create(integration=integration, external_id=external_id, defaults=values)
    if not is_new:
        before = Cost(row.billable, row.category, row.currency, row.micros)
        if before == cost:
            return
        _do_add(integration, row.month, before, -1)
        Charge.objects.filter(pk=row.pk).update(**asdict(cost))
    _do_add(integration, row.month, cost, 1)


def _do_add(integration: Integration, month: date, cost: Cost, sign: int) -> None:
    kind: dict[str, Any] = {
        "integration": integration,
        "month": month,
        "category": cost.category,
        "currency": cost.currency,
    }
    changes = {
        "billed": F("billed") + sign * cost.billable,
        "free": F("free") + sign * (not cost.billable),
        "micros": F("micros") + sign * cost.micros,
    }
    if not MonthlyCost.objects.filter(**kind).update(**changes):
        MonthlyCost.objects.get_or_create(**kind)
        MonthlyCost.objects.filter(**kind).update(**changes)
