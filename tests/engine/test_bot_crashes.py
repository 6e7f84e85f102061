"""Random orders of messages, calls, crashes and takeovers: an answer is said once and whole, or not at all."""

import json
import random
from datetime import timedelta
from itertools import count

import pytest
from asgiref.sync import async_to_sync

from engine.delivery import call
from engine.models import Activity, Delivery, Lane
from engine.work import all_kinds, rounds, wake
from hubster.lib import clock
from hubster.lib.http import Answer
from tests.background import asking, do_all, taken
from tests.engine.bot_scene import Scene
from tests.engine.test_handover import event, say, words

pytestmark = pytest.mark.usefixtures("still")


class Bot:
    """Answers each call with a pair of texts of its own, in the form of a dialect."""

    def __init__(self, dialect: str) -> None:
        self.dialect, self.numbers = dialect, count()

    def __call__(self, request, policy):
        body, number = json.loads(request.body), next(self.numbers)
        if self.dialect == "webhook":
            asked = body["activity"].get("message", {}).get("text")
            pair = [{"message": words(f"{asked}/{number}/{part}")} for part in "ab"]
            found = {"activities": pair if asked else []}
        else:
            asked = [one["content"] for one in body["messages"] if one["role"] == "user"][-1]
            found = {"choices": [{"message": {"content": f"{asked}/{number}/a"}}]}
        return Answer(200, {}, json.dumps(found).encode(), False, 3, "::1")


def crash(held):
    """All processes die; their leases end."""
    held.clear()
    Lane.objects.update(lease_until=clock.now() - timedelta(seconds=1))


def store(items):
    rounds.store(all_kinds()["delivery"], items)


@pytest.mark.parametrize("dialect", ["webhook", "chatCompletions"])
@pytest.mark.parametrize("seed", range(8))
def test_an_answer_is_said_once_whatever_dies(inline, acme, monkeypatch, dialect, seed):
    configuration = {
        "webhook": {"webhookUrl": "https://bot.example.com/"},
        "chatCompletions": {"dialect": "chatCompletions", "baseUrl": "https://llm.example.com/v1", "model": "m"},
    }[dialect]
    monkeypatch.setattr(call, "asend", asking(Bot(dialect)))
    chance, shop, texts, held = random.Random(seed), Scene(acme, None, **configuration), count(), []
    wake.use_embedded(None)
    turns = {
        "write": lambda: shop.write(f"q{next(texts)}"),
        "pipeline": lambda: do_all("pipeline"),
        "take": lambda: held.extend(taken("delivery", None)),
        "work": lambda: held and async_to_sync(chance.choice(held).work)(),
        "store": lambda: held and _store_one(held, chance),
        "crash": lambda: crash(held),
        "late": lambda: Lane.objects.update(lease_until=clock.now() - timedelta(seconds=1)),
        "move": lambda: chance.random() < 0.3 and _move(shop),
    }
    for _step in range(40):
        turns[chance.choice([*turns, "write", "take", "work"])]()
    late = list(held)
    crash(held)
    _move(shop, to="Bot")
    shop.write("last")
    do_all("pipeline")
    do_all("delivery")
    store([item for item in late if item.answer])
    do_all("pipeline")
    do_all("delivery")
    _judge(shop, dialect)


def _store_one(held, chance):
    """The result of a call that was made; another one has died before."""
    item = held.pop(chance.randrange(len(held)))
    if item.answer or item.rendered is None or not item.rendered.requests:
        store([item])


def _move(shop, to=""):
    """An agent takes over, or hands back."""
    shop.talk.refresh_from_db()
    if shop.talk.side == "Bot" and to != "Bot":
        say(shop.party, shop.talk, shop.party.agent, message=words("A person."))
    elif shop.talk.side == "Agent":
        say(shop.party, shop.talk, shop.party.agent, event=event("handback"))


def _judge(shop, dialect):
    said = [one["text"].split("/") for one in shop.said() if one["type"] == "text"]
    parts = ["a", "b"] if dialect == "webhook" else ["a"]
    whole = [said[place : place + len(parts)] for place in range(0, len(said), len(parts))]
    for pair in whole:
        assert [part for _asked, _number, part in pair] == parts
        assert len({(asked, number) for asked, number, _part in pair}) == 1, "two answers are mixed"
    asked = [pair[0][0] for pair in whole]
    assert len(asked) == len(set(asked)), "a message was answered twice"
    order = {row.content["text"]: row.event_id for row in Activity.objects.filter(sender_type="Customer")}
    assert [order[one] for one in asked] == sorted(order[one] for one in asked)
    assert asked[-1] == "last"
    assert not Delivery.objects.filter(destination=shop.bot, status="pending").exists()
    taken_over = Activity.objects.filter(content=words("A person.")).values_list("event_id", flat=True)
    back = Activity.objects.filter(content__payloadType="hubster.handback").values_list("event_id", flat=True)
    for row in Activity.objects.filter(sender_integration=shop.bot, type="message"):
        moves = [(one, "agent") for one in taken_over] + [(one, "bot") for one in back]
        before = [who for one, who in sorted(moves) if one < row.event_id]
        assert before[-1:] != ["agent"], "said after a takeover"
