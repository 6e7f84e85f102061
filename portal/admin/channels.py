"""The forms of the channels: friendly fields in front of a configuration, whose other parts stay as they are."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin import VERTICAL
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from engine import adapters
from engine.activity import summary
from portal.actions import integrations as actions
from portal.admin.hub_rows import HubRowForm
from portal.models import Integration

_WELCOME_HELP = "Sent when a customer opens a new conversation. Empty: no greeting."
_WEBHOOK_HELP = "Messages are sent there as signed POST requests."


class IntegrationForm(HubRowForm):
    """What all integrations have. On its own it leaves the configuration alone."""

    channel: ClassVar[str] = ""
    shown: ClassVar[tuple[str, ...]] = ()  # the fields of the configuration
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

    def check_values(self, values: dict[str, Any]) -> None:
        """The name is free in the hub and the channel accepts the configuration."""
        actions.check_name(self.hub_of(values), values["name"], except_id=self.instance.pk)
        configuration = self.configuration()
        if configuration is not None:
            actions.check_configuration(adapters.get(self.channel), configuration)


class _Welcome:
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
        field.help_text = "This greeting has several or rich messages. It was set over the API and is kept as it is."

    def start_of(self, values: dict[str, Any]) -> dict[str, Any]:
        """The `start` property, unless it is locked."""
        if self.fields["welcome"].disabled:  # type: ignore[attr-defined]
            return {}
        text = values["welcome"].strip()
        return {"start": [{"type": "text", "text": text}] if text else None}


def _welcome_field() -> forms.CharField:
    return forms.CharField(
        required=False, label="Welcome text", help_text=_WELCOME_HELP, widget=UnfoldAdminTextareaWidget({"rows": 3})
    )


def _webhook_field(required: bool, help_text: str) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget({"placeholder": "https://", "inputmode": "url"})
    return forms.CharField(required=required, label="Webhook URL", max_length=2048, help_text=help_text, widget=widget)


class DirectForm(_Welcome, IntegrationForm):
    """Direct: your own software as customers, agents or bot."""

    channel = "Direct"
    shown = ("side", "webhook_url", "echo", "welcome")

    side = forms.ChoiceField(
        label="Who is at this end",
        choices=[
            ("Customer", "Customers: your own channel or app"),
            ("Agent", "Agents: people, also those at the desk"),
            ("Bot", "A bot"),
        ],
        initial="Customer",
        widget=UnfoldAdminRadioSelectWidget(radio_style=VERTICAL),
        help_text="Fixed for the life of the integration.",
    )
    webhook_url = _webhook_field(False, f"{_WEBHOOK_HELP} Empty: your software reads them on a socket.")
    echo = forms.BooleanField(
        required=False,
        label="Echo",
        widget=UnfoldBooleanSwitchWidget,
        help_text="Your software also receives its own messages, with their ids.",
    )
    welcome = _welcome_field()

    def show(self, configuration: dict[str, Any]) -> None:
        """From the stored configuration; the side can no longer be chosen."""
        self.fields["side"].initial = configuration.get("integrationType")
        self.fields["side"].disabled = True
        self.fields["webhook_url"].initial = configuration.get("webhookUrl", "")
        self.fields["echo"].initial = configuration.get("echo", False)
        self.show_welcome(configuration)
        if configuration.get("integrationType") != "Customer" and not configuration.get("start"):
            self.fields["welcome"].disabled = True
            self.fields["welcome"].help_text = "Only customers are greeted."

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        """A greeting is for customers only."""
        greeting = self.start_of(values) if values["side"] == "Customer" else {}
        url = values["webhook_url"].strip() or None
        return {"integrationType": values["side"], "webhookUrl": url, "echo": values["echo"], **greeting}


class WebChatForm(_Welcome, IntegrationForm):
    """WebChat: the widget on your pages."""

    channel = "WebChat"
    shown = ("allowed_origins", "welcome")

    allowed_origins = forms.CharField(
        label="Your websites",
        widget=UnfoldAdminTextareaWidget({"rows": 4, "placeholder": "shop.example.com\nhttps://www.example.com"}),
        help_text="One a line: a domain such as shop.example.com, or a full origin such as https://shop.example.com. "
        "The chat works on these pages only.",
    )
    welcome = _welcome_field()

    def show(self, configuration: dict[str, Any]) -> None:
        """From the stored configuration."""
        self.fields["allowed_origins"].initial = "\n".join(configuration.get("allowedOrigins", []))
        self.show_welcome(configuration)

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Empty lines do not count."""
        lines = [line.strip() for line in values["allowed_origins"].splitlines()]
        return {"allowedOrigins": [line for line in lines if line], **self.start_of(values)}


class SystemForm(IntegrationForm):
    """System: a webhook that observes the hub."""

    channel = "System"
    shown = ("webhook_url", "events")

    webhook_url = _webhook_field(True, _WEBHOOK_HELP)
    events = forms.MultipleChoiceField(
        label="Which messages",
        choices=[
            ("message", "All messages"),
            ("message:customer", "From customers"),
            ("message:agent", "From agents"),
            ("message:bot", "From bots"),
        ],
        initial=["message"],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def show(self, configuration: dict[str, Any]) -> None:
        """From the stored configuration."""
        self.fields["webhook_url"].initial = configuration.get("webhookUrl", "")
        self.fields["events"].initial = configuration.get("events", [])

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        """As chosen."""
        return {"webhookUrl": values["webhook_url"].strip(), "events": values["events"]}


FORMS: dict[str, type[IntegrationForm]] = {form.channel: form for form in (WebChatForm, DirectForm, SystemForm)}
