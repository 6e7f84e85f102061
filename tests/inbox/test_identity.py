"""People as they are, and what the inbox makes of them: thousands of events, against a plain model of who is who.

`HUBSTER_IDENTITY_EVENTS` is their number, 10,000 in the full run.
"""

import os
import random
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.actions import contacts, merges
from engine.adapters._inbound import Moved, Person
from engine.inbox import people, say
from engine.models import Address, Contact, Conversation
from portal.models import Integration

EVENTS = int(os.environ.get("HUBSTER_IDENTITY_EVENTS", "1500"))
ROUND = 100  # events, after which everything is compared
NAMES = ("Ann", "Bob", "Cem", "Dan", "Eva", "")


@dataclass
class Human:
    """Somebody of the model: where a channel reaches them, and what it is told of them. No contact knows more."""

    number: int
    channel: Integration
    addresses: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)  # such as a family's phone: whoever wrote from it first has it
    name: str = ""
    email: str = ""
    contact: uuid.UUID | None = None
    thread: uuid.UUID | None = None


class World:
    """Humans, the contacts that the inbox makes of them, and which of those somebody has merged."""

    def __init__(self, channels: list[Integration], chance: random.Random) -> None:
        self.channels, self.chance = channels, chance
        self.humans: list[Human] = []
        self.parents: dict[uuid.UUID, uuid.UUID] = {}  # a contact that is merged, and into which
        self.owners: dict[tuple[uuid.UUID, str, str], Human] = {}  # of addresses
        self.said: dict[uuid.UUID, dict[str, Any]] = {}  # what the business said of a contact
        self.count = 0

    # --- events ----------------------------------------------------------------------------------------------
    def arrive(self) -> None:
        human = Human(len(self.humans), self.chance.choice(self.channels))
        human.addresses.append(f"a{self._next()}")
        self.humans.append(human)
        self.write(human)

    def write(self, human: Human | None = None) -> None:
        """A message, with what the channel says of the person: perhaps a shared number beside the address."""
        human = human or self._any()
        others = tuple(("phone", one) for one in human.shared)
        profile = {"full name": human.name, "email": human.email}
        given = {name: value for name, value in profile.items() if value}
        person = Person(human.addresses[-1], profile=given, others=others)
        found = people.do_find(human.channel, person)
        human.thread, before = say._conversation(human.channel, found, greets=False).pk, human.thread
        assert before in (None, human.thread), "the thread of one person was split"
        human.contact, known = found.home.pk, human.contact
        assert known in (None, human.contact), "a person changed into another one"
        for scope, value in ((person.scope, person.value), *others):
            self.owners.setdefault((human.channel.pk, scope, value), human)
        assert self.owners[human.channel.pk, "", human.addresses[-1]] is human

    def rename(self) -> None:
        human = self._any()
        human.name = self.chance.choice(NAMES) or human.name  # what is not said any more stays known
        self.write(human)

    def mail(self) -> None:
        """Several may give the same address: no reason to take them for one."""
        human = self._any()
        human.email = f"m{self.chance.randrange(5)}@example.com"
        self.write(human)

    def move(self) -> None:
        """The channel says that a person has another address."""
        human = self._any()
        human.addresses.append(f"a{self._next()}")
        del self.owners[human.channel.pk, "", human.addresses[-2]]
        self.owners[human.channel.pk, "", human.addresses[-1]] = human
        people.do_move(human.channel, Moved(Person(human.addresses[-2]), Person(human.addresses[-1]), 1))
        if self.chance.random() < 0.7:
            self.write(human)

    def share(self) -> None:
        """A person comes with a number that others of the same channel may have, too."""
        human = self._any()
        value = f"p{self.chance.randrange(20)}"
        if value not in human.shared:
            human.shared.append(value)
        self.write(human)

    def merge(self) -> None:
        roots = [key for key in self._contacts() if key not in self.parents]
        if len(roots) < 2:
            return
        into, other = self.chance.sample(roots, 2)
        merges.do_merge(into, other)
        self.parents[other] = into

    def unmerge(self) -> None:
        if not self.parents:
            return
        other = self.chance.choice(sorted(self.parents))
        if self.chance.random() < 0.5:
            merges.do_unmerge(self._root(other), other)
        else:
            merges.do_unmerge(other)
        del self.parents[other]

    def again(self) -> None:
        """A merge or an undo that comes a second time."""
        if self.parents:
            other = self.chance.choice(sorted(self.parents))
            merges.do_merge(self.parents[other], other)
        if alone := [key for key in self._contacts() if key not in self.parents and key not in self.parents.values()]:
            merges.do_unmerge(self.chance.choice(alone))

    def say(self) -> None:
        """The business changes what is known of a contact."""
        roots = [key for key in self._contacts() if key not in self.parents]
        key = self.chance.choice(roots)
        changes = contacts.Changes(f"VIP {self._next()}", {"tier": self._next()})
        contacts.do_update(key, changes)
        self.said[key] = {"name": changes.name, "tier": changes.profile["tier"]}

    # --- what must be true -----------------------------------------------------------------------------------
    def check(self) -> None:
        """Each address is its person's, and shown with exactly those that somebody merged."""
        rows = Address.objects.select_related("contact", "former")
        seen = {(row.integration_id, row.scope, row.value): row for row in rows}
        assert set(seen) == set(self.owners)
        for key, human in self.owners.items():
            row = seen[key]
            assert row.home.pk == human.contact, "an address belongs to somebody else"
            assert row.contact_id == self._root(row.home.pk), "an address is shown with the wrong contact"
            assert (row.former_id is None) == (row.home.pk not in self.parents)
        stored = dict(Contact.objects.values_list("pk", "merged_into"))
        assert {key: into for key, into in stored.items() if into} == self.parents
        assert set(stored) == set(self._contacts()), "there are contacts of nobody"
        self._check_threads()
        self._check_facts()

    def _check_threads(self) -> None:
        threads: dict[uuid.UUID, set[Any]] = defaultdict(set)
        for row in Conversation.objects.filter(address__isnull=False).select_related("address__contact__hub"):
            threads[row.address.home.pk].add(row.pk)
            assert row.address.integration_id == row.integration_id
        for human in self.humans:
            assert human.contact
            assert threads[human.contact] == {human.thread}, "a person has several threads"

    def _check_facts(self) -> None:
        rows = Contact.objects.in_bulk()
        for human in self.humans:
            assert human.contact
            row, said = rows[human.contact], self.said.get(human.contact, {})
            assert row.name == said.get("name", human.name)
            assert row.profile.get("tier") == said.get("tier")
            assert row.profile.get("email", "") == human.email == row.email

    def take_apart(self) -> None:
        """Undo every merge: then all is as if there had never been one."""
        for other in sorted(self.parents):
            merges.do_unmerge(other)
        self.parents.clear()
        self.check()
        assert not Address.objects.filter(former__isnull=False).exists()

    # --- choices ---------------------------------------------------------------------------------------------
    def _any(self) -> Human:
        return self.chance.choice(self.humans)

    def _next(self) -> int:
        self.count += 1
        return self.count

    def _contacts(self) -> list[uuid.UUID]:
        return sorted({human.contact for human in self.humans if human.contact})

    def _root(self, key: uuid.UUID) -> uuid.UUID:
        while key in self.parents:
            key = self.parents[key]
        return key


WAYS = {"arrive": 1, "write": 6, "rename": 3, "mail": 2, "move": 3, "share": 2, "merge": 3, "unmerge": 3, "again": 1,
        "say": 1}  # fmt: skip


@pytest.mark.parametrize("seed", [1])
def test_nobody_is_taken_for_another_and_every_merge_can_be_undone(acme, seed):
    chance = random.Random(seed)  # noqa: S311
    world = World([acme.customer, acme.webchat], chance)
    for _ in range(3):
        world.arrive()
    for number in range(1, EVENTS + 1):
        name = "write" if len(world.humans) > 60 and number % 2 else chance.choices(list(WAYS), WAYS.values())[0]
        if name == "arrive" and len(world.humans) > 60:
            name = "write"
        getattr(world, name)()
        if number % ROUND == 0:
            world.check()
    world.take_apart()
    assert len(world.humans) > 20


def test_the_model_notices_a_wrong_merge(acme, monkeypatch):
    """Or the test above would prove nothing: here a shared number makes two people one."""
    world = World([acme.customer], random.Random(1))  # noqa: S311
    world.arrive()
    world.arrive()
    one, two = world.humans
    Address.objects.filter(value=two.addresses[0]).update(contact=one.contact)
    with pytest.raises(AssertionError, match="belongs to somebody else|changed into another|split"):
        world.check()
        world.write(two)
