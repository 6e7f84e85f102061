"""Shapes of contacts in answers and bodies, for the views and for the OpenAPI document."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, NotRequired, cast

from pydantic import Field
from typing_extensions import TypedDict

from engine.actions.contacts import LONGEST_NAME, Proposal, members_of, name_of, profile_of
from engine.models import Address, Contact, Conversation
from hubster.lib import clock
from hubster.lib.keyset import MOST as COUNTED
from hubster.lib.openapi.shapes import Guid, Made, Moment, Shape

NEWEST = 50  # conversations of a contact that are shown


class ContactAddressRead(TypedDict):
    """Where a channel reaches a contact."""

    integrationId: Guid
    channelType: str
    value: Annotated[str, Field(description="In the channel's own terms, such as a phone number.")]
    scope: NotRequired[Annotated[str, Field(description="Within it the value is unique, such as a page.")]]
    contactId: NotRequired[Annotated[Guid, Field(description="The contact that it came with, if that was merged.")]]
    lastMessageDateTime: NotRequired[Annotated[Moment, Field(description="By the channel's clock.")]]
    stoppedDateTime: NotRequired[Annotated[Moment, Field(description="When the person asked to hear nothing more.")]]


class ContactSummaryRead(TypedDict):
    """A person, whatever they write from."""

    contactId: Guid
    hubId: Guid
    name: str
    profile: Annotated[
        dict[str, Any], Field(description="What is known, of contacts that were merged into this one, too.")
    ]
    addresses: list[ContactAddressRead]
    mergedInto: NotRequired[Annotated[Guid, Field(description="The contact that is shown in place of this one.")]]
    createdDateTime: Moment
    modifiedDateTime: Moment


class ContactConversationRead(TypedDict):
    """A conversation of a contact."""

    conversationId: Guid
    integrationId: Guid
    openedDateTime: Moment
    closedDateTime: NotRequired[Moment]


class ContactProposalRead(TypedDict):
    """A contact that may be the same person."""

    contactId: Guid
    reason: Annotated[
        Literal["email", "phone", "address"],
        Field(description="What both have. `address`: the phone number of one is an address of the other."),
    ]


class ContactDetailRead(ContactSummaryRead):
    """A contact with its conversations, and with those that may be the same person."""

    merged: Annotated[list[Guid], Field(description="The contacts that were merged into this one.")]
    conversations: Annotated[list[ContactConversationRead], Field(description=f"The newest {NEWEST}.")]
    proposals: list[ContactProposalRead]


class ContactPage(TypedDict):
    """A page of contacts."""

    pageNumber: int
    pageSize: int
    total: Annotated[int, Field(ge=0, le=COUNTED, description=f"Contacts that fit; counting stops at {COUNTED}.")]
    isTotalExact: Annotated[bool, Field(description=f"False: there are more than {COUNTED}.")]
    results: list[ContactSummaryRead]
    nextCursor: NotRequired[Annotated[str, Field(description="`cursor` of the next page; absent on the last one.")]]


class ContactChanges(TypedDict):
    """Changes of a contact."""

    name: NotRequired[Annotated[str, Field(max_length=LONGEST_NAME)]]
    profile: NotRequired[Annotated[dict[str, Any], Field(description="Keys to add or replace; null takes one away.")]]


class MergeRequest(TypedDict):
    """The contact that is merged into the one of the path."""

    contactId: Guid


class UnmergeRequest(TypedDict):
    """The contact that is taken out of the one of the path."""

    contactId: NotRequired[Guid]


CHANGES, MERGE = Made(Shape(ContactChanges).resolve), Made(Shape(MergeRequest).resolve)
UNMERGE = Made(Shape(UnmergeRequest).resolve, optional=True)


def show(row: Contact, addresses: Iterable[Address]) -> ContactSummaryRead:
    """A contact; its addresses come with `integration` and `former`."""
    rows = list(addresses)
    members = members_of(row, rows)
    shown: ContactSummaryRead = {
        "contactId": str(row.id),
        "hubId": str(row.hub_id),
        "name": name_of(members),
        "profile": profile_of(members),
        "addresses": [_show_address(address, row) for address in rows],
        "createdDateTime": clock.iso(row.created),
        "modifiedDateTime": clock.iso(row.modified),
    }
    if row.merged_into_id:
        shown["mergedInto"] = str(row.merged_into_id)
    return shown


def _show_address(row: Address, contact: Contact) -> ContactAddressRead:
    other = row.former_id if row.former_id != contact.pk else None
    shown: dict[str, Any] = {
        "integrationId": str(row.integration_id),
        "channelType": row.integration.channel,
        "value": row.value,
        "scope": row.scope or None,
        "contactId": other and str(other),
        "lastMessageDateTime": clock.iso(clock.from_ms(row.last_said)) if row.last_said else None,
        "stoppedDateTime": row.stopped and clock.iso(row.stopped),
    }
    return cast(ContactAddressRead, {name: value for name, value in shown.items() if value is not None})


def show_conversation(row: Conversation) -> ContactConversationRead:
    """A conversation in short."""
    shown: ContactConversationRead = {
        "conversationId": str(row.id),
        "integrationId": str(row.integration_id),
        "openedDateTime": clock.iso(row.opened),
    }
    if row.closed:
        shown["closedDateTime"] = clock.iso(row.closed)
    return shown


def show_proposal(found: Proposal) -> ContactProposalRead:
    """A proposal."""
    return cast(ContactProposalRead, {"contactId": str(found.contact_id), "reason": found.reason})
