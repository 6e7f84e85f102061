"""/api/v1/hubs/{hubId}/preview: one message as every channel of the hub would show it."""

from typing import Annotated, Any, Literal, NotRequired, cast

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from engine import access
from engine.activity import Message, parse_message
from engine.adapters._bubbles import Bubble, Button, Kind
from engine.delivery import drawing
from engine.delivery.preview import MOST, Preview, previews
from engine.inbound.shapes import ENGINE
from engine.models import Conversation
from hubster.lib.drf import ApiView, guid_or_fail
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.ids import parse_guid
from hubster.lib.openapi.operation import Resource
from hubster.lib.openapi.shapes import As, Guid, Made, Shape
from hubster.lib.payloads import get_blind
from portal.identity.authentication import EngineAuthentication, client_of

PREVIEWS = Resource("Previews", ENGINE)


class PreviewRequestRead(TypedDict):
    """A request as the provider would get it. Credentials are masked."""

    method: str
    url: str
    headers: dict[str, str]
    body: Annotated[Any, Field(description="What the JSON says; of a form, a list of values for each field.")]


class PreviewButtonRead(TypedDict):
    """Something to press."""

    label: str
    url: NotRequired[Annotated[str, Field(description="What it opens; absent if it says something.")]]
    more: NotRequired[Annotated[str, Field(description="Small print below the label.")]]


class PreviewCardRead(TypedDict):
    """One of the cards that stand side by side."""

    kind: Kind
    title: NotRequired[str]
    text: NotRequired[str]
    url: NotRequired[Annotated[str, Field(description="The file, or a card's picture.")]]
    buttons: NotRequired[list[PreviewButtonRead]]
    menu: NotRequired[Annotated[str, Field(description="The label behind which the buttons open as a list.")]]


class PreviewBubbleRead(PreviewCardRead):
    """One thing on the customer's screen. `choices` are quick replies, or a keyboard below everything."""

    cards: NotRequired[list[PreviewCardRead]]


class PreviewChoiceRead(TypedDict):
    """Something that the customer may answer by a press."""

    label: str
    payload: str


class PreviewRead(TypedDict):
    """One customer integration's part of a preview."""

    channel: str
    integrationId: Guid
    name: str
    requests: Annotated[
        list[PreviewRequestRead],
        Field(description="In the order in which they would be sent. None where the channel reads from a socket."),
    ]
    degraded: Annotated[list[str], Field(description="What the channel can't show, and how it is shown instead.")]
    choices: list[PreviewChoiceRead]
    numbered: Annotated[bool, Field(description="The choices stand in the text, to be answered by number or label.")]
    bubbles: Annotated[list[PreviewBubbleRead], Field(description="What the customer sees, for drawing.")]
    image: NotRequired[Annotated[str, Field(description="The bubbles as a `data:` address of an SVG picture.")]]
    problem: NotRequired[Annotated[str, Field(description="Why the message could not be sent to this channel now.")]]


class PreviewRequest(TypedDict):
    """A message to preview."""

    message: Annotated[Any, As(Message)]
    conversationId: NotRequired[
        Annotated[Guid, Field(description="A conversation of the hub, whose recipient the preview is for.")]
    ]
    type: NotRequired[Literal["message"]]


BODY = Made(Shape(PreviewRequest).resolve)


class PreviewView(ApiView):
    """Previews for one hub."""

    authentication_classes = [EngineAuthentication]
    error_prefix = "ENG"

    @PREVIEWS.operation(
        "previewMessage", "Preview a message on every channel of a hub",
        text="Renders the message for each customer integration of the hub as a delivery would, and sends nothing. "
        f"The oldest {MOST} integrations are previewed. What one channel refuses is told in its `problem`, and never "
        "fails the others.",
        takes=BODY, answers=list[PreviewRead], refuses=[404],
    )  # fmt: skip
    def post(self, request: Request, hub_id: str) -> Response:
        tenant_id = client_of(request).tenant_id
        hub = access.get_hub_for(tenant_id, guid_or_fail(hub_id, "ENG", "hubId"))
        message, conversation_id = _parsed(request.data)
        conversation: Conversation | None = None
        if conversation_id:
            conversation = access.get_conversation_for(client_of(request), conversation_id)
            if conversation.hub_id != hub.pk:
                raise fail("ENG006500")
        return Response([_show(found) for found in previews(hub, [message], conversation)])


def _parsed(data: Any) -> tuple[dict[str, Any], Any]:
    """(message, conversation's id or None); raises every fault found."""
    if not isinstance(data, dict):
        raise fail("ENG005000" if data is None else "ENG005023", text="The body must be a JSON object with content.")
    faults: list[Fault] = []
    message: dict[str, Any] = {}
    raw, wanted = get_blind(data, "conversationId"), get_blind(data, "type")
    if wanted is not None and str(wanted).lower() not in ("message", "1"):
        faults.append(Fault("ENG005002", "type", f"must be message: '{str(wanted)[:40]}'. Events are not previewed."))
    if raw not in (None, "") and parse_guid(raw) is None:
        faults.append(Fault("ENG005020", "conversationId", "is not a GUID."))
    node = get_blind(data, "message")
    if node is None:
        faults.append(Fault("ENG005001", "message", "is required."))
    else:
        try:
            message = parse_message(node)
        except HubsterError as error:
            faults.extend(error.faults)
    if faults:
        raise HubsterError(*faults)
    return message, parse_guid(raw)


def _show(found: Preview) -> PreviewRead:
    shown: dict[str, Any] = {
        "channel": found.integration.channel,
        "integrationId": str(found.integration.pk),
        "name": found.integration.name,
        "requests": list(found.requests),
        "degraded": list(found.degraded),
        "choices": [{"label": choice.label, "payload": choice.payload} for choice in found.choices],
        "numbered": found.numbered,
        "bubbles": [_bubble(bubble) for bubble in found.bubbles],
    }
    if found.bubbles:
        shown["image"] = drawing.picture(found.adapter, found.integration.name, found.bubbles)
    if found.problem:
        shown["problem"] = found.problem
    return cast(PreviewRead, shown)


def _bubble(bubble: Bubble) -> dict[str, Any]:
    shown = {
        "kind": bubble.kind,
        "title": bubble.title,
        "text": bubble.text,
        "url": bubble.url,
        "buttons": [_button(button) for button in bubble.buttons],
        "menu": bubble.menu,
        "cards": [_bubble(card) for card in bubble.cards],
    }
    return {name: value for name, value in shown.items() if value}


def _button(button: Button) -> dict[str, str]:
    shown = {"label": button.label, "url": button.url, "more": button.more}
    return {name: value for name, value in shown.items() if value or name == "label"}
