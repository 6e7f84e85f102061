"""A configuration that no form can change, for people to read: titles of the channel, and no secrets."""

from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from engine import adapters
from engine.adapters import Provider
from hubster.lib.secrecy import deeply_without_values
from portal.actions.audit import hidden
from portal.models import Integration
from portal.shown import known_title


class Line(NamedTuple):
    """A property."""

    title: str
    value: str


def lines(row: Integration) -> list[Line]:
    """Every property that is stored; none where a form shows them."""
    adapter = adapters.find(row.channel)
    if not isinstance(adapter, Provider) or adapter.configurable:
        return []
    secret, values = {key.lower() for key in adapter.secret_keys}, adapter.secrets(row.configuration)
    return [
        Line(known_title(key, row.channel), hidden(str(value), str(row.pk)))
        if key.lower() in secret
        else Line(known_title(key, row.channel), _shown(deeply_without_values(value, values)))
        for key, value in row.configuration.items()
        if value not in (None, "", [])
    ]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | dict):
        return _("set")
    return str(value)
