"""When a delivery is tried again. The state is in the database; nothing waits in memory or in a broker."""

from datetime import datetime, timedelta

from django.conf import settings

ATTEMPTS = 6


def next_attempt(ended: datetime, attempts: int) -> datetime | None:
    """The moment of the next attempt after `attempts` have ended, None when there is none left.

    The waits are 1, 2, 3, 4 and 5 units (2, 4, 6, 8 and 10 minutes as documented).
    """
    if attempts >= ATTEMPTS:
        return None
    return ended + timedelta(seconds=settings.HUBSTER_RETRY_UNIT * attempts)
