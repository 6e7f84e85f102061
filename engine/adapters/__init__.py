"""The channels: every file of this folder with an `ADAPTER` is one. A clash of names or numbers stops the start."""

import pkgutil
import re
from collections.abc import Iterable, Iterator
from importlib import import_module

from engine.adapters._base import Adapter, Channel, Envelope, Provider, Rendered
from engine.adapters._outcomes import SendError, Sent
from engine.adapters._planned import PLANNED
from engine.adapters._sides import SIDES, side_named
from hubster.lib.payloads import Typed

__all__ = [
    "SIDES",
    "Adapter",
    "Channel",
    "Envelope",
    "Provider",
    "Rendered",
    "SendError",
    "Sent",
    "all_adapters",
    "all_channels",
    "configurations",
    "find",
    "find_channel",
    "get",
    "known_name",
    "side_named",
]


def _adapters() -> Iterator[Adapter]:
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            yield import_module(f"{__name__}.{module.name}").ADAPTER


def registered(channels: Iterable[Channel]) -> dict[str, Channel]:
    """The channels by every name and number they go by, in lower case; raises RuntimeError when two share one."""
    found: dict[str, Channel] = {}
    for channel in channels:
        for key in (channel.name.lower(), str(channel.number), *map(str, channel.other_numbers)):
            if key in found:
                raise RuntimeError(f"Channel {channel.name} clashes with {found[key].name}: both are '{key}'.")
            found[key] = channel
    return found


_CHANNELS = registered([*_adapters(), *PLANNED])


def all_channels() -> list[Channel]:
    """Every documented channel, those that cannot be connected yet too, by number."""
    return sorted(set(_CHANNELS.values()), key=lambda channel: channel.number)


def all_adapters() -> list[Adapter]:
    """Every channel that can be used, by number."""
    return [channel for channel in all_channels() if isinstance(channel, Adapter)]


def configurations() -> dict[str, type[Typed]]:
    """The configuration model of each documented channel, by channel name."""
    return {channel.name: channel.config for channel in all_channels()}


def get(name: str) -> Adapter:
    """The adapter of a stored integration."""
    found = find(name)
    if found is None:
        raise KeyError(name)
    return found


def find_channel(value: object) -> Channel | None:
    """The channel of a name in any case or a documented number, usable or not; None when there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).lower() if isinstance(value, str) or 0 <= value < 10**6 else ""
    return _CHANNELS.get(str(int(text)) if re.fullmatch(r"[0-9]{1,6}", text) else text)


def find(value: object) -> Adapter | None:
    """The adapter for a name in any case or a documented number; None when there is none."""
    found = find_channel(value)
    return found if isinstance(found, Adapter) else None


def known_name(value: object) -> str | None:
    """The documented spelling of a channel type, with or without an adapter; None for an unknown one."""
    found = find_channel(value)
    return found.name if found else None
