"""The form of a channel, made from what the channel's adapter says of its configuration."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from engine.adapters import Adapter
from portal.admin.channels import IntegrationForm, Welcome, welcome_field
from portal.admin.provider_fields import LOST, Property, properties

_CLEAR = "clear_"


class ProviderForm(Welcome, IntegrationForm):
    """Fields for each property of the configuration. Empty secrets stay as they are stored."""

    adapter: ClassVar[Adapter]
    properties: ClassVar[list[Property]]
    names_fields = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = {key: value for key, value in self.stored.items() if key in self._names}
        for one in self.properties:
            if (field := one.field(self.stored)) and one.field_name in self.fields:
                self.fields[one.field_name] = field

    @property
    def _names(self) -> set[str]:
        """The properties that may be sent; a provider may have added others to what is stored."""
        fields = self.adapter.config.model_fields.items()
        return {info.alias or name for name, info in fields if not info.exclude}

    def show(self, configuration: dict[str, Any]) -> None:
        """The greeting; all others are shown by their own fields."""
        if "welcome" in self.fields:
            self.show_welcome(configuration)

    def full_clean(self) -> None:
        """Say of secrets that are not sent back with a form in error that they must be entered again."""
        super().full_clean()
        if not self.is_bound or not self.errors:
            return
        for one in self.properties:
            if one.secret and self.data.get(self.add_prefix(one.field_name)):
                self.fields[one.field_name].widget.attrs["placeholder"] = LOST

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        """The properties as they were entered; an empty one is taken away, an empty secret stays."""
        found: dict[str, Any] = {}
        for one in self.properties:
            if one.field_name not in self.fields:
                continue
            value = values.get(one.field_name)
            if value in (None, "", []):
                value = None
                if one.secret and not values.get(_CLEAR + one.field_name):
                    continue
            found[one.name] = value
        return {**found, **self.start_of(values)} if "welcome" in self.fields else found

    def configuration(self) -> dict[str, Any] | None:
        """None where nothing of it changed: the provider is not asked again for another name of the integration."""
        merged = super().configuration()
        return None if not self.instance._state.adding and merged == self.stored else merged


def form_of(
    adapter: Adapter, stored: Mapping[str, Any] | None, base: type[ProviderForm] = ProviderForm
) -> type[IntegrationForm]:
    """The form of a channel, for a new integration or for one with a stored configuration.

    Where a channel allows no other configuration, the form of a stored one has no fields for it.
    """
    title = adapter.label
    facts: dict[str, Any] = {"channel": adapter.name, "title": title, "first_name": title, "closed": adapter.closed}
    if stored is not None and not adapter.configurable:
        return _made("ProviderNameForm", IntegrationForm, facts)
    found, fields = [], {}
    for one in sorted(properties(adapter), key=lambda one: not one.required):  # what must be entered comes first
        field = one.field({})
        if field is None:
            continue
        found.append(one)
        fields[one.field_name] = field
        if stored and one.secret and not one.required and one.name in stored:
            fields[_CLEAR + one.field_name] = _clearing(one)
    if "start" in adapter.config.model_fields:
        fields["welcome"] = welcome_field()
    places = {f"configuration.{one.name}": one.field_name for one in found}
    facts |= {"adapter": adapter, "properties": found, "shown": tuple(fields), "guide": adapter.guide}
    facts |= {"places": {**IntegrationForm.places, **places}}
    return _made("MadeProviderForm", base, {**facts, **fields})


def _made(name: str, base: Any, facts: dict[str, Any]) -> type[IntegrationForm]:
    found: type[IntegrationForm] = type(base)(name, (base,), facts)
    return found


def _clearing(one: Property) -> forms.Field:
    label = _("Remove: %(name)s") % {"name": one.title}
    return forms.BooleanField(required=False, label=label, widget=UnfoldBooleanSwitchWidget)
