"""The forms of the channels: friendly fields in front of a configuration, whose other parts stay as they are."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin import VERTICAL
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from engine import adapters
from engine.activity import summary
from hubster.lib.errors import HubsterError
from portal.actions import integrations as actions
from portal.admin.hub_rows import HubRowForm
from portal.models import Integration

_WELCOME_HELP = _("Sent when a customer opens a new conversation. Leave empty for no greeting.")


class IntegrationForm(HubRowForm):
    """The fields of all integrations. On its own it leaves the configuration alone."""

    channel: ClassVar[str] = ""
    title: ClassVar[Any] = ""  # the heading over the channel's own fields
    closed: ClassVar[Any] = ""  # one sentence, where nobody new can set the channel up
    first_name: ClassVar[Any] = ""  # the name that a new one is offered
    shown: ClassVar[tuple[str, ...]] = ()  # the fields of the configuration
    guide: ClassVar[str] = ""  # the page of the docs that tells where their values are found
    refusal: ClassVar[HubsterError | None] = None  # what came up while these values were to be stored
    places = {
        "configuration.webhookUrl": "webhook_url",
        "configuration.allowedOrigins": "allowed_origins",
        "configuration.events": "events",
        "configuration.start": "welcome",
        "configuration.integrationType": "side",
    }

    class Meta:
        model = Integration
        fields = ("name", "status")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored: dict[str, Any] = dict(self.instance.configuration or {})
        if self.instance._state.adding and "name" in self.fields:
            self.fields["name"].initial = self.first_name
        if self.stored:
            self.show(self.stored)

    def show(self, configuration: dict[str, Any]) -> None:
        """Set the fields' initial values."""

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        """The properties that the fields stand for; None removes one."""
        raise NotImplementedError

    def configuration(self) -> dict[str, Any] | None:
        """The whole configuration after the change; None when it is to stay as it is."""
        if not self.shown:
            return None
        merged = {**self.stored, **self.changed(self.cleaned_data)}
        return {key: value for key, value in merged.items() if value is not None}

    def kept_differently(self, configuration: dict[str, Any]) -> list[str]:
        """The values of a stored configuration that differ from what was typed, where people should know."""
        return []

    def check_values(self, values: dict[str, Any]) -> None:
        """The name is free in the hub and the channel accepts the configuration."""
        if self.refusal:
            raise self.refusal
        actions.check_name(self.hub_of(values), values["name"], except_id=self.instance.pk)
        configuration = self.configuration()
        if configuration is not None:
            actions.check_configuration(adapters.get(self.channel), configuration)


class Welcome:
    """The greeting: one text is edited here; anything richer was made over the API and stays."""

    def show_welcome(self, configuration: dict[str, Any]) -> None:
        """Fill the field, or lock it."""
        field: forms.Field = self.fields["welcome"]  # type: ignore[attr-defined]
        start = configuration.get("start") or []
        if not start or (len(start) == 1 and set(start[0]) == {"type", "text"}):
            field.initial = start[0]["text"] if start else ""
            return
        field.disabled = True
        field.initial = "\n".join(f"• {summary('message', item)}" for item in start)
        field.help_text = _("This greeting has rich or several messages. It was set over the API; change it there.")

    def start_of(self, values: dict[str, Any]) -> dict[str, Any]:
        """The `start` property, unless it is locked."""
        if self.fields["welcome"].disabled:  # type: ignore[attr-defined]
            return {}
        text = values["welcome"].strip()
        return {"start": [{"type": "text", "text": text}] if text else None}


def welcome_field() -> forms.CharField:
    """The field of the greeting."""
    return forms.CharField(
        required=False,
        label=_("Welcome message"),
        help_text=_WELCOME_HELP,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
    )


def _webhook_field(required: bool, help_text: Any) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget({"placeholder": "https://", "inputmode": "url"})
    return forms.CharField(
        required=required, label=_("Webhook URL"), max_length=2048, help_text=help_text, widget=widget
    )


class DirectForm(Welcome, IntegrationForm):
    """Direct: your own software as customers, agents or bot."""

    channel = "Direct"
    title = _("Direct")
    shown = ("side", "webhook_url", "echo", "welcome")

    side = forms.ChoiceField(
        label=_("Used by"),
        choices=[
            ("Customer", _("Customers: your own channel or app")),
            ("Agent", _("Agents: your own agent software; the desk uses it too")),
            ("Bot", _("A bot")),
        ],
        initial="Customer",
        widget=UnfoldAdminRadioSelectWidget(radio_style=VERTICAL),
        help_text=_("Can't be changed later."),
    )
    webhook_url = _webhook_field(
        False, _("Messages are sent there as signed POST requests. Leave empty to receive messages over a WebSocket.")
    )
    echo = forms.BooleanField(
        required=False,
        label=_("Echo"),
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Your software also receives its own messages, with their IDs."),
    )
    welcome = welcome_field()

    def show(self, configuration: dict[str, Any]) -> None:
        """From the stored configuration; the side can no longer be chosen."""
        self.fields["side"].initial = configuration.get("integrationType")
        self.fields["side"].disabled = True
        self.fields["webhook_url"].initial = configuration.get("webhookUrl", "")
        self.fields["echo"].initial = configuration.get("echo", False)
        self.show_welcome(configuration)
        if configuration.get("integrationType") != "Customer" and not configuration.get("start"):
            self.fields["welcome"].disabled = True
            self.fields["welcome"].help_text = _("Only customers are greeted.")

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        """A greeting is for customers only."""
        greeting = self.start_of(values) if values["side"] == "Customer" else {}
        url = values["webhook_url"].strip() or None
        return {"integrationType": values["side"], "webhookUrl": url, "echo": values["echo"], **greeting}


class WebChatForm(Welcome, IntegrationForm):
    """WebChat: the widget on your pages."""

    channel = "WebChat"
    title = first_name = _("Web chat")
    shown = ("allowed_origins", "welcome")

    allowed_origins = forms.CharField(
        label=_("Your websites"),
        widget=UnfoldAdminTextareaWidget({"rows": 3, "placeholder": "shop.example.com\nhttps://www.example.com"}),
        help_text=_("One per line: a domain such as shop.example.com, or an address copied from the browser. The chat "
                    "works on all pages of these websites and nowhere else. A domain means https."),
    )  # fmt: skip
    welcome = welcome_field()

    def show(self, configuration: dict[str, Any]) -> None:
        """From the stored configuration."""
        self.fields["allowed_origins"].initial = "\n".join(configuration.get("allowedOrigins", []))
        self.show_welcome(configuration)

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Empty lines do not count."""
        return {"allowedOrigins": self._typed(values), **self.start_of(values)}

    def kept_differently(self, configuration: dict[str, Any]) -> list[str]:
        """The websites that were cut down to what browsers send."""
        typed = set(self._typed(self.cleaned_data))
        return [site for site in configuration["allowedOrigins"] if site not in typed]

    def _typed(self, values: dict[str, Any]) -> list[str]:
        lines = [line.strip() for line in values["allowed_origins"].splitlines()]
        return [line for line in lines if line]


class SystemForm(IntegrationForm):
    """System: a webhook that observes the hub."""

    channel = "System"
    title = first_name = _("Webhook")
    shown = ("webhook_url", "events")

    webhook_url = _webhook_field(True, _("Messages are sent there as signed POST requests."))
    events = forms.MultipleChoiceField(
        label=_("Messages to send"),
        choices=[
            ("message", _("All messages")),
            ("message:customer", _("From customers")),
            ("message:agent", _("From agents")),
            ("message:bot", _("From bots")),
        ],
        initial=["message"],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def show(self, configuration: dict[str, Any]) -> None:
        """From the stored configuration."""
        self.fields["webhook_url"].initial = configuration.get("webhookUrl", "")
        self.fields["events"].initial = configuration.get("events", [])

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"webhookUrl": values["webhook_url"].strip(), "events": values["events"]}


FORMS: dict[str, type[IntegrationForm]] = {form.channel: form for form in (WebChatForm, DirectForm, SystemForm)}
