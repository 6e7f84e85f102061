"""The forms of the three kinds of commands."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from portal.actions import commands as actions
from portal.admin.hub_rows import HubRowForm
from portal.admin.responses import ResponsesField
from portal.models import DynamicCommand, ResponseCommand, TransferCommand

_DESCRIPTION = "For those who look for the right command. Shown in the list of commands."
_CATEGORY = "Commands can be listed by category, for example “opening hours”. Empty: none."


def _address() -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget({"placeholder": "https://", "inputmode": "url"})


class CommandForm(HubRowForm):
    """What the three kinds share."""

    help_texts = {"description": _DESCRIPTION, "category": _CATEGORY}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in self.help_texts.items():
            if name in self.fields:
                self.fields[name].help_text = text

    def check_values(self, values: dict[str, Any]) -> None:
        """What the action would refuse."""
        row = self.instance
        if row._state.adding:
            row = type(row)(hub=self.hub_of(values))
        actions.check_command(row, values)

    def written(self) -> dict[str, Any]:
        """What the action is to write; the hub was chosen for life."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "hub"}


class TransferForm(CommandForm):
    """Where visitors are sent."""

    help_texts = {
        "name": "Agents type ::trans -n and this name.",
        "description": _DESCRIPTION,
        "url": "The page that visitors of the chat are sent to.",
        "link_description": "The words of the link that the visitor sees.",
        "mount_delay": "How long until the chat opens on the new page. 1000 is one second; below 0: it stays closed.",
    }

    mount_delay = forms.IntegerField(
        label="Delay in milliseconds",
        initial=0,
        min_value=-actions.MAX_DELAY,
        max_value=actions.MAX_DELAY,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
    )

    class Meta:
        model = TransferCommand
        fields = ("name", "description", "url", "link_description", "mount_delay")
        labels = {"url": "Address", "link_description": "Link text"}
        widgets = {
            "description": UnfoldAdminTextareaWidget({"rows": 2}),
            "url": _address(),
        }


class ResponseForm(CommandForm):
    """What is said."""

    line_word = "Message"
    places = {"responses": "responses"}
    help_texts = {
        "name": "Agents and bots type ::resp -n and this name.",
        "description": _DESCRIPTION,
        "category": _CATEGORY,
        "kind": "Messages are what people read. Events are signals for software, always written as JSON.",
        "responses": "They are sent in this order; empty rows do not count. A link button takes two lines: its words, "
        "then its address. “Anything else” takes one message of the common format: a card, a list, a carousel.",
    }

    to = forms.ChoiceField(
        label="For whom",
        choices=[("customer", "The customer"), ("agent", "The agent or bot who types it")],
        initial="customer",
        widget=UnfoldAdminRadioSelectWidget,
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=[("message", "Messages"), ("event", "Events")],
        initial="message",
        widget=UnfoldAdminRadioSelectWidget,
    )
    responses = ResponsesField(label="Messages")

    class Meta:
        model = ResponseCommand
        fields = ("name", "category", "description", "to", "kind", "responses")
        widgets = {"description": UnfoldAdminTextareaWidget({"rows": 2})}


class DynamicForm(CommandForm):
    """Whom to ask."""

    help_texts = {
        "name": "Agents and bots type :: and this name, then any arguments.",
        "description": _DESCRIPTION,
        "category": _CATEGORY,
        "url": "Your own service. It gets a signed POST request with the command and answers with what is to be said.",
    }

    class Meta:
        model = DynamicCommand
        fields = ("name", "category", "description", "url")
        labels = {"url": "Address of your service"}
        widgets = {
            "description": UnfoldAdminTextareaWidget({"rows": 2}),
            "url": _address(),
        }
