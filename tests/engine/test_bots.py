"""Bots that answer in the response: said once, in order, and never after somebody else has taken over."""

from datetime import timedelta

import pytest

from engine.actions.conversations import do_close
from engine.delivery import bots, call, probe
from engine.models import Activity, Conversation, Delivery, Endpoint, Lane
from engine.work import all_kinds, rounds
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure, DeadlineExceeded
from portal.models import Integration
from tests.background import asking, do_all, taken
from tests.engine.bot_scene import Peer, Scene
from tests.engine.test_handover import event, say, words

pytestmark = pytest.mark.usefixtures("still")
HOOK = "https://bot.example.com/hook?key=very-secret-word"


@pytest.fixture
def peer(monkeypatch):
    found = Peer()
    monkeypatch.setattr(call, "asend", asking(found))
    return found


@pytest.fixture
def shop(inline, acme, peer):
    return Scene(acme, peer, webhookUrl=HOOK)


def activities(*nodes):
    return {"activities": list(nodes)}


def test_the_answer_in_the_response_is_said_in_its_order_by_the_bot(shop, peer):
    peer.answers = [activities(
        {"message": words("Hi!")},
        {"event": {"type": "payload", "payloadType": "shop.offer", "payload": {"id": 5}}},
        {"Message": {"type": "text", "text": "Choose", "actions": [{"type": "reply", "title": "A", "payload": "A"}]}},
    )]  # fmt: skip
    shop.hear("Hello")
    first, offer, last = shop.said()
    assert (first, offer, last["text"]) == (words("Hi!"), ("shop.offer", {"id": 5}), "Choose")
    assert shop.delivery().status == "sent"
    assert shop.note() == "The bot replied 3 times."
    row = Activity.objects.get(content=words("Hi!"))
    assert (row.sender_type, row.recipient_type) == ("Bot", "Customer")
    assert "x-hubster-signature" in peer.asked[0].headers
    assert peer.body()["activity"]["message"] == words("Hello")


@pytest.mark.parametrize("body", [b"", b"ok", b"<html></html>", {}, activities(), {"activities": None}, (204, b"")])
def test_an_empty_answer_is_no_reply(shop, peer, body):
    peer.answers = [body]
    shop.hear()
    assert (shop.said(), shop.delivery().status, shop.note()) == ([], "sent", "The bot had no reply.")


def test_a_stream_is_said_when_it_is_whole(shop, peer):
    peer.answers = [
        'event: delta\ndata: "Your "\n\nevent: delta\ndata: {"text": "tea"}\n\n'
        'event: activity\ndata: {"message": {"type": "image", "url": "https://a.example/t.png"}}\n\n'
        "event: delta\ndata: is ready\n\nevent: done\ndata: {}\n\n"
    ]
    shop.hear()
    assert [one.get("text") or one["type"] for one in shop.said()] == ["Your tea", "image", "is ready"]


@pytest.mark.parametrize(("body", "told"), [
    ({"activities": "no"}, "'activities' must be a list"),
    (activities(*[{"message": words("x")}] * 21), "up to 20"),
    (activities({"message": words("fine")}, {"message": {"type": "text"}}), "activities[1].message"),
    (activities({}), "needs either 'message' or 'event'"),
    (activities({"message": words("x"), "event": {"type": "typing_on"}}), "needs either"),
    (b'{"activities": [', "not valid JSON"),
    ("event: delta\ndata: half\n\n", "without 'done'"),
])  # fmt: skip
def test_an_answer_that_cannot_be_understood_says_nothing_and_agents_take_over(shop, peer, body, told):
    peer.answers = [body]
    shop.hear()
    assert shop.said() == []
    row = shop.delivery()
    assert (row.status, told in row.last_error) == ("failed", True), row.last_error
    shop.talk.refresh_from_db()
    assert shop.talk.side == "Agent"


def test_an_answer_is_said_once_however_often_its_call_is_made(shop, peer):
    peer.answers = [(500, b""), activities({"message": words("one")}, {"message": words("two")}),
                    activities({"message": words("other")})]  # fmt: skip
    shop.hear()
    assert shop.said() == []
    shop.again()
    assert shop.said() == [words("one"), words("two")]
    Delivery.objects.filter(pk=shop.delivery().pk).update(status="pending", parts_done=0)
    shop.again()
    assert len(peer.asked) == 3
    assert shop.said() == [words("one"), words("two")]


def hold(shop):
    """The call that is due, as a process holds it."""
    (found,) = taken("delivery", Lane.objects.get(destination=shop.bot, conversation=shop.talk).pk)
    return found


@pytest.fixture
def held(shop, monkeypatch):
    """A message whose call nobody has made yet."""
    from engine.work import wake

    wake.use_embedded(None)
    shop.write("Hello")
    do_all("pipeline")
    yield hold(shop)


def work(item):
    from asgiref.sync import async_to_sync

    async_to_sync(item.work)()
    return item


@pytest.mark.parametrize("point", ["before the call", "after the call", "within the commit"])
def test_a_process_that_dies_leaves_the_answer_to_the_next_one(shop, peer, held, point, monkeypatch):
    peer.answers = [activities({"message": words("one")}, {"message": words("two")})] * 2
    if point != "before the call":
        work(held)
    if point == "within the commit":
        said = bots.do_trace
        monkeypatch.setattr(bots, "do_trace", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            rounds.store(all_kinds()["delivery"], [held])
        monkeypatch.setattr(bots, "do_trace", said)
    assert shop.said() == []
    shop.again()
    assert shop.said() == [words("one"), words("two")]
    rounds.store(all_kinds()["delivery"], [held])  # of the first one, should it live
    assert shop.said() == [words("one"), words("two")]
    assert Delivery.objects.get(destination=shop.bot).status == "sent"


def test_an_answer_of_a_lost_lease_says_nothing(shop, peer, held):
    peer.answers = [activities({"message": words("late")}), activities({"message": words("in time")})]
    work(held)
    shop.again()
    rounds.store(all_kinds()["delivery"], [held])
    assert shop.said() == [words("in time")]


def test_an_agent_who_takes_over_during_the_call_silences_the_bot(shop, peer):
    def taken_over():
        say(shop.party, shop.talk, shop.party.agent, message=words("I am here."))
        return activities({"message": words("Too late")}, {"event": event("handover")})

    peer.answers = [taken_over]
    shop.hear()
    assert shop.said() == []
    assert shop.delivery().status == "sent"
    assert "Not sent: “Too late”" in shop.note()
    assert "An agent is handling this conversation" in shop.note()


def test_nothing_is_said_in_a_conversation_that_was_closed_during_the_call(shop, peer):
    def closed():
        do_close(shop.talk.pk)
        return activities({"message": words("Too late")})

    peer.answers = [closed]
    shop.hear()
    assert (shop.said(), "Not sent" in shop.note()) == ([], True)


def test_a_bot_that_is_deleted_or_paused_during_the_call_says_nothing(shop, peer):
    def paused():
        Integration.objects.filter(pk=shop.bot.pk).update(status=Integration.Status.PAUSED)
        return activities({"message": words("Too late")})

    peer.answers = [paused]
    shop.hear()
    assert (shop.said(), "Not sent" in shop.note()) == ([], True)


@pytest.mark.parametrize(("drops", "said"), [(False, ["first", "second"]), (True, ["second"])])
def test_a_superseded_answer_is_dropped_where_the_integration_says_so(inline, acme, peer, drops, said):
    shop = Scene(acme, peer, webhookUrl=HOOK, dropSuperseded=drops)

    def spoke_again():
        from engine.work import wake

        wake.use_embedded(None)
        shop.write("And another thing")
        return activities({"message": words("first")})

    peer.answers = [spoke_again, activities({"message": words("second")})]
    shop.hear("A question")
    do_all("pipeline")
    do_all("delivery")
    assert [one["text"] for one in shop.said()] == said
    row = Activity.objects.filter(sender_type="Customer", type="message").earliest("event_id")
    note = " ".join(line["note"] for line in row.trace if line["step"] == "bot")
    assert ("“first”" in note) == drops


def test_the_bot_hands_over_and_what_it_says_after_that_is_not_said(shop, peer):
    peer.answers = [activities({"message": words("One moment.")}, {"event": event("handover", reason="asked")},
                               {"message": words("Me again")})]  # fmt: skip
    shop.hear("I am stuck")
    assert shop.said() == [words("One moment."), ("hubster.handover", {"reason": "asked", "meanwhile": []})] or (
        shop.said()[0] == words("One moment.") and shop.said()[1][1]["reason"] == "asked"
    )
    assert "Not sent: “Me again”" in shop.note()
    shop.talk.refresh_from_db()
    assert shop.talk.side == "Agent"


def test_a_call_that_fails_is_tried_again_and_agents_take_over(shop, peer):
    peer.answers = [ConnectFailure("Nobody listens there."), DeadlineExceeded("No answer.")]
    shop.hear()
    assert (shop.delivery().status, shop.delivery().attempts) == ("pending", 1)
    shop.again()
    shop.talk.refresh_from_db()
    assert (shop.delivery().attempts, shop.talk.side) == (2, "Agent")


def test_the_ledger_hides_the_address(shop, peer):
    peer.answers = [(500, b"very-secret-word")]
    shop.hear()
    (attempt,) = shop.attempts()
    assert "very-secret-word" not in str([attempt.request, attempt.response, attempt.error])


def test_a_slow_answer_of_a_webhook_counts_as_slow_and_one_of_a_model_does_not(inline, acme, peer):
    models = Scene(acme, peer, dialect="chatCompletions", baseUrl="https://llm.example.com/v1", model="m")
    hooks = acme.add("Bot", "Hook", webhookUrl=HOOK)
    for bot, patience in ((models.bot, 12.0), (hooks, 2.0)):
        row = Delivery(destination=bot)
        item = call.Call(None, None, row, None, None)
        item.milliseconds, item.answer = 6_000, object()
        assert item.patience == patience
        assert item.seconds == 6.0 * 2 / patience
    assert Endpoint.objects.count() == 0


def test_a_neighbours_conversation_is_never_spoken_in(shop, peer, globex):
    other = Scene(globex, peer, webhookUrl="https://other.example.com/")
    peer.answers = [activities({"message": words("for acme")})]
    shop.hear()
    assert Activity.objects.filter(content=words("for acme")).get().conversation_id == shop.talk.pk
    assert not Activity.objects.filter(conversation=other.talk).exists()
    assert Conversation.objects.get(pk=other.talk.pk).hub_id != shop.talk.hub_id
    assert shop.delivery().ended <= clock.now() + timedelta(seconds=1)


@pytest.mark.parametrize(("configuration", "answer", "told"), [
    ({"webhookUrl": HOOK}, (200, b"ok"), ""),
    ({"webhookUrl": HOOK}, (200, b'{"activities": 1}'), "must be a list"),
    ({"dialect": "rasa", "url": "https://rasa.example.com"}, (200, [{"text": "Hi"}]), ""),
    ({"dialect": "rasa", "url": "https://rasa.example.com"}, (403, b""), "does not let us in"),
    ({"dialect": "responses", "baseUrl": "https://llm.example.com/v1", "model": "m"}, (200, {"output": []}), ""),
    ({"dialect": "chatCompletions", "baseUrl": "https://llm.example.com/v1", "model": "m"}, (401, b""), "API key"),
    ({"dialect": "activity", "url": "https://bot.example.com"}, (500, b""), "HTTP 500"),
])  # fmt: skip
def test_a_bot_of_any_dialect_can_be_asked_a_test_question(acme, peer, monkeypatch, configuration, answer, told):
    monkeypatch.setattr(probe, "send", peer)
    peer.answers = [answer]
    found = probe.do_probe(acme.add("Bot", "The bot", **configuration))
    assert told in found.error
    assert bool(told) == bool(found.error), found.error
    assert b"test" in peer.asked[0].body
    assert not Activity.objects.exists()
