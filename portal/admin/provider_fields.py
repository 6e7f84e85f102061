"""Fields of forms for a channel's configuration: one for each property, as the channel's own model describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from engine.adapters import Channel
from hubster.lib.openapi.shapes import json_schema
from hubster.lib.payloads import Typed
from portal.shown import property_title

KEPT = _("Kept. Type to replace.")
LOST = _("Not saved. Enter it again.")
_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


@dataclass(frozen=True)
class Property:
    """A property of a configuration: its JSON name, its schema, and what the model says to people about it."""

    name: str
    schema: Mapping[str, Any]
    title: str
    description: str
    required: bool
    secret: bool

    @property
    def field_name(self) -> str:
        """The name of its field, which is none that all forms have."""
        return f"configuration_{self.name}"

    @property
    def help(self) -> Any:
        """The description, and where to look."""
        text, link = translated(self.description) if self.description else "", self.schema.get("link")
        if not link:
            return format_html("{}", text)
        shown = str(link).removeprefix("https://").rstrip("/")
        return format_html(
            '{} <a class="hub-link" href="{}" target="_blank" rel="noopener">{}</a>', text, link, shown
        ).strip()

    def field(self, stored: Mapping[str, Any]) -> forms.Field | None:
        """A form's field; None for a property that no form can show, such as an object: it stays as it is."""
        given: dict[str, Any] = {
            "label": self.title, "help_text": self.help, "required": self.required,
            "initial": stored.get(self.name, self.schema.get("default")),
        }  # fmt: skip
        if self.secret:
            kept = self.name in stored
            widget = UnfoldAdminPasswordWidget({**_PLAIN, "autocomplete": "new-password"})
            if kept:
                widget.attrs["placeholder"] = KEPT
            return forms.CharField(**{**given, "initial": None, "required": self.required and not kept}, widget=widget)
        return self._open_field(given)

    def _open_field(self, given: dict[str, Any]) -> forms.Field | None:
        kind, choices = self.schema.get("type"), self._choices(self.schema)
        if choices:
            empty = [] if self.required or self.schema.get("default") else [("", _("None"))]
            return forms.ChoiceField(choices=[*empty, *choices], widget=UnfoldAdminSelectWidget, **given)
        if kind == "boolean":
            return forms.BooleanField(widget=UnfoldBooleanSwitchWidget, **{**given, "required": False})
        if kind in ("integer", "number"):
            made = forms.IntegerField if kind == "integer" else forms.FloatField
            return made(widget=UnfoldAdminIntegerFieldWidget, **given)
        if kind == "array":
            return self._list_field(given)
        if kind != "string":
            return None
        wide = UnfoldAdminTextareaWidget({"rows": 6}) if self.schema.get("long") else None
        return forms.CharField(widget=wide or UnfoldAdminTextInputWidget(dict(_PLAIN)), **given)

    def _list_field(self, given: dict[str, Any]) -> forms.Field | None:
        items = self.schema.get("items", {})
        if choices := self._choices(items):
            return forms.MultipleChoiceField(choices=choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, **given)
        return LinesField(**given) if items.get("type") == "string" else None

    def _choices(self, schema: Mapping[str, Any]) -> list[tuple[str, str]]:
        values, labels = schema.get("enum") or [], self.schema.get("labels", {})
        return [(str(value), translated(labels.get(value) or property_title(str(value)))) for value in values]


class LinesField(forms.CharField):
    """A list of texts, one per line; empty lines do not count."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, **given: Any) -> None:
        super().__init__(**given, widget=UnfoldAdminTextareaWidget({**_PLAIN, "rows": 3}))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in str(super().clean(value)).splitlines()]
        return [line for line in lines if line]


def properties(channel: Channel) -> list[Property]:
    """The properties that a form shows, in the model's order, without those that the server sets.

    The greeting has a field of its own in all forms.
    """
    schema, secret = _schema(channel.config), {key.lower() for key in channel.secret_keys}
    found = []
    for field_name, info in channel.config.model_fields.items():
        name = info.alias or field_name
        if info.exclude or name == "start":
            continue
        own = schema["properties"][name]
        if own.get("readOnly"):
            continue
        title = translated(info.title) if info.title else property_title(name)
        required = name in schema.get("required", ())
        found.append(Property(name, own, title, info.description or "", required, name.lower() in secret))
    return found


@lru_cache(maxsize=100)
def _schema(config: type[Typed]) -> Mapping[str, Any]:
    """The schema of a configuration; what it refers to is not shown by forms."""
    reference, components = json_schema(config)
    found: Mapping[str, Any] = components[reference["$ref"].rpartition("/")[2]]
    return found
