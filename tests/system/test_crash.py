"""kill -9 in the middle of the traffic: what was acknowledged is kept, delivered once and in order."""

import signal
from contextlib import ExitStack
from itertools import groupby

import pytest

from tests.services import wait_until
from tests.system.account import texts
from tests.system.listeners import Listener
from tests.system.traffic import Follower, Talker

ROUNDS = {"embedded": 3, "services": 1}  # times each process is killed


def arrived(calls, conversation) -> list[str]:
    """The texts at a receiver. A call that was under way at a kill comes again at once, under the same id."""
    own = [call for call in calls if call.payload["conversationId"] == conversation]
    return [next(same).text for _, same in groupby(own, key=lambda call: call.id)]


def test_what_was_acknowledged_survives_the_death_of_any_process(live, shop, hooks):
    shop.watched_by(hooks.url())
    bases = [web.base for web in live.webs]
    conversations = [shop.conversation() for _ in range(2)]
    followers = [Follower(shop, conversation, bases) for conversation in conversations]
    talkers = [Talker(shop, conversation, bases) for conversation in conversations]
    with ExitStack() as listening:
        for follower in followers:
            listening.enter_context(follower)
        with talkers[0], talkers[1]:
            for node in live.nodes * ROUNDS[live.kind]:
                talkers[0].wait(15)
                node.kill()
                node.start()
            talkers[0].wait(15)
        for talker, follower in zip(talkers, followers, strict=True):
            count = len(talker.said)
            wait_until("the agent heard everything", lambda f=follower, n=count: len(f.heard) >= n, 40)
            wait_until(
                "the webhook got everything",
                lambda t=talker, n=count: len(arrived(hooks.of(), t.conversation)) >= n,
                40,
            )
    for talker, follower in zip(talkers, followers, strict=True):
        kept = shop.activities(talker.conversation)
        assert texts(kept) == talker.said
        assert [one["eventId"] for one in kept] == [receipt["eventId"] for receipt in talker.acknowledged]
        assert follower.texts == talker.said
        assert arrived(hooks.of(), talker.conversation) == talker.said
    assert sum(talker.repeats for talker in talkers), "no kill hit the traffic"
    assert all(follower.connections > 1 for follower in followers)


def test_a_message_acknowledged_just_before_the_crash_is_delivered_after_it(live, account, shop, hooks):
    shop.watched_by(hooks.url())
    conversation = shop.conversation()
    for turn in range(2):
        shop.say(conversation, f"m{turn}")
        for node in live.nodes:
            node.kill()
        live.revive()
    wait_until("the pipeline goes on", lambda: texts(shop.activities(conversation)) == ["m0", "m1"])
    wait_until("the webhook got everything", lambda: arrived(hooks.of(), conversation) == ["m0", "m1"])
    with Listener(live.other, account.token, shop.agent, leid=0) as agent:
        assert texts(agent.take(2)) == ["m0", "m1"]


def test_lost_hints_are_made_up_for_by_the_sweeper(live, account, shop, hooks):
    if live.redis is None:
        pytest.skip("wake-ups that never leave a process are lost with it; the tests above kill it")
    shop.watched_by(hooks.url())
    conversation = shop.conversation()
    for turn in range(2):
        live.worker.process.send_signal(signal.SIGSTOP)
        for n in range(5):
            shop.say(conversation, f"{turn}.{n}")
        live.redis.command("FLUSHALL")
        live.worker.process.send_signal(signal.SIGCONT)
        hooks.wait(5 * turn + 5)
    said = [f"{turn}.{n}" for turn in range(2) for n in range(5)]
    assert arrived(hooks.of(), conversation) == said
    with Listener(live.other, account.token, shop.agent, conversation, leid=0) as agent:
        assert texts(agent.take(10)) == said
        shop.say(conversation, "as quick as before")
        assert agent.next(3)["message"]["text"] == "as quick as before"


def test_messages_are_accepted_while_redis_is_away_and_delivered_when_it_is_back(live, account, shop, hooks):
    if live.redis is None:
        pytest.skip("the embedded stack has no Redis")
    shop.watched_by(hooks.url())
    conversation = shop.conversation()
    shop.say(conversation, "m0")
    hooks.wait(1)
    with Listener(live.base, account.token, shop.agent, conversation, leid=0) as agent:
        live.redis.kill()
        for n in range(1, 5):
            shop.say(conversation, f"m{n}")
        live.redis.start()
        assert [call.text for call in hooks.wait(5, seconds=40)] == [f"m{n}" for n in range(5)]
        assert texts(agent.take(5, seconds=30)) == [f"m{n}" for n in range(5)]
        shop.say(conversation, "as quick as before")
        assert agent.next(3)["message"]["text"] == "as quick as before"
