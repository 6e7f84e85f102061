"""The form of a bot: the fields of all dialects, of which those of the chosen one are shown and count."""

from typing import Any

from engine.adapters.bot import properties_of
from portal.admin.provider_form import ProviderForm

_DIALECT = "dialect"
_FIRST = "webhook"  # where none is named


class BotForm(ProviderForm):
    """A style sheet, `admin_hubster/bots.css`, hides the fields of other dialects."""

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        """The properties of the chosen dialect; those of the others are taken away."""
        found = super().changed(values)
        known = {_DIALECT, *properties_of(found[_DIALECT] or _FIRST)}
        others = {one.name: None for one in self.properties if one.name not in known}
        return {**found, **others}
