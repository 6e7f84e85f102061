"""Turns the faults of actions into errors of forms, each beside the field that it is about."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from hubster.lib.errors import VERBS, Fault, HubsterError

_PLACE = re.compile(r"\[(\d+)\]")


def add_faults(form: forms.BaseForm, error: HubsterError, places: Mapping[str, str]) -> None:
    """Add every fault to the form. `places` maps a property such as `configuration.webhookUrl` to a field."""
    for fault in error.faults:
        field, text = _placed(fault, places, str(getattr(form, "line_word", _("Line"))))
        if field not in form.fields:
            form.add_error(None, fault.sentence)
        elif getattr(form, "names_fields", False) and fault.text.startswith(VERBS):
            form.add_error(field, f"{form.fields[field].label} {fault.text}")
        else:
            form.add_error(field, text)


def _placed(fault: Fault, places: Mapping[str, str], line_word: str) -> tuple[str | None, str]:
    if not fault.field:
        return None, fault.sentence
    path, words = fault.field, fault.text
    field = places.get(path.partition("[")[0], path)
    line = _PLACE.search(path)
    start = f"{line_word} {int(line[1]) + 1}{_inner(path[line.end() :])}: " if line else ""
    return field, start + words[:1].upper() + words[1:]


def _inner(path: str) -> str:
    """`.items[0].url` as “, items[0].url”; nothing of nothing."""
    return f", {path.removeprefix('.')}" if path else ""


class ActionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose checks are those of the action that will do the writing."""

    places: Mapping[str, str] = {}
    line_word: Any = _("Line")  # the name of an element of a list
    names_fields: ClassVar[bool] = False  # whether an error that begins with a verb begins with its field's label
    user: Any = None  # set on the class that the admin makes for each request

    def check_values(self, values: dict[str, Any]) -> None:
        """Raise what the action would raise."""

    def clean(self) -> dict[str, Any]:
        """Ask the action once the fields themselves are good."""
        values = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.check_values(values)
            except HubsterError as error:
                add_faults(self, error, self.places)
        return values
