"""The page of a hub on which its bots are made to say that they are bots, and what customers read then."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from engine.activity.disclosure import LANGUAGES, sentence
from hubster.lib import clock
from portal.actions import disclosures, hubs
from portal.admin.roles import is_operator
from portal.models import Hub

_PREFIX = "text_"
_RIGHT_TO_LEFT = ("ar", "he")


class DisclosureForm(forms.ModelForm):  # type: ignore[type-arg]
    """The switch, when the line is said again, and a text of the hub's own for each language."""

    class Meta:
        model = Hub
        fields = ("discloses_bots", "disclosure_silence", "disclosure_language")
        widgets = {
            "discloses_bots": UnfoldBooleanSwitchWidget(),
            "disclosure_silence": UnfoldAdminIntegerFieldWidget(),
            "disclosure_language": UnfoldAdminSelectWidget(choices=list(LANGUAGES.items())),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["disclosure_silence"] = forms.IntegerField(
            label=_("Say it again after (hours)"), min_value=0, max_value=disclosures.MAX_HOURS,
            widget=UnfoldAdminIntegerFieldWidget(),
            help_text=_("Hours without a message from the bot. 0 = only after a person has replied in between."),
        )  # fmt: skip
        self.fields["disclosure_language"] = forms.ChoiceField(
            label=_("Default language"), choices=list(LANGUAGES.items()), widget=UnfoldAdminSelectWidget(),
            help_text=_("For customers whose language is not known."),
        )  # fmt: skip
        for code, name in LANGUAGES.items():
            self.fields[f"{_PREFIX}{code}"] = _line_field(code, name, self.instance.disclosure_texts.get(code, ""))

    @property
    def line_fields(self) -> Iterator[forms.BoundField]:
        """A field for each language."""
        return (self[f"{_PREFIX}{code}"] for code in LANGUAGES)

    @property
    def values(self) -> dict[str, Any]:
        """The columns of the hub."""
        lines = {code: self.cleaned_data[f"{_PREFIX}{code}"] for code in LANGUAGES}
        columns = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return {**columns, "disclosure_texts": disclosures.check_texts(lines)}


def _line_field(code: str, name: str, own: str) -> forms.CharField:
    shown = {"placeholder": sentence("disclosure", code), "lang": code, "rows": 3}
    if code in _RIGHT_TO_LEFT:
        shown["dir"] = "rtl"
    widget = UnfoldAdminTextareaWidget(shown)
    return forms.CharField(
        label=name, required=False, max_length=disclosures.MAX_LINE, initial=own, strip=True, widget=widget
    )


def page(request: HttpRequest, hub: Hub, opts: Any, may_change: bool) -> HttpResponse:
    """Show the settings and their preview, or store them."""
    if not may_change:
        raise PermissionDenied
    form = DisclosureForm(request.POST or None, instance=hub)
    if request.method == "POST" and form.is_valid():
        stored = Hub.objects.get(pk=hub.pk)
        hubs.do_update_hub(stored, form.values, by_operator=is_operator(request))
        messages.success(request, gettext("The settings of “%(hub)s” were saved.") % {"hub": stored})
        return redirect(reverse("admin:portal_hub_disclosure", args=[hub.pk]))
    known = Hub.objects.get(pk=hub.pk)
    context = {
        **admin.site.each_context(request), "opts": opts, "original": hub, "title": _("Bot disclosure"), "form": form,
        "media": form.media, "line": disclosures.lines_of(known)[known.disclosure_language],
        "language": known.disclosure_language, "is_on": known.discloses_bots, "month": f"{clock.now():%Y-%m}",
    }  # fmt: skip
    return TemplateResponse(request, "portal/admin/disclosure.html", context)
