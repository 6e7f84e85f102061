"""Shapes of what is sent and of its receipt, for the views and for the OpenAPI document."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from engine.activity import AuthorType, Message
from engine.activity.messages import Event
from engine.inbound.parse import MAX_EXTERNAL_ID
from hubster.lib.openapi.operation import Security
from hubster.lib.openapi.shapes import As, Guid, Made, Shape, register
from portal.identity.tokens import ENGINE as ENGINE_SCOPE

ENGINE: Security = ({"engineToken": []}, {"engineClient": [ENGINE_SCOPE]})
ENGINE_OR_VISITOR: Security = (*ENGINE, {"webChatToken": []})


class ReceiptRead(TypedDict):
    """An activity was accepted and stored. `conversationId` is the one it went to: where a customer goes on."""

    status: Literal[200]
    eventId: int
    externalId: NotRequired[str]
    hubId: Guid
    conversationId: Guid
    integrationId: Guid
    interactionId: NotRequired[Annotated[Guid, Field(description="Only for messages.")]]


_Author = Annotated[
    AuthorType,
    Field(description="Who wrote it, where that differs from the sender: a bot may pass on what a person wrote. "
          "Channels decide by it who may still write to a customer. Of customers it is ignored."),
]  # fmt: skip


class SenderRequest(TypedDict):
    """The sender; without an id, the conversation's customer."""

    integrationId: NotRequired[Guid]
    authorType: NotRequired[_Author]


class BusinessSenderRequest(TypedDict):
    """The integration of the agent or bot."""

    integrationId: Guid
    authorType: NotRequired[_Author]


class _Send(TypedDict):
    externalId: NotRequired[Annotated[str, Field(max_length=MAX_EXTERNAL_ID, description="Your own id.")]]


class SendMessage(_Send):
    """A message. Without `sender` the conversation's customer speaks; customers send no `list` and no `carousel`."""

    type: NotRequired[Literal["message"]]
    sender: NotRequired[SenderRequest]
    message: Annotated[Any, As(Message)]


class SendEvent(_Send):
    """An event. Without `sender` it is the conversation's customer's."""

    type: NotRequired[Literal["event"]]
    sender: NotRequired[SenderRequest]
    event: Annotated[Any, As(Event)]


class SendBusinessMessage(_Send):
    """A message of an agent or a bot."""

    type: NotRequired[Literal["message"]]
    sender: BusinessSenderRequest
    message: Annotated[Any, As(Message)]


class SendBusinessEvent(_Send):
    """An event of an agent or a bot."""

    type: NotRequired[Literal["event"]]
    sender: BusinessSenderRequest
    event: Annotated[Any, As(Event)]


def _either(name: str, *members: Any) -> Made:
    """A body that is exactly one of the types."""

    def make(auto: Any) -> dict[str, Any]:
        return register(auto.registry, name, {"oneOf": [Shape(member).resolve(auto) for member in members]})

    return Made(make)


SEND = _either("SendActivity", SendMessage, SendEvent)
SEND_AS_BUSINESS = _either("SendBusinessActivity", SendBusinessMessage, SendBusinessEvent)
