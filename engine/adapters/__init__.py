"""The channels: every file of this folder with an `ADAPTER` is one. A clash of names or numbers stops the start."""

import pkgutil
import re
from importlib import import_module

from engine.adapters._base import Adapter, Envelope, SendError

__all__ = ["PLANNED", "Adapter", "Envelope", "SendError", "all_adapters", "find", "get", "known_name"]

# Documented channels whose adapter is not here yet: creating one answers 501.
PLANNED = {"Bot": 2, "Messenger": 101, "TwilioSMS": 102, "Line": 103, "Telegram": 104, "Kik": 105, "Slack": 1001}


def _load() -> dict[str, Adapter]:
    found: dict[str, Adapter] = {}
    numbers: dict[int, str] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name.startswith("_"):
            continue
        adapter: Adapter = import_module(f"{__name__}.{module.name}").ADAPTER
        for number in (adapter.number, *adapter.other_numbers):
            if number in numbers or adapter.name.lower() in found:
                raise RuntimeError(f"Channel {adapter.name} clashes with {numbers.get(number, adapter.name)}.")
            numbers[number] = adapter.name
        found[adapter.name.lower()] = adapter
    return found


_ADAPTERS = _load()


def all_adapters() -> list[Adapter]:
    """Every channel that can be used."""
    return list(_ADAPTERS.values())


def get(name: str) -> Adapter:
    """The adapter of a stored integration."""
    return _ADAPTERS[name.lower()]


def _named_or_numbered(value: object) -> str | int | None:
    """A name in lower case or a number, whichever `value` means; None when it can be neither."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"[0-9]{1,6}", value) else value.lower()
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def find(value: object) -> Adapter | None:
    """The adapter for a name in any case or a documented number; None when there is none."""
    value = _named_or_numbered(value)
    for adapter in _ADAPTERS.values():
        if value in (adapter.name.lower(), adapter.number, *adapter.other_numbers):
            return adapter
    return None


def known_name(value: object) -> str | None:
    """The documented spelling of a channel type, with or without an adapter; None for an unknown one."""
    adapter = find(value)
    if adapter:
        return adapter.name
    value = _named_or_numbered(value)
    for name, number in PLANNED.items():
        if value in (name.lower(), number):
            return name
    return None
