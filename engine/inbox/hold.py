"""Keeps the inboxes of a round while what they hold is stored, which may take longer than a lease."""

import uuid
from collections.abc import Mapping

from engine.models import InboxLane
from engine.work import all_kinds, renew
from hubster.lib import clock


class Lost(Exception):
    """Somebody else has the inbox by now, and goes on where this process stopped."""


class Hold:
    """The inboxes with their tokens, held since `since` (ticks)."""

    def __init__(self, tokens: Mapping[uuid.UUID, uuid.UUID], since: int) -> None:
        self._tokens, self._since = tokens, since

    def keep(self, key: uuid.UUID) -> None:
        """Between any two things: renew all leases when a third of one is over. Raises `Lost`."""
        kind = all_kinds()["inbox"]
        if clock.ticks() - self._since < kind.lease.total_seconds() * 1_000 / 3:
            return
        self._since = clock.ticks()
        renew(kind, self._tokens)
        if not InboxLane.objects.filter(pk=key, lease_token=self._tokens[key]).exists():
            raise Lost
