"""When a delivery is tried again. The state is in the database; nothing waits in memory or in a broker."""

from datetime import datetime, timedelta

from django.conf import settings

from engine.adapters import SendError
from hubster.lib import clock

ATTEMPTS = 6
LONGEST_WAIT = 3_600  # seconds that a provider may ask us to wait


def next_attempt(ended: datetime, attempts: int) -> datetime | None:
    """The moment of the next attempt after `attempts` have ended, None when there is none left.

    The waits are 1, 2, 3, 4 and 5 units (2, 4, 6, 8 and 10 minutes as documented).
    """
    if attempts >= ATTEMPTS:
        return None
    return ended + timedelta(seconds=settings.HUBSTER_RETRY_UNIT * attempts)


def later(error: SendError, planned: datetime | None) -> datetime | None:
    """The next attempt: as planned, or when the provider says, if that is within an hour."""
    if planned is None or not error.retry_after or not 0 < error.retry_after <= LONGEST_WAIT:
        return planned
    return max(planned, clock.now() + timedelta(seconds=error.retry_after))
