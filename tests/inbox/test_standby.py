"""Another app holds the thread: what is said is kept and shown with a mark, nobody answers, and nothing is sent."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.actions import rules
from engine.actions.conversations import do_close
from engine.actions.disclosures import do_bring_person
from engine.actions.moves import do_hand_over
from engine.models import Activity, Contact, Conversation, Delivery, Endpoint, Lane
from hubster.lib import clock
from portal.models import Hub
from tests.background import do_all
from tests.openapi.contract import judge

S = Delivery.Status
NOW = clock.now_ms() - 600_000


@pytest.fixture
def bot(acme):
    return acme.add("Direct", "Bot", integrationType="Bot")


def at(seconds: int = 0) -> int:
    return NOW + seconds * 1_000


def say(id: str, text: str = "hello", **more) -> dict:
    return {"kind": "say", "from": "ann", "at": at(), "id": id, "text": text, **more}


def overhear(id: str, text: str = "hello", **more) -> dict:
    return {**say(id, text, **more), "kind": "standby"}


def control(seconds: int, ours: bool, **more) -> dict:
    return {"kind": "control", "from": "ann", "at": at(seconds), "ours": ours, **more}


def talk(toy) -> Conversation:
    return Conversation.objects.get(integration=toy.row, closed=None)


def said(toy) -> list[Activity]:
    return list(Activity.objects.filter(conversation__integration=toy.row).order_by("event_id"))


def receivers(activity: Activity) -> set[str]:
    return set(activity.deliveries.values_list("destination__type", flat=True))


def get(toy, path: str):
    answer = toy.party.api("engine").get(path)
    assert judge().answer_faults("GET", path, answer) == []
    return answer.json()


def desk(toy) -> dict:
    return toy.party.browser("agent").get(f"/admin/desk/conversations/{talk(toy).pk}").json()


def test_it_is_kept_once_with_a_mark_and_the_conversation_knows(toy):
    toy.hear(overhear("m1", at=at(1)), overhear("m2", "Which size?", by_holder=True, holder="Inbox", at=at(2)))
    toy.hear(overhear("m1", at=at(3)), overhear("m2", "Which size?", by_holder=True, at=at(3)))
    customer, holder = said(toy)
    assert [(row.sender_type, row.content["text"]) for row in (customer, holder)] == [
        ("Customer", "hello"), ("Agent", "Which size?"),
    ]  # fmt: skip
    assert customer.standby and holder.standby
    row = talk(toy)
    assert (row.held_by, clock.to_ms(row.held_since), row.unanswered) == ("Inbox", at(1), False)
    shown = get(toy, f"/api/v1/conversations/{row.pk}")
    assert shown["standby"] == {"since": clock.iso(row.held_since), "holder": "Inbox"}
    assert {one["reason"] for one in (shown["window"], *shown["window"]["others"])} == {"standby"}
    assert get(toy, f"/api/v1/conversations/{row.pk}/established")["standby"] == shown["standby"]


def test_activities_sockets_and_webhooks_have_the_mark(toy, bot):
    toy.party.add("System", "Ledger", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    toy.hear(overhear("m1"), overhear("m2", "Which size?", by_holder=True))
    customer, holder = said(toy)
    Conversation.objects.update(side="Agent")
    toy.hear(overhear("m3"), overhear("m4", "M or L?", by_holder=True))
    assert [receivers(row) for row in said(toy)] == [{"System"}, {"System"}, {"System", "Agent"}, {"System", "Agent"}]
    shown = get(toy, f"/api/v1/interactions/activities/{talk(toy).pk}?type=Customer")
    assert [(one["sender"]["integrationType"], one["standby"]) for one in shown] == [
        ("Customer", True), ("Agent", True), ("Customer", True), ("Agent", True),
    ]  # fmt: skip
    assert shown[1]["sender"] == {"integrationType": "Agent", "authorType": "human"}
    assert shown[1]["eventTrigger"] == "message:agent"
    assert shown[1]["recipient"]["integrationType"] == "Customer"
    agents = get(toy, f"/api/v1/interactions/activities/{talk(toy).pk}?type=Agent")
    assert [one["message"]["text"] for one in agents] == ["Which size?", "hello", "M or L?"]


def test_the_agents_sockets_are_woken_by_what_the_other_app_says(toy, monkeypatch):
    told = []
    monkeypatch.setattr("engine.pipeline.run.announce", lambda hub, talk, ends, event: told.append(ends))
    toy.hear(overhear("m1", by_holder=True))
    assert told == [[toy.party.agent.pk]]


def test_the_desk_shows_who_holds_the_thread_and_what_was_said(toy):
    toy.hear(overhear("m1"), overhear("m2", "::handover", by_holder=True, holder="Inbox"))
    shown = desk(toy)
    assert shown["conversation"]["standby"] == {"since": at(), "holder": "Inbox"}
    assert shown["conversation"]["window"]["reason"] == "standby"
    assert [(one["standby"], one["typed"], one["private"]) for one in shown["activities"]] == [(True, False, False)] * 2


def test_no_start_messages_and_no_choices(toy):
    toy.row.configuration = {**toy.row.configuration, "startMessages": [{"type": "text", "text": "Welcome"}]}
    toy.row.save()
    toy.hear(overhear("m1"))
    assert [row.content["text"] for row in said(toy)] == ["hello"]
    toy.hear(say("m2", at=at(1)))
    actions = [{"type": "postback", "title": one, "payload": one.upper()} for one in ("Small", "Large")]
    toy.answer(talk(toy), "numbers", actions=actions)
    toy.hear(overhear("m3", "1", at=at(2)))
    assert said(toy)[-1].content["text"] == "1"
    toy.hear(say("m4", "1", at=at(3)))
    assert said(toy)[-1].content["text"] == "SMALL"


@pytest.mark.parametrize("holder", ["", "Inbox"])
def test_nothing_goes_to_the_provider_meanwhile(toy, bot, holder):
    toy.hear(overhear("m1", holder=holder))
    asked = len(toy.provider.asked)
    for speaker in (bot, toy.party.agent):
        toy.answer(talk(toy), "Hi", speaker)
        row = Delivery.objects.filter(destination=toy.row).latest("event_id")
        assert (row.status, row.attempts) == (S.WINDOW_CLOSED, 1)
        assert f"{holder or 'Another app'} is answering this customer" in row.last_error
    assert len(toy.provider.asked) == asked
    toy.hear(say("m2", at=at(1)))
    toy.answer(talk(toy), "Hi again")
    assert toy.provider.texts() == ["Hi again"]


def test_typing_meanwhile_is_dropped(toy):
    toy.hear(overhear("m1"))
    asked = len(toy.provider.asked)
    path = f"/inbound/business/v1/direct/activity/{talk(toy).pk}"
    body = {"sender": {"integrationId": str(toy.party.agent.pk)}, "event": {"type": "typing_on"}}
    assert toy.party.api("engine").post(path, body, format="json").status_code == 200
    do_all("pipeline")
    toy.send(talk(toy))
    assert len(toy.provider.asked) == asked


def test_the_next_message_to_us_is_ours_again(toy, bot):
    toy.hear(overhear("m1"))
    toy.hear(say("m2", "and you?", at=at(1)))
    row = talk(toy)
    assert (row.held_since, row.held_by, row.unanswered) == (None, "", True)
    assert [receivers(one) for one in said(toy)] == [set(), {"Bot"}]
    assert "standby" not in get(toy, f"/api/v1/conversations/{row.pk}")
    assert "standby" not in get(toy, f"/api/v1/interactions/activities/{row.pk}?type=Customer")[-1]


@pytest.mark.parametrize("answered", [False, True])
def test_the_provider_gives_the_thread_to_us(toy, answered):
    toy.hear(overhear("m1"), *([overhear("m2", "Sure", by_holder=True, at=at(1))] if answered else []))
    toy.hear(control(2, ours=True))
    row = talk(toy)
    assert (row.held_since, row.unanswered) == (None, not answered)
    assert row.waits_since == (0 if answered else said(toy)[0].event_id)


def test_the_provider_takes_the_thread_from_us(toy):
    toy.hear(say("m1"))
    assert talk(toy).unanswered
    toy.hear(control(1, ours=False, holder="Inbox"))
    row = talk(toy)
    assert (clock.to_ms(row.held_since), row.held_by, row.unanswered) == (at(1), "Inbox", False)
    toy.hear(control(2, ours=False))
    assert (clock.to_ms(talk(toy).held_since), talk(toy).held_by) == (at(1), "Inbox")


def test_of_an_unknown_person_nothing_is_noted(toy):
    toy.hear(control(0, ours=False), control(1, ours=True))
    assert not Conversation.objects.filter(integration=toy.row).exists()


@pytest.mark.parametrize(("things", "held"), [
    ([overhear("m1", at=at(1)), say("m2", at=at(2)), overhear("m3", at=at(1))], False),
    ([overhear("m1", at=at(1)), say("m2", at=at(2)), overhear("m3", by_holder=True, at=at(1))], False),
    ([say("m1", at=at(1)), overhear("m2", at=at(3)), say("m3", at=at(2))], True),
    ([say("m1", at=at(1)), overhear("m2", at=at(3)), control(2, ours=True)], True),
    ([say("m1", at=at(1)), control(3, ours=True), overhear("m2", at=at(2))], False),
    ([say("m1", at=at(2)), control(1, ours=False)], False),
    ([overhear("m1", at=at(1)), say("m2", at=at(2)), overhear("m1", at=at(3))], False),
    ([say("m1", at=at(1)), overhear("m2", at=at(2)), say("m1", at=at(3))], True),
])  # fmt: skip
def test_what_comes_late_or_twice_does_not_change_who_holds_it(toy, things, held):
    for thing in things:
        toy.hear(thing)
    assert (talk(toy).held_since is not None) == held


def test_our_own_message_is_not_taken_for_the_other_apps(toy):
    toy.hear(say("m1"))
    toy.answer(talk(toy), "Hi")
    toy.hear(overhear("out-2", "Hi", by_holder=True, at=at(1)))
    assert [row.content["text"] for row in said(toy)] == ["hello", "Hi"]


def test_a_closed_conversation_is_followed_by_one_that_is_held(toy):
    toy.hear(overhear("m1"))
    do_close(talk(toy).pk)
    toy.hear(overhear("m2", at=at(1)))
    assert clock.to_ms(talk(toy).held_since) == at(1)


def test_it_opens_the_window_for_later(toy):
    now = clock.now_ms()
    toy.hear(overhear("m1", at=now))
    toy.hear(control(0, ours=True, at=now + 1))
    toy.answer(talk(toy), "Hi")
    assert toy.provider.texts() == ["Hi"]


def test_nobody_is_brought_into_a_thread_that_was_taken_meanwhile(toy, bot):
    toy.hear(say("m1"))
    row = talk(toy)
    row.held_since = clock.now()
    row.save()
    do_bring_person(row, said(toy)[-1], "en")
    assert (talk(toy).side, len(said(toy))) == ("Bot", 1)


def test_no_rule_moves_it(toy, bot):
    Hub.objects.update(bot_patience=1, bot_failures=1, handback_after=1)
    toy.hear(say("m1"))
    toy.hear(control(1, ours=False))
    Conversation.objects.update(waits_since=1, unanswered=True)
    assert [*rules.unanswered_by_bot(), *rules.let_down()] == []
    Conversation.objects.update(side="Agent", last_said=1)
    assert list(rules.silent()) == []


def test_who_asks_another_app_for_a_person_moves_nothing(toy, bot):
    Hub.objects.update(handover_phrases=["person"])
    toy.hear(overhear("m1", "I want a person"))
    assert (talk(toy).side, len(said(toy))) == ("Bot", 1)
    toy.hear(say("m2", "I want a person", at=at(1)))
    assert talk(toy).side == "Agent"


def test_a_paused_bot_is_replaced_when_the_thread_is_ours(toy, acme):
    bot = acme.add("Direct", "Bot", integrationType="Bot", webhookUrl="http://127.0.0.1:8099/bot")
    toy.hear(overhear("m1"))
    Endpoint.objects.update_or_create(destination=bot, defaults={"paused": clock.now()})
    toy.hear(overhear("m2", at=at(1)))
    assert (talk(toy).side, len(said(toy))) == ("Bot", 2)
    assert not do_hand_over(talk(toy).pk, "hubster.handover", "failures")
    toy.hear(control(2, ours=True))
    assert do_hand_over(talk(toy).pk, "hubster.handover", "failures")


def test_another_tenants_thread_of_the_same_person_is_untouched(toy, globex):
    toy.provider.answers = [{"account": "acc-2"}]
    other = globex.add("Toy", "Toy", token="another-secret-1")
    theirs = globex.establish("ann", other)
    toy.hear(overhear("m1"), control(1, ours=False))
    theirs.refresh_from_db()
    assert theirs.held_since is None
    assert not Activity.objects.filter(conversation=theirs).exists()


WORDS = st.sampled_from(["I want a person", "::handover", "1"])
THING = st.one_of(
    st.tuples(st.just("overhear"), WORDS, st.booleans()), st.tuples(st.just("say"), WORDS, st.just(False)),
    st.tuples(st.just("control"), st.just(""), st.booleans()), st.tuples(st.just("answer"), WORDS, st.booleans()),
)  # fmt: skip


@given(plan=st.lists(THING, min_size=2, max_size=7))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_nothing_said_to_another_app_is_answered(toy, bot, plan):
    """Nothing goes out while the thread is held, nothing follows from what is overheard, and bots never get it."""
    Hub.objects.filter(pk=toy.party.hub.pk).update(handover_phrases=["person"])
    Conversation.objects.filter(integration=toy.row).delete()
    Contact.objects.all().delete()
    for place, (kind, words, flag) in enumerate(plan):
        row = Conversation.objects.filter(integration=toy.row).first()
        before = (row.side if row else "Bot", len(said(toy)), len(toy.provider.asked))
        if kind == "overhear":
            toy.hear(overhear(str(place), words, by_holder=flag, at=at(place)))
            assert (talk(toy).side, len(said(toy)) - 1, len(toy.provider.asked)) == before
            assert not {"Bot", "Customer"} & receivers(said(toy)[-1])
            assert talk(toy).held_since is not None
        elif kind == "say":
            toy.hear(say(str(place), words, at=at(place)))
            assert talk(toy).held_since is None
        elif kind == "control":
            toy.hear(control(place, ours=flag))
        elif row and not words.startswith("::") and (not flag or row.side == "Bot"):
            toy.answer(row, words, bot if flag else None)
            assert row.held_since is None or len(toy.provider.asked) == before[2]


def test_the_admin_names_the_other_app(toy):
    toy.hear(overhear("m1"), overhear("m2", "Which size?", by_holder=True))
    page = toy.party.browser("owner").get(f"/admin/engine/conversation/{talk(toy).pk}/change/").content.decode()
    assert "<dt>Answered by</dt><dd>Another app</dd>" in page
    assert '<span class="hub-who">Another app</span>' in page


def test_what_waits_to_be_sent_is_not_sent_when_the_thread_is_taken(toy):
    toy.hear(say("m1"))
    toy.provider.answers = [500]
    toy.answer(talk(toy), "Hi")
    toy.hear(control(1, ours=False))
    Delivery.objects.filter(destination=toy.row, status=S.PENDING).update(next_attempt=clock.now())
    Lane.objects.update(due=clock.now())
    asked = len(toy.provider.asked)
    toy.send(talk(toy))
    assert Delivery.objects.get(destination=toy.row).status == S.WINDOW_CLOSED
    assert len(toy.provider.asked) == asked
