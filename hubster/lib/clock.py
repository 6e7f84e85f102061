"""The time, in the two forms the product uses; tests move it here."""

import time
from datetime import UTC, datetime

from django.conf import settings


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def now_ms() -> int:
    """Milliseconds since the epoch, the unit of `eventId`."""
    return int(now().timestamp() * 1000)


def ticks() -> int:
    """Milliseconds of a clock that nobody sets, for how long something takes."""
    return time.monotonic_ns() // 1_000_000


def lies_ahead(moment: float) -> bool:
    """True if seconds since the epoch lie in the future, beyond what clocks of machines may differ.

    For the beginning of what somebody signed, never for its end: a clock that was put back must refuse nothing good.
    """
    return moment > now().timestamp() + settings.HUBSTER_CLOCK_LEEWAY


def to_ms(moment: datetime) -> int:
    """An aware moment as milliseconds since the epoch."""
    return int(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """The moment of milliseconds since the epoch."""
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with a final Z, as every answer shows times."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
