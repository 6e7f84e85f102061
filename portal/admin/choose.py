"""The page on which the channel of a new integration is chosen: a card for each, made from what its adapter says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from engine import adapters
from engine.adapters import Channel, Provider
from engine.adapters._bots import BotChannel
from portal.admin.bot_form import BotForm
from portal.admin.channels import FORMS, IntegrationForm
from portal.admin.provider_form import ProviderForm, form_of

_GROUPS = (
    (_("Customers"), _("They write to you."), {"Customer"}),
    (_("Business"), _("Agents and bots who reply."), {"Agent", "Bot"}),
    (_("Systems"), _("Software that listens."), {"System"}),
)


@dataclass(frozen=True)
class Card:
    """A channel on the page. Without an address it is not available yet."""

    label: str
    sentence: Any
    icon: str
    address: str
    closed: bool = False  # its provider takes nobody any more


@dataclass(frozen=True)
class Group:
    """The channels of one side, those that can be chosen first."""

    name: Any
    hint: Any
    cards: list[Card]


def form_for(channel: object, stored: Mapping[str, Any] | None = None) -> type[IntegrationForm] | None:
    """The form of a channel: its own, or one made from its adapter; None for a channel that cannot be connected.

    `stored` is the configuration of an integration that is changed.
    """
    adapter = adapters.find(channel)
    if adapter is None or adapter.name in FORMS:
        return FORMS.get(adapter.name) if adapter else None
    return form_of(adapter, stored, BotForm if isinstance(adapter, BotChannel) else ProviderForm)


def groups(hub: str = "") -> list[Group]:
    """All documented channels by the sides that they serve. `hub` is the id of the one that is preselected."""
    channels = sorted(adapters.all_channels(), key=_rank)
    found = [
        Group(name, hint, [_card(one, hub) for one in channels if sides & set(one.types)])
        for name, hint, sides in _GROUPS
    ]
    return [group for group in found if group.cards]


def _rank(channel: Channel) -> tuple[bool, bool, bool, int, str]:
    """Those that can be chosen, closed ones last; our own first, of these the more particular ones; then by name."""
    known = adapters.find(channel.name)
    return known is None, _is_closed(channel), isinstance(known, Provider), len(channel.types), channel.label.lower()


def _card(channel: Channel, hub: str) -> Card:
    query = {"channel": channel.name, **({"hub": hub} if hub else {})}
    address = f"?{urlencode(query)}" if adapters.find(channel.name) else ""
    return Card(channel.label, channel.sentence, channel.icon, address, _is_closed(channel))


def _is_closed(channel: Channel) -> bool:
    return isinstance(channel, Provider) and bool(channel.closed)
