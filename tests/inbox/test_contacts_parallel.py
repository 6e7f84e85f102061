"""Contacts that are merged, taken apart and written from at once: nobody waits for ever, nothing is lost."""

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import pytest
from django.db import connection, transaction

from engine.actions import contacts, merges
from engine.adapters._inbound import Moved, Person
from engine.inbox import people
from engine.models import Address, Contact
from hubster.lib.errors import HubsterError
from tests.sessions import interleavings

pytestmark = pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer")
TABLES = [Contact._meta.db_table, Address._meta.db_table]


class Family:
    """Four contacts with an address each, `ids` in the order of their keys; the second and third are in the first."""

    def __init__(self, toy: Any, backwards: bool) -> None:
        self.toy = toy
        rows = [Contact.objects.create(hub=toy.party.hub, **contacts.facts("Ann", {})) for _ in range(4)]
        self.ids = sorted((row.pk for row in rows), reverse=backwards)
        for key in self.ids:
            contacts.do_add_address(toy.row, Contact.objects.get(pk=key), ("", str(key)))
        for key in self.ids[1:3]:
            merges.do_merge(self.ids[0], key)

    def person(self, place: int, *others: str) -> Person:
        return Person(str(self.ids[place]), others=tuple(("", f"{other}{self.ids[place]}") for other in others))

    @transaction.atomic
    def write(self) -> None:
        people.do_find(self.toy.row, self.person(2, "new"))

    def move(self) -> None:
        new = Person(str(self.ids[3]), others=(("", str(self.ids[2])),))
        people.do_move(self.toy.row, Moved(self.person(1), new, 1))

    def merge(self, into: int, other: int) -> None:
        try:
            merges.do_merge(self.ids[into], self.ids[other])
        except HubsterError as fault:
            assert fault.status == 400  # it is merged the other way round by now


ACTIONS: dict[str, Callable[[Family], Any]] = {
    "merge again": lambda family: family.merge(0, 1),
    "merge": lambda family: family.merge(0, 3),
    "merge the other way": lambda family: family.merge(3, 0),
    "take out": lambda family: merges.do_unmerge(family.ids[0], family.ids[1]),
    "take all out": lambda family: merges.do_unmerge(family.ids[0]),
    "write from a new address": lambda family: family.write(),
    "move": lambda family: family.move(),
}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("first", "second"), combinations_with_replacement(ACTIONS, 2))
def test_two_at_once_never_wait_for_each_other(toy, first, second, backwards):
    found: list[Family] = []

    def prepare() -> tuple[Callable[[], Any], Callable[[], Any]]:
        found.append(Family(toy, backwards))
        family = found[-1]
        return lambda: ACTIONS[first](family), lambda: ACTIONS[second](family)

    for one, other in interleavings(prepare, TABLES):
        assert (one.fault, other.fault) == (None, None), one.stop
        assert not one.deadlocks + other.deadlocks, one.stop
        for address in Address.objects.select_related("contact", "former"):
            root = address.home
            while root.merged_into:
                root = root.merged_into
            assert address.contact == root, "it is with whom its contact was merged into"
