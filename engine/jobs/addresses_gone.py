"""Makes messages that wait for a removed webhook address readable over the live connection."""

from collections.abc import Iterator
from datetime import timedelta

from engine.actions.addresses import do_open_to_sockets, without_address

EVERY = timedelta(seconds=10)


def run() -> Iterator[int]:
    """One integration after the other; yields how many deliveries."""
    for integration in without_address():
        yield from do_open_to_sockets(integration)
