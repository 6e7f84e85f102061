"""Where the machines run: two tenants with webhooks and conversations, a clock, and a way back to the beginning."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import time_machine
from django.core import mail
from django.db import connection, transaction

from engine.jobs import mail as mails
from engine.models import Conversation
from engine.work import wake
from portal.models import Integration
from tests.cast import TenantFixture

WRITES = ("INSERT", "UPDATE", "DELETE")
BEGIN = datetime(2031, 5, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class StateFixture:
    """Everything that exists before the first step. Lists are in a fixed order: rules choose by number."""

    parties: list[TenantFixture]
    ends: list[Integration]  # all integrations that may speak or hear
    hooks: list[Integration]  # those to which something is sent
    conversations: list[Conversation]
    clock: time_machine.Traveller

    def party(self, conversation: Conversation) -> TenantFixture:
        """Whose conversation it is."""
        return next(party for party in self.parties if party.hub.id == conversation.hub_id)


def observer(party: TenantFixture, name: str) -> Integration:
    """A webhook that is sent every message."""
    return party.add("System", name, webhookUrl="http://127.0.0.1:8099/hook", events=["message"])


def settle(acme: TenantFixture, globex: TenantFixture, clock: time_machine.Traveller) -> StateFixture:
    """Acme has two observers; Globex an observer and a desk that is sent its own words too."""
    for party in (acme, globex):
        owner = party.people["owner"]
        owner.email = f"owner@{party.tenant.name.lower()}.example.com"
        owner.save()
    desk = globex.add("Direct", "Desk", integrationType="Agent", echo=True, webhookUrl="http://127.0.0.1:8099/desk")
    hooks = [observer(acme, "Ledger"), observer(acme, "Archive"), observer(globex, "Mirror"), desk]
    ends = [*hooks, acme.customer, acme.agent, globex.customer, globex.agent]
    conversations = [acme.establish("one"), acme.establish("two"), acme.establish("three"), globex.establish("four")]
    return StateFixture([acme, globex], ends, hooks, conversations, clock)


@contextmanager
def one_example(fixture: StateFixture, wakeups: wake.Take) -> Iterator[set[str]]:
    """From the same beginning, and nothing of it stays: cheaper than to delete what was written.

    Gives a set that is empty until something is written.
    """
    writes: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(WRITES):
            writes.add(sql[:6])
        return execute(sql, params, many, context)

    fixture.clock.move_to(BEGIN)
    mail.outbox = []
    mails._away["until"] = datetime.min.replace(tzinfo=UTC)
    wake.use_embedded(wakeups)
    try:
        with transaction.atomic(), connection.execute_wrapper(note):
            connection.run_on_commit = []
            yield writes
            transaction.set_rollback(True)
    finally:
        connection.run_on_commit = []
        wake.use_embedded(None)


def committed() -> None:
    """What waits for a COMMIT is done: within an example the outermost transaction never ends."""
    waiting, connection.run_on_commit = connection.run_on_commit, []
    for _, work, _ in waiting:
        work()


def died() -> None:
    """The process ended after its COMMIT and before it gave wakeups."""
    connection.run_on_commit = []
    connection.needs_rollback = False  # no statement failed: the one at which it ended was not begun
