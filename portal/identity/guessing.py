"""Limits on guessing: how often secrets and passwords are tried, at the token endpoint and at the admin's door.

A try is counted before anything secret is looked at, so of any number of parallel tries no more than the limit
are evaluated. What was counted by mistake, because the try was a good one, is taken back afterwards.
"""

import hashlib
import logging
from dataclasses import dataclass

from hubster.lib.rate import Guard
from hubster.lib.web import network_of

log = logging.getLogger("portal.identity")
TRIES_PER_NAME = 20  # a minute, for one client, user name or session from one address
FAILURES_PER_ADDRESS = 100  # a minute, over all names
_by_name = Guard("tries-by-name", TRIES_PER_NAME)
_by_address = Guard("failures-by-address", FAILURES_PER_ADDRESS)


@dataclass(frozen=True)
class Try:
    """One try: `kind` of name (client, user or session), the name, and the network address it comes from."""

    kind: str
    name: str
    address: str | None

    def wait(self) -> int:
        """Count it: 0 when it may be made, else the seconds until the next one may."""
        name, source = self._counters()
        wait = _by_name.wait(name, source) or _by_address.wait(source)
        if wait:
            log.warning("a try was refused unseen", extra={"kind": self.kind, "address": self.address, "wait": wait})
        return wait

    def succeeded(self) -> None:
        """It was right: the name's tries are forgotten, and the address has not failed."""
        name, source = self._counters()
        _by_name.clear(name, source)
        _by_address.forgive(source)

    def _counters(self) -> tuple[str, str]:
        """Names may be long, or secrets typed into the wrong place: only their digests are kept."""
        name = hashlib.sha256(f"{self.kind}:{self.name.lower()}".encode(errors="replace")).hexdigest()
        return name, network_of(self.address)
