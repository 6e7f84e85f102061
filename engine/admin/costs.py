"""Costs in words."""

from collections.abc import Iterable

from django.utils.translation import ngettext

from engine.actions.costs import Costs


def cost_text(found: Iterable[Costs]) -> str:
    """A sentence for each category, such as `service: USD 0.0158 for 2 messages, 1 free message.`; else empty."""
    return " ".join(f"{_of(costs)}." for costs in found)


def _of(costs: Costs) -> str:
    parts = []
    if costs.currency:
        text = ngettext(
            "%(sum)s for %(count)d message", "%(sum)s for %(count)d messages", costs.billed
        )  # fmt: skip
        parts.append(text % {"sum": f"{costs.currency} {costs.amount}", "count": costs.billed})
    elif costs.billed:
        text = ngettext("%(count)d billed message", "%(count)d billed messages", costs.billed)
        parts.append(text % {"count": costs.billed})
    if costs.free:
        text = ngettext("%(count)d free message", "%(count)d free messages", costs.free)
        parts.append(text % {"count": costs.free})
    said = ", ".join(parts)
    return f"{costs.category}: {said}" if costs.category else said
