"""Shapes of the Engine's answers and bodies, for the views and for the OpenAPI document."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from engine.activity import AuthorType, Message
from engine.activity.command import CommandMessage
from engine.activity.messages import Event, Item
from engine.activity.parts import Action
from engine.adapters import all_adapters
from hubster.lib.openapi.operation import Security
from hubster.lib.openapi.shapes import As, Guid, Made, Moment, Shape, register

ANYBODY: Security = ({}, {"webChatToken": []})
IntegrationType = Literal["Customer", "Agent", "Bot", "System"]
_CHANNEL = {
    "type": "string",
    "enum": [channel.name for channel in all_adapters()],
    "description": "The integration's channel, not case-sensitive, or by number.",
}
_CHANGES = {
    "type": "object",
    "additionalProperties": {"type": ["object", "null"], "additionalProperties": True},
    "description": "Collections of what is to change of the customer; null takes a key, or a whole collection, away.",
}
Properties = Annotated[
    dict[str, dict[str, Any]],
    Field(description="Collections of what is known of the customer, `profile` and `additional` among them."),
]

Person = Annotated[Guid, Field(description="The customer's contact, on channels that somebody else runs.")]


class SourceRead(TypedDict):
    """The sender or the recipient of an activity. Of a deleted integration only the type is left."""

    integrationId: NotRequired[Guid]
    integrationType: Literal["Customer", "Agent", "Bot", "System", "Hubster"]
    channelType: NotRequired[str]
    tokenId: NotRequired[str]


class SenderRead(SourceRead):
    """The sender of an activity, and the kind of author behind it."""

    authorType: Annotated[
        AuthorType,
        Field(description="`rule`: the platform, because a rule of the hub says so; `platform`: by itself."),
    ]


class ActivityRead(TypedDict):
    """A message or an event in the common format."""

    type: Literal["message", "event"]
    eventTrigger: Annotated[str, Field(description="Type and sender, such as `message:customer`.")]
    eventId: Annotated[int, Field(description="Milliseconds since 1970, strictly increasing in a conversation.")]
    externalId: NotRequired[str]
    isEcho: bool
    interactionId: NotRequired[Guid]
    flowProcess: Literal["Default", "AutoReplay"]
    sender: SenderRead
    recipient: NotRequired[SourceRead]
    removed: NotRequired[Annotated[Moment, Field(description="When its content was removed for its age.")]]
    standby: NotRequired[
        Annotated[
            Literal[True],
            Field(
                description="Said while another app held the customer's thread: show it, do not answer it. From an "
                "`Agent` without an `integrationId`, it is what that app said."
            ),
        ]
    ]
    message: NotRequired[Annotated[Any, As(Message | CommandMessage)]]
    event: NotRequired[Annotated[Any, As(Event)]]


class AuthorWindowRead(TypedDict):
    """The channel's rules for one kind of author: may they write to the customer now?"""

    author: AuthorType
    open: bool
    until: NotRequired[Annotated[Moment, Field(description="From then on not; in the past if it is over.")]]
    tag: NotRequired[Annotated[str, Field(description="What the channel is told of why one may still write.")]]
    reason: NotRequired[
        Annotated[
            Literal["expired", "silent", "stopped", "author", "standby"],
            Field(
                description="Why not: too long after the customer's last message; the customer has not written yet; "
                "or wants nothing more; or this kind of author never may; or another app holds the thread."
            ),
        ]
    ]


class WindowRead(AuthorWindowRead):
    """The channel's rules for people, and in `others` for bots and the rest: may they write to the customer now?

    Only on channels that limit the time in which one may write, or while another app holds the thread, and while the
    conversation is open.
    """

    others: list[AuthorWindowRead]


class StandbyRead(TypedDict):
    """Another app holds the customer's thread, so nothing that you send reaches the customer."""

    since: Moment
    holder: NotRequired[Annotated[str, Field(description="That app's name, where the channel tells it.")]]


class EstablishedRead(TypedDict):
    """A conversation, as *establish* returns it."""

    tenantId: Guid
    hubId: Guid
    integrationId: Guid
    conversationId: Guid
    tokenId: str
    openedDateTime: Moment
    isNew: bool
    properties: Properties
    contactId: NotRequired[Person]
    window: NotRequired[WindowRead]
    standby: NotRequired[StandbyRead]


class Times(TypedDict):
    """The last properties of hubs and integrations."""

    statusId: int
    created: Moment
    modified: Moment


class ConversationHubRead(Times):
    """The hub of a conversation."""

    hubId: Guid
    tenantId: Guid
    name: str
    description: str


class ConversationIntegrationRead(Times):
    """The integration of a conversation's customer."""

    integrationId: Guid
    hubId: Guid
    hub: ConversationHubRead
    integrationTypeId: IntegrationType
    channelId: str
    name: str


class ConversationRead(TypedDict):
    """A conversation."""

    conversationId: Guid
    integrationId: Guid
    tokenId: str
    integration: ConversationIntegrationRead
    properties: Properties
    openedDateTime: Moment
    closedDateTime: NotRequired[Moment]
    contactId: NotRequired[Person]
    window: NotRequired[WindowRead]
    standby: NotRequired[StandbyRead]


class WebChatTokenRead(TypedDict):
    """A token for one browser."""

    access_token: str
    token_type: Literal["WebBearer"]
    expires_in: Annotated[int, Field(description="Seconds.")]


class EstablishRequest(TypedDict):
    """Opens a conversation, or finds the open one."""

    integrationId: Guid
    binding: Annotated[str, Field(min_length=1, max_length=400, description="Your own id of the customer.")]
    channelType: Annotated[str, WithJsonSchema(_CHANNEL)]
    bindingToken: NotRequired[
        Annotated[
            str,
            Field(
                description="A JWT by which the business vouches for the binding of a web-chat visitor: HS256 with a "
                "private signing key of the integration, or RS256 with the private half of the hub's "
                "`bindingPublicKey`. Its `sub` is the binding, its `exp` at most 24 hours away."
            ),
        ]
    ]
    properties: NotRequired[Properties]


ESTABLISH = Made(Shape(EstablishRequest).resolve)
CHANGES = Made(lambda auto: register(auto.registry, "PropertyChanges", _CHANGES))
UNIONS = {"Message": Message, "Event": Event, "Action": Action, "Item": Item}  # which components are to have names
