"""Limits the open sockets of one visitor, or of one network address without a client's token, in this process.

All counting happens in the event loop, so it needs no lock.
"""

from collections import Counter
from typing import Any

from django.conf import settings

from hubster.lib.errors import Fault, HubsterError
from hubster.lib.middleware import client_address, network_of
from portal.identity.tokens import Caller, Visitor


class ConnectionLimits:
    """The open sockets, by address and by visitor."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.held: dict[object, set[str]] = {}

    def enter(self, socket: object, scope: dict[str, Any]) -> None:
        """A place for a socket of which nothing is known yet; raises ENG000107 when its address has too many."""
        self._take(socket, f"address/{_network(scope)}", settings.HUBSTER_SOCKETS_ADDRESS, "this network address")

    def know(self, socket: object, caller: Caller | Visitor) -> None:
        """A client's sockets count no more; a visitor's count for the visitor too, with the same error."""
        if isinstance(caller, Visitor):
            self._take(socket, f"visitor/{caller.visitor_id}", settings.HUBSTER_SOCKETS_VISITOR, "this visitor")
        else:
            self.leave(socket)

    def leave(self, socket: object) -> None:
        """The socket is closed, or needs no place."""
        for name in self.held.pop(socket, ()):
            self.taken[name] -= 1
            if not self.taken[name]:
                del self.taken[name]

    def _take(self, socket: object, name: str, limit: int, whose: str) -> None:
        if 0 < limit <= self.taken[name]:
            text = f"There are {limit} open connections of {whose}; close some first."
            raise HubsterError(Fault("ENG000107", text=text), status=429)
        self.taken[name] += 1
        self.held.setdefault(socket, set()).add(name)


def _network(scope: dict[str, Any]) -> str:
    forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return network_of(client_address((scope.get("client") or [""])[0], ",".join(forwarded)))


connection_limits = ConnectionLimits()
