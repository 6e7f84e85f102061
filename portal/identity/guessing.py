"""Limits on guessing: how often secrets and passwords are tried, at the token endpoint and at the admin's door.

A try is counted before anything secret is looked at, so of any number of parallel tries no more than the limit
are evaluated. What was counted by mistake, because the try was a good one, is taken back afterwards.
"""

import hashlib
import logging
from dataclasses import dataclass

from hubster.lib.middleware import network_of
from hubster.lib.rate import Guard, Memory

log = logging.getLogger("portal.identity")
MEMBER = "user"  # the kind of try that is a member's password
TRIES_PER_NAME = 20  # a minute, for one client, user name or session from one address
FAILURES_PER_ADDRESS = 100  # a minute, over all names
# For one member's password, over all addresses but those that the member has signed in from.
FAILURES_PER_MEMBER, MEMBER_MINUTES = 50, 10
KNOWN_SECONDS = 90 * 86_400  # since the last success from there
_by_name = Guard("tries-by-name", TRIES_PER_NAME)
_by_address = Guard("failures-by-address", FAILURES_PER_ADDRESS)
_by_member = Guard("failures-by-member", FAILURES_PER_MEMBER, MEMBER_MINUTES)
_known = Memory("signed-in", KNOWN_SECONDS)


@dataclass(frozen=True)
class Try:
    """One try: `kind` of name (client, user or session), the name, and the network address it comes from."""

    kind: str
    name: str
    address: str | None

    def wait(self) -> int:
        """Count it: 0 when it may be made, else the seconds until the next one may."""
        name, source = self._counters()
        wait = _by_name.wait(name, source) or _by_address.wait(source) or self._wait_as_stranger(name, source)
        if wait:
            log.warning("a try was refused unseen", extra={"kind": self.kind, "address": self.address, "wait": wait})
        return wait

    def succeeded(self) -> None:
        """It was right: the name's tries are forgotten, and the address has not failed and is known from now on."""
        name, source = self._counters()
        _by_name.clear(name, source)
        _by_address.forgive(source)
        if self.kind == MEMBER:
            if not _known.has(name, source):
                _by_member.forgive(name)
            _known.keep(name, source)

    def _wait_as_stranger(self, name: str, source: str) -> int:
        """Many addresses together get no further than one; members still get in from an address that is known."""
        return 0 if self.kind != MEMBER or _known.has(name, source) else _by_member.wait(name)

    def _counters(self) -> tuple[str, str]:
        """Names may be long, or secrets typed into the wrong place: only their digests are kept."""
        name = hashlib.sha256(f"{self.kind}:{self.name.lower()}".encode(errors="replace")).hexdigest()
        return name, network_of(self.address)
