"""The form of a hub: its name, its status, and when agents take over from the bot."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from hubster.lib.errors import HubsterError
from portal.actions import hubs as actions
from portal.admin.faults import ActionForm
from portal.admin.roles import Rank, rank_of
from portal.admin.visitor_fields import VISITOR_FIELDS, PublicKeyField
from portal.models import Hub

MAX_DAYS = 36_500
_MOST = {
    "close_dormant_conversation": MAX_DAYS,
    "bot_failures": actions.MAX_FAILURES,
    "bot_patience": actions.MAX_SECONDS,
    "handback_after": actions.MAX_MINUTES,
}

CANCELED_HELP = _(
    "Canceled: nothing is sent or received, and callers get the error ENG006502. Only operators can set or remove it."
)


def settable(statuses: Any, present: int | None, by_operator: bool) -> list[tuple[int, str]]:
    """The statuses that a person may choose: operators cancel what is there and end that, others can do neither."""
    if present == statuses.CANCELED and not by_operator:
        return [(statuses.CANCELED.value, statuses.CANCELED.label)]
    offered = by_operator and present is not None
    return [(row.value, row.label) for row in statuses if row != statuses.CANCELED or offered]


class PhrasesField(forms.CharField):
    """A list of phrases, one per line."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """True for another list."""
        return (initial or []) != str(data or "").splitlines()

    def clean(self, value: Any) -> Any:
        """The list; raises the action's sentence."""
        try:
            return actions.check_phrases(str(super().clean(value)).splitlines())
        except HubsterError as fault:
            raise forms.ValidationError(fault.faults[0].sentence) from None


class HubForm(ActionForm):
    """The fields of a hub. The API requires a description; here it may stay empty."""

    handover_phrases = PhrasesField(
        label=_("Phrases that ask for a person"), required=False, widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=_("One per line, for example: talk to a person. A customer who writes one is handed over from the "
                    "bot to an agent. Not case-sensitive."),
    )  # fmt: skip

    binding_public_key = PublicKeyField()

    class Meta:
        model = Hub
        fields = (
            "name", "description", "status", "close_dormant_conversation", "handover_phrases", "bot_failures",
            "bot_patience", "handback_after", *VISITOR_FIELDS,
        )  # fmt: skip
        widgets = {"description": UnfoldAdminTextareaWidget({"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "description" in self.fields:
            self.fields["description"].required = False
        if "status" in self.fields:
            choice = self.fields["status"]
            assert isinstance(choice, forms.ChoiceField)
            present = self.instance.status if not self.instance._state.adding else None
            by_operator = rank_of(self.user) == Rank.OPERATOR
            choice.choices = settable(Hub.Status, present, by_operator)
            choice.help_text = CANCELED_HELP if by_operator and present else ""
        for name, most in _MOST.items():
            if name in self.fields:
                self._limit(name, most)

    def _limit(self, name: str, most: int) -> None:
        number = self.fields[name]
        assert isinstance(number, forms.IntegerField)
        number.max_value = most
        number.validators.append(forms.IntegerField(max_value=most).validators[-1])

    def check_values(self, values: dict[str, Any]) -> None:
        """The name is free."""
        tenant = values["tenant"].pk if values.get("tenant") else self.instance.tenant_id or self.user.tenant_id
        actions.check_name(tenant, values["name"], except_id=self.instance.pk)
