"""The time, in the two forms the product uses; tests move it here."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def now_ms() -> int:
    """Milliseconds since the epoch, the unit of `eventId`."""
    return int(now().timestamp() * 1000)


def to_ms(moment: datetime) -> int:
    """An aware moment as milliseconds since the epoch."""
    return int(moment.timestamp() * 1000)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with a final Z, as every answer shows times."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
