"""The forms of the three kinds of commands."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from portal.actions import commands as actions
from portal.admin.hub_rows import HubRowForm
from portal.admin.responses import ResponsesField
from portal.models import DynamicCommand, ResponseCommand, TransferCommand

_DESCRIPTION = _("Helps agents find it.")
_CATEGORY = _("Groups the list of commands, for example “opening hours”. Leave empty for none.")


def _address() -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget({"placeholder": "https://", "inputmode": "url"})


class CommandForm(HubRowForm):
    """The base of the three forms."""

    help_texts = {"description": _DESCRIPTION, "category": _CATEGORY}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in self.help_texts.items():
            if name in self.fields:
                self.fields[name].help_text = text

    def check_values(self, values: dict[str, Any]) -> None:
        """Raise the action's refusal."""
        row = self.instance
        if row._state.adding:
            row = type(row)(hub=self.hub_of(values))
        actions.check_command(row, values)

    def written(self) -> dict[str, Any]:
        """The values to write; the hub can't be changed later."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "hub"}


class TransferForm(CommandForm):
    """A page link."""

    help_texts = {
        "name": _("Agents type ::trans -n and this name."),
        "description": _DESCRIPTION,
        "url": _("The page that the link opens."),
        "link_description": _("The text that the visitor sees."),
        "mount_delay": _(
            "How long until the chat opens on the new page: 1000 is one second. Below 0 = it stays closed."
        ),
    }

    mount_delay = forms.IntegerField(
        label=_("Delay (milliseconds)"),
        initial=0,
        min_value=-actions.MAX_DELAY,
        max_value=actions.MAX_DELAY,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
    )

    class Meta:
        model = TransferCommand
        fields = ("name", "description", "url", "link_description", "mount_delay")
        labels = {"url": _("URL"), "link_description": _("Link text")}
        widgets = {
            "description": UnfoldAdminTextareaWidget({"rows": 2}),
            "url": _address(),
        }


class ResponseForm(CommandForm):
    """A saved reply."""

    line_word = _("Message")
    places = {"responses": "responses"}
    help_texts = {
        "name": _("Agents and bots type ::resp -n and this name."),
        "description": _DESCRIPTION,
        "category": _CATEGORY,
        "kind": _("People read messages. Events are signals for software, written as JSON."),
        "responses": _(
            "Sent in this order. Empty rows are ignored. A link button takes two lines: its text, then its URL. "
            "“Anything else” takes one message as JSON: a card, a list, a carousel."
        ),
    }

    to = forms.ChoiceField(
        label=_("For"),
        choices=[("customer", _("The customer")), ("agent", _("The agent or bot who types it"))],
        initial="customer",
        widget=UnfoldAdminRadioSelectWidget,
    )
    kind = forms.ChoiceField(
        label=_("Type"),
        choices=[("message", _("Messages")), ("event", _("Events"))],
        initial="message",
        widget=UnfoldAdminRadioSelectWidget,
    )
    responses = ResponsesField(label=_("Messages"))

    class Meta:
        model = ResponseCommand
        fields = ("name", "category", "description", "to", "kind", "responses")
        widgets = {"description": UnfoldAdminTextareaWidget({"rows": 2})}


class DynamicForm(CommandForm):
    """A dynamic command."""

    help_texts = {
        "name": _("Agents and bots type :: and this name, then any arguments."),
        "description": _DESCRIPTION,
        "category": _CATEGORY,
        "url": _(
            "Your own service receives a signed POST request with the command, and its reply is sent to the chat."
        ),
    }

    class Meta:
        model = DynamicCommand
        fields = ("name", "category", "description", "url")
        labels = {"url": _("URL of your service")}
        widgets = {
            "description": UnfoldAdminTextareaWidget({"rows": 2}),
            "url": _address(),
        }
