"""Names of new customers, where the provider tells them only when asked: a kind of work, so that nobody waits."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction

from engine import adapters
from engine.actions import contacts
from engine.actions.conversations import do_introduce
from engine.adapters import Provider, SendError
from engine.adapters._inbound import Person, fitted
from engine.models import Address, Contact, Conversation, ProfileRequest
from engine.work import Held, Item, lock
from engine.work.wake import after_commit
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from hubster.lib.http import Answer, NetworkError, Outgoing, asend
from portal.actions.providers import network_policy
from portal.models import Integration

log = logging.getLogger("engine.inbox")
MOST_CALLS = 2  # until a provider has told
TRIES, PAUSE = 5, 15  # times that it is asked, and seconds after the first one; twice as many after each
LONGEST = 1_000  # characters of a fact


@dataclass
class Question(Item):
    """A customer to ask about, and what the provider told."""

    row: ProfileRequest
    token: uuid.UUID
    answers: list[Answer] = field(default_factory=list)
    profile: Mapping[str, str] = field(default_factory=dict)
    again: bool = False

    @property
    def key(self) -> uuid.UUID:
        """The address."""
        return self.row.address_id

    @property
    def sharer(self) -> uuid.UUID:
        """The tenant."""
        return self.row.tenant_id

    @property
    def endpoint(self) -> uuid.UUID:
        """The integration, whose provider is asked."""
        return self.row.integration_id

    async def work(self) -> None:
        """Ask. A provider that does not tell is nobody's trouble."""
        try:
            self.profile = _facts(await self._asked())
        except SendError as fault:
            self.again = fault.retryable
        except NetworkError:
            self.again = True
        except Exception as fault:
            told = {"integration": str(self.endpoint), "fault": type(fault).__name__}
            log.warning("what a provider tells of a customer cannot be read", extra=told)

    async def _asked(self) -> Mapping[str, str]:
        adapter, address = _adapter(self.row.integration), self.row.address
        person = Person(address.value, address.scope)
        for _call in range(MOST_CALLS):
            found = adapter.profile(self.row.integration.configuration, person, self.answers)
            if not isinstance(found, Outgoing):
                return found
            self.answers.append(await asend(found, network_policy()))
        return {}


def _adapter(integration: Integration) -> Provider:
    adapter = adapters.get(integration.channel)
    assert isinstance(adapter, Provider)
    return adapter


def _facts(told: Mapping[str, str]) -> dict[str, str]:
    """The facts that say something, and that fit into the database."""
    return {key: fitted(str(value)) for key, value in told.items() if value and len(str(value)) <= LONGEST}


def do_ask(integration: Integration, address: Address) -> None:
    """Have the provider asked who is at a new address, where it can tell. Within a transaction."""
    adapter = adapters.get(integration.channel)
    if not isinstance(adapter, Provider) or not adapter.has_profiles:
        return
    ProfileRequest.objects.create(
        address=address, integration=integration, tenant_id=integration.hub.tenant_id, due=clock.now()
    )
    after_commit("profile")


def do_note_friendly(address: Address, conversation: Conversation) -> None:
    """Note the name that a new conversation got meanwhile, as the provider's is to replace only this one."""
    name = conversation.properties["profile"]["full name"]
    ProfileRequest.objects.filter(address=address).update(friendly=name[: contacts.LONGEST_NAME])


def load(held: Held) -> list[Question]:
    """The customers to ask about."""
    rows = ProfileRequest.objects.select_related("integration", "address").in_bulk(list(held))
    return [Question(row, held[key]) for key, row in rows.items()]


def commit(questions: Sequence[Question]) -> None:
    """Store what was told; ask again later where that may help, and not for ever."""
    for question in questions:
        if question.profile:
            _do_know(question)
        _do_settle(question)


def _do_know(question: Question) -> None:
    """Store it with the contact, and with the open conversations. Storing it again changes nothing."""
    row, told = question.row, dict(question.profile)
    home = _do_know_contact(row, told)
    if home is None:
        return
    told = {key: value for key, value in told.items() if f"profile.{key}" not in home.fixed}
    if home.name:
        told["full name"] = home.name
    talks = Conversation.objects.filter(integration=row.integration_id, address=row.pk, closed__isnull=True)
    for key in talks.values_list("pk", flat=True):
        with suppress(HubsterError):  # it knows too much already
            do_introduce(key, row.friendly, told)


@transaction.atomic
def _do_know_contact(row: ProfileRequest, told: Mapping[str, str]) -> Contact | None:
    """The contact as it is now; None where it was deleted."""
    address = Address.objects.filter(pk=row.pk).first()
    if address is None:
        return None
    home = Contact.objects.select_for_update(no_key=True, of=("self",)).get(pk=address.former_id or address.contact_id)
    contacts.do_know(home, told.get("full name", "")[: contacts.LONGEST_NAME], told)
    return home


@transaction.atomic
def _do_settle(question: Question) -> None:
    """Give the row back, or be done with it."""
    if question.key not in lock(ProfileRequest, {question.key: question.token}):
        return
    rows, tries = ProfileRequest.objects.filter(pk=question.key), question.row.tries + 1
    if not question.again or tries >= TRIES:
        rows.delete()
        return
    due = clock.now() + timedelta(seconds=PAUSE * 2**question.row.tries)
    rows.update(due=due, tries=tries, lease_token=None, lease_until=None)
