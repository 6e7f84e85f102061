"""The channels: every file of this folder with an `ADAPTER` is one. A clash of names or numbers stops the start."""

import pkgutil
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


def find(value: object) -> Adapter | None:
    """The adapter for a name in any case or a documented number; None when there is none."""
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    for adapter in _ADAPTERS.values():
        by_number = isinstance(value, int) and value in (adapter.number, *adapter.other_numbers)
        if by_number or (isinstance(value, str) and value.lower() == adapter.name.lower()):
            return adapter
    return None


def known_name(value: object) -> str | None:
    """The documented spelling of a channel type, with or without an adapter; None for an unknown one."""
    adapter = find(value)
    if adapter:
        return adapter.name
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    for name, number in PLANNED.items():
        if value == number or (isinstance(value, str) and value.lower() == name.lower()):
            return name
    return None
