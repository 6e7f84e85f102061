"""Job: deliveries whose integration lost its webhook address."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions.addresses import do_open_to_sockets, without_address

PURPOSE = _("Makes messages that wait for a removed webhook address readable over the live connection.")
EVERY = timedelta(seconds=10)


def run() -> Iterator[int]:
    """One integration after the other; yields how many deliveries."""
    for integration in without_address():
        yield from do_open_to_sockets(integration)
