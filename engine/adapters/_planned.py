"""Channels that are known and cannot be connected yet; there is none at present.

The portal lists such a channel, and checks the configuration of a new integration like any other; a good one is
answered with 501.
"""

from engine.adapters._base import Channel

PLANNED: tuple[Channel, ...] = ()
