"""Webhooks of providers as real requests to real processes: many at once, repeated, and while processes die."""

from contextlib import ExitStack

from tests.services import wait_until
from tests.system.account import texts
from tests.system.senders import Sender
from tests.system.test_crash import ROUNDS, arrived

EVENTS = {"embedded": 150, "services": 500}
PEOPLE = 5


def senders(live, shop, peers, people: int, each: int, pause: float = 0.0) -> list[Sender]:
    """Customers of a Telegram bot and of a WhatsApp number, which post to all web processes."""
    accounts, bases = [peers.telegram(shop), peers.whatsapp(shop)], [web.base for web in live.webs]
    return [Sender(bases, accounts[number % 2], number, each, pause) for number in range(1, people + 1)]


def check_heard(shop, hooks, people: list[Sender]) -> None:
    """Each customer has one conversation with everything in it, once and in order; so it came to the webhook."""
    assert [person.broken for person in people if person.broken] == []
    count = sum(person.count for person in people)
    wait_until("the webhook got everything", lambda: len({call.id for call in hooks.of()}) >= count, 120)
    conversations = {call.payload["conversationId"] for call in hooks.of()}
    said = sorted([f"{person.person}.{number}" for number in range(person.count)] for person in people)
    assert sorted(texts(shop.activities(one)) for one in conversations) == said
    assert sorted(arrived(hooks.of(), one) for one in conversations) == said


def test_events_that_come_one_to_five_times_in_parallel_make_one_activity_each(live, shop, hooks, peers):
    shop.watched_by(hooks.url())
    people = senders(live, shop, peers, PEOPLE, EVENTS[live.kind] // PEOPLE)
    with ExitStack() as speaking:
        for person in people:
            speaking.enter_context(person)
    assert sum(person.posts for person in people) > 2 * EVENTS[live.kind]
    check_heard(shop, hooks, people)


def test_what_a_provider_was_told_is_taken_survives_the_death_of_any_process(live, shop, hooks, peers):
    shop.watched_by(hooks.url())
    people = senders(live, shop, peers, 2, 30, pause=0.05)
    with people[0], people[1]:
        for turn, node in enumerate(live.nodes * ROUNDS[live.kind], 1):
            wait_until("more is taken", lambda n=5 * turn: len(people[0].acknowledged) >= n, 60)
            node.kill()
            node.start()
    check_heard(shop, hooks, people)
