"""Prices as providers tell them with a receipt, in one form."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

MICROS = 1_000_000  # of a unit of currency: prices of messages have fractions of a cent
_MOST = Decimal(10**9)
_LONGEST = 40  # characters of a category


@dataclass(frozen=True)
class Cost:
    """A message as its provider bills it. `micros` are millionths of the currency, 0 where no amount is named."""

    billable: bool
    category: str = ""
    currency: str = ""
    micros: int = 0


def cost_of(price: Mapping[str, Any]) -> Cost:
    """By `billable`, `category`, `amount` and `currency`. Without `billable`, an amount other than 0 is billed.

    Some providers write what they charge as a negative amount.
    """
    micros = _micros(price.get("amount"))
    billable = bool(price.get("billable", micros))
    currency = str(price.get("currency") or "").upper()
    is_code = len(currency) == 3 and currency.isascii() and currency.isalpha()
    category = str(price.get("category") or "")[:_LONGEST]
    return Cost(billable, category, currency if is_code and micros else "", micros if is_code and billable else 0)


def _micros(amount: object) -> int:
    try:
        found = abs(Decimal(str(amount)))
    except InvalidOperation:
        return 0
    return round(found * MICROS) if found.is_finite() and found < _MOST else 0
