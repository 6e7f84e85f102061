"""/api/v1/contacts: people across channels, and merging two contacts that are one person."""

import uuid
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from engine import access
from engine.actions import contacts as actions
from engine.actions import merges
from engine.api.contact_shapes import (
    CHANGES,
    MERGE,
    NEWEST,
    UNMERGE,
    ContactDetailRead,
    ContactPage,
    show,
    show_conversation,
    show_proposal,
)
from engine.api.cursors import CURSOR, REACH, Wanted, page_of, wanted
from engine.inbound.shapes import ENGINE
from engine.models import Address, Contact, Conversation
from hubster.lib.drf import ApiView, guid_or_fail, query_of
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.folding import folded
from hubster.lib.keyset import MOST, Order, capped
from hubster.lib.openapi.operation import PAGE, Resource, query
from hubster.lib.payloads import get_blind
from hubster.lib.search import MOST_WORDS, Folded
from portal.idempotency import idempotent
from portal.identity.authentication import EngineAuthentication, client_of
from portal.models import Hub, Integration

CONTACTS = Resource("Contacts", ENGINE)
LONGEST_SEARCH = 200
_FILTERS = (
    query("hubId", {"type": "string", "format": "uuid"}, "Only contacts of this hub."),
    query(
        "search",
        {"type": "string", "maxLength": LONGEST_SEARCH},
        "Only contacts that have each of these words in their name, email, phone number or an address.",
    ),
    CURSOR,
)


def _addresses(rows: QuerySet[Address]) -> QuerySet[Address]:
    """With what showing them needs; configurations stay encrypted."""
    rows = rows.select_related("integration", "former").defer("integration__configuration")
    return rows.order_by("created", "id")


class ContactsView(ApiView):
    """The collection of the whole tenant."""

    authentication_classes = [EngineAuthentication]
    error_prefix = "ENG"

    @CONTACTS.operation(
        "listContacts", "List contacts, newest first",
        text=f"Contacts that were merged into others are not listed. Page numbers reach the newest {REACH} contacts. "
        "Give `nextCursor` of an answer as `cursor` to go further.",
        answers=ContactPage, arguments=[*_FILTERS, *PAGE], refuses=[404],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """A page of those that fit."""
        page, hub_id, search = self._arguments(request)
        tenant_id = client_of(request).tenant_id
        owners = Hub.objects.filter(tenant=tenant_id)
        if hub_id:
            owners = owners.filter(pk=access.get_hub_for(tenant_id, hub_id).pk)
        rows = _found(Contact.objects.all(), owners, search)
        kept, about = page_of(rows, page, access.listed_contacts(owners))
        known = kept and _by_contact(kept)
        results = [show(row, known[row.pk]) for row in kept]
        return Response(cast(ContactPage, {**about, "results": results}))

    def _arguments(self, request: Request) -> tuple[Wanted, uuid.UUID | None, str]:
        """(which page, of which hub, words to look for); raises every fault found."""
        given = query_of(request)
        faults: list[Fault] = []
        page, hub_id = Wanted(0, 0), None
        try:
            page = wanted(given, *self.page_arguments(request), Order("created"), Contact, "ENG")
        except HubsterError as error:
            faults += error.faults
        try:
            hub_id = guid_or_fail(given["hubid"], "ENG", "hubId") if given.get("hubid") else None
        except HubsterError as error:
            faults += error.faults
        search = given.get("search", "")
        if len(search) > LONGEST_SEARCH:
            text = f"'search' must be text of at most {LONGEST_SEARCH} characters."
            faults.append(Fault("ENG000207", text=text))
        if faults:
            raise HubsterError(*faults)
        return page, hub_id, search


def _by_contact(rows: list[Contact]) -> dict[uuid.UUID, list[Address]]:
    found: dict[uuid.UUID, list[Address]] = {row.pk: [] for row in rows}
    for address in _addresses(Address.objects.filter(contact__in=rows)):
        found[address.contact_id].append(address)
    return found


def _found(rows: QuerySet[Contact], owners: QuerySet[Hub], asked: str) -> QuerySet[Contact]:
    """Those of whom each word is known, of contacts that were merged into them, too.

    A word that most have is soon found by looking at the newest first; the others by their indexes.
    """
    keys = []
    for word in map(folded, asked.replace("\x00", "").split()[:MOST_WORDS]):
        named = Contact.objects.filter(hub__in=owners, search__contains=word).order_by()
        if capped(named) > MOST:
            held = Q(former__search__contains=word) | Q(folded__contains=word)
            reached = Address.objects.alias(folded=Folded("value")).filter(held, contact=OuterRef("pk"))
            rows = rows.filter(Q(search__contains=word) | Exists(reached))
        else:
            keys.append(_keys_of(word, named, owners))
    return rows.filter(pk__in=keys[0].intersection(*keys[1:]) if keys[1:] else keys[0]) if keys else rows


def _keys_of(word: str, named: QuerySet[Contact], owners: QuerySet[Hub]) -> QuerySet[Any, Any]:
    """The keys of contacts that have a word: three ways with an index each, as an OR of them would use none."""
    addresses = Address.objects.filter(integration__in=Integration.objects.filter(hub__in=owners).values("pk"))
    merged = addresses.filter(former__in=named.filter(merged_into__isnull=False))
    reached = addresses.alias(folded=Folded("value")).filter(folded__contains=word)
    return named.values("pk").union(merged.values("contact"), reached.values("contact"))


class _ContactView(ApiView):
    """One contact."""

    authentication_classes = [EngineAuthentication]
    error_prefix = "ENG"

    def contact(self, request: Request, contact_id: str) -> Contact:
        """The one of the path."""
        return access.get_contact_for(client_of(request).tenant_id, guid_or_fail(contact_id, "ENG", "contactId"))

    def shown(self, contact_id: uuid.UUID) -> Response:
        """The whole contact as it is now."""
        row = Contact.objects.get(pk=contact_id)
        own = Q(former=row) if row.merged_into_id else Q(contact=row)
        addresses = list(_addresses(Address.objects.filter(own)))
        talks = Conversation.objects.filter(address__in=[address.pk for address in addresses])
        merged = row.merged.order_by("created", "pk").values_list("pk", flat=True)
        shown = {
            **show(row, addresses),
            "merged": [str(key) for key in merged],
            "conversations": [show_conversation(talk) for talk in talks.order_by("-opened", "pk")[:NEWEST]],
            "proposals": [show_proposal(one) for one in actions.proposals(row, addresses)],
        }
        return Response(cast(ContactDetailRead, shown))


class ContactView(_ContactView):
    """Reads and changes a contact."""

    @CONTACTS.operation(
        "getContact", "Get a contact", answers=ContactDetailRead, refuses=[404],
        text="`proposals` are contacts of the hub that may be the same person. Nothing is merged by itself.",
    )  # fmt: skip
    def get(self, request: Request, contact_id: str) -> Response:
        return self.shown(self.contact(request, contact_id).pk)

    @CONTACTS.operation(
        "updateContact", "Update a contact",
        text="Adds and replaces what is given; null takes a key of the profile away. What you say stands: channels do "
        "not change it any more. The same call again changes nothing.",
        takes=CHANGES, answers=ContactDetailRead, refuses=[404],
    )  # fmt: skip
    def put(self, request: Request, contact_id: str) -> Response:
        changes = actions.check_changes(request.data)
        return self.shown(actions.do_update(self.contact(request, contact_id).pk, changes).pk)


class MergeView(_ContactView):
    """Makes two contacts one."""

    @CONTACTS.operation(
        "mergeContact", "Merge another contact into this one",
        text="The addresses of the other one, and with them its conversations, become this contact's. Both must be of "
        "the same hub. Merging again changes nothing, and the merge can be undone.",
        takes=MERGE, answers=ContactDetailRead, refuses=[404], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, contact_id: str) -> Response:
        row = self.contact(request, contact_id)
        other = _named(request)
        if other is None:
            raise fail("ENG000201", "contactId", "is required.")
        merges.do_merge(row.pk, access.get_contact_for(client_of(request).tenant_id, other).pk)
        return self.shown(row.pk)


class UnmergeView(_ContactView):
    """Undoes a merge."""

    @CONTACTS.operation(
        "unmergeContact", "Undo a merge",
        text="Takes the contact that is named out of this one. Without a name: takes this contact out of the one that "
        "it was merged into, or, if it was merged into none, takes all others out of it. Afterwards everything is as "
        "if the merge had never been. Again changes nothing.",
        takes=UNMERGE, answers=ContactDetailRead, refuses=[404], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, contact_id: str) -> Response:
        row = self.contact(request, contact_id)
        other = _named(request)
        if other is not None:
            other = access.get_contact_for(client_of(request).tenant_id, other).pk
        merges.do_unmerge(row.pk, other)
        return self.shown(row.pk)


def _named(request: Request) -> uuid.UUID | None:
    """The `contactId` of a body; raises ENG000201 or ENG000203 for a body that is none."""
    data: Any = request.data
    if data is None and request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        return None
    if not isinstance(data, dict):
        raise fail("ENG000201", text="The body must be a JSON object.")
    value = get_blind(data, "contactId")
    if value is None:
        return None
    if not isinstance(value, str):
        raise fail("ENG000201", "contactId", "must be text: a GUID.")
    return guid_or_fail(value, "ENG", "contactId")
