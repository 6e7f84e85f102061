"""The fields of a hub's form about who its web-chat visitors are."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from hubster.lib.errors import HubsterError
from portal.actions import hubs as actions

VISITOR_FIELDS = ("binding_public_key", "trust_random_bindings")


class PublicKeyField(forms.CharField):
    """An RSA public key in PEM."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Public key for binding tokens"), required=False, max_length=actions.MAX_PEM,
            widget=UnfoldAdminTextareaWidget({"rows": 4, "placeholder": "-----BEGIN PUBLIC KEY-----"}),
            help_text=_(
                "Only if your website signs binding tokens with RS256. With HS256 it uses the signing key of the "
                "WebChat integration instead."
            ),
        )  # fmt: skip

    def clean(self, value: Any) -> str:
        """The key in its usual form, or the reason why it is not one."""
        try:
            return actions.check_public_key(str(super().clean(value)))
        except HubsterError as fault:
            words = fault.faults[0].text
            raise forms.ValidationError(words[:1].upper() + words[1:]) from None
