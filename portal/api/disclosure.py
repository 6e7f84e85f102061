"""/api/v1/hubs/{hubId}/disclosure: how the bots of a hub say that they are bots."""

from typing import Annotated, Any

from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from engine.activity.disclosure import LANGUAGES
from hubster.lib.drf import ApiView, CaseBlindSerializer, Flag, checked, guid_or_fail
from hubster.lib.errors import NOT_VALID
from hubster.lib.openapi.operation import Resource
from hubster.lib.openapi.shapes import Guid
from portal import access
from portal.actions import disclosures, hubs
from portal.api.fields import CountField
from portal.api.identity import PORTAL
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import Hub

DISCLOSURE = Resource("Bot disclosure", PORTAL)
_BY_LANGUAGE = "by language: " + ", ".join(f"`{code}`" for code in LANGUAGES)


class TextsField(serializers.JSONField):
    """Texts by language; which languages there are, the action says."""

    def to_internal_value(self, data: Any) -> Any:
        """The checked texts; raises the faults of the action."""
        return disclosures.check_texts(data)

    def json_schema(self, auto: Any) -> dict[str, Any]:
        """For the OpenAPI document."""
        line = {"type": "string", "maxLength": disclosures.MAX_LINE}
        shape = {"type": "object", "properties": dict.fromkeys(LANGUAGES, line), "additionalProperties": False}
        return {**shape, "description": "Your own lines. Replaces all of them; a language without one has ours."}


class LanguageField(serializers.ChoiceField):
    """The code of a language, in any case."""

    def to_internal_value(self, data: Any) -> str:
        code = data.lower() if isinstance(data, str) else ""
        if code not in LANGUAGES:
            raise serializers.ValidationError(NOT_VALID.format(value=str(data)[:40]), "invalid_choice")
        return code


class DisclosureSettingsWrite(CaseBlindSerializer):
    """Properties that clients can set."""

    enabled = Flag(source="discloses_bots", required=False, help_text="Bots say that they are bots.")
    silenceHours = CountField(
        source="disclosure_silence", max_value=disclosures.MAX_HOURS, required=False,
        help_text="Hours without a message of the bot after which the line is said again; 0 = never.",
    )  # fmt: skip
    language = LanguageField(
        list(LANGUAGES), source="disclosure_language", required=False,
        help_text="The language of customers whose language is not known.",
    )  # fmt: skip
    texts = TextsField(source="disclosure_texts", required=False)


class DisclosureSettingsRead(TypedDict):
    """The settings by which the bots of a hub say that they are bots."""

    hubId: Guid
    enabled: Annotated[bool, Field(description="True for new hubs.")]
    silenceHours: Annotated[int, Field(ge=0, description="0 = the line is not said again after a silence.")]
    language: Annotated[str, Field(description="Of customers whose language is not known.")]
    texts: Annotated[dict[str, str], Field(description=f"Your own lines, {_BY_LANGUAGE}.")]
    lines: Annotated[dict[str, str], Field(description="The lines that customers read: yours, or else ours.")]


def show(hub: Hub) -> DisclosureSettingsRead:
    """The settings of a hub as answers have them."""
    return {
        "hubId": str(hub.id),
        "enabled": hub.discloses_bots,
        "silenceHours": hub.disclosure_silence,
        "language": hub.disclosure_language,
        "texts": hub.disclosure_texts,
        "lines": disclosures.lines_of(hub),
    }


class DisclosureView(ApiView):
    """The settings of one hub."""

    authentication_classes = [PortalAuthentication]

    def _hub(self, request: Request, hub_id: str) -> Hub:
        return access.get_hub_for(client_of(request).tenant_id, guid_or_fail(hub_id, "PRT", "hubId"))

    @DISCLOSURE.operation("getDisclosure", "Get how a hub's bots say what they are", answers=DisclosureSettingsRead,
                          refuses=[404])  # fmt: skip
    def get(self, request: Request, hub_id: str) -> Response:
        return Response(show(self._hub(request, hub_id)))

    @DISCLOSURE.operation(
        "updateDisclosure", "Change how a hub's bots say what they are", takes=DisclosureSettingsWrite(partial=True),
        answers=DisclosureSettingsRead, refuses=[404], text="Changes what is given.",
    )  # fmt: skip
    def put(self, request: Request, hub_id: str) -> Response:
        hub = self._hub(request, hub_id)
        values = checked(DisclosureSettingsWrite(partial=True), request.data, "PRT000300")
        return Response(show(hubs.do_update_hub(hub, values)))
