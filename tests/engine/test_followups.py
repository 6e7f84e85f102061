"""Accepting appends one activity; what follows from it is the pipeline's, in its commit and right behind it."""

from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine import pipeline
from engine.actions import append
from engine.actions.append import NewActivity, do_append_activity
from engine.actions.conversations import do_close
from engine.commands import carry_out
from engine.models import Activity, CommandCall, Conversation, Delivery, PipelineLane
from engine.pipeline.kind import KIND
from engine.pipeline.passage import Followup
from engine.work import claim
from hubster.lib import clock, codes
from hubster.lib.errors import fail
from portal.models import DynamicCommand, Hub, Integration, ResponseCommand
from tests.background import do_run
from tests.engine.state.workers import Death, dying_at
from tests.engine.test_handover import event, say, words
from tests.traces import line_of

LATER = timedelta(seconds=10)
HI, CONTACT = words("Hi there"), {"type": "text", "text": "Call us."}


@pytest.fixture
def shop(transactional_db, acme):
    """A hub with a bot, a phrase and a saved reply."""
    acme.bot = acme.add("Direct", "Bot", integrationType="Bot")
    Hub.objects.filter(pk=acme.hub.pk).update(handover_phrases=["person"])
    ResponseCommand.objects.create(hub=acme.hub, name="hi", to="customer", kind="message", responses=[HI, CONTACT])
    return acme


@pytest.fixture
def talk(shop):
    """A conversation in which the customer waits for the bot."""
    conversation, _ = say(shop, shop.establish(), message=words("hello"))
    do_run(conversation.pk)
    return conversation


# What is said, by whom, and the kinds of activities that are to stand right behind it.
SAID = {
    "phrase": (lambda shop: None, {"message": words("a person perhaps")}, ["hubster.handover"]),
    "request": (lambda shop: None, {"message": words("a person, please")},
                ["hubster.handover", "I am passing you on to a person, who will reply here."]),
    "answer": (lambda shop: shop.agent, {"message": words("I take this one.")}, ["hubster.takeover"]),
    "saved reply": (lambda shop: shop.agent, {"message": words("::resp hi")},
                    ["Hi there", "hubster.takeover", "Call us.", "command"]),
    "move": (lambda shop: shop.agent, {"message": words("::takeover")}, ["hubster.takeover", "command"]),
    "question": (lambda shop: shop.bot, {"message": words("::resp -n nobody")}, ["command"]),
}  # fmt: skip


def accepted(shop, talk, name: str) -> int:
    """Have it said; its eventId."""
    sender, node, _ = SAID[name]
    return say(shop, talk, sender(shop), **node)[1]["eventId"]


def kinds(conversation, after: int, before: int = 10**18) -> list[str]:
    """Activities between two eventIds, each by its event's name, its text or its type."""
    rows = Activity.objects.filter(conversation=conversation, event_id__gt=after, event_id__lt=before)
    contents = rows.order_by("event_id").values_list("content", flat=True)
    return [one.get("payloadType") or (one["type"] if one["type"] != "text" else one["text"]) for one in contents]


def receivers(conversation, text: str) -> set[str]:
    rows = Delivery.objects.filter(conversation=conversation, activity__content__text=text, echo=False)
    return set(rows.values_list("destination__name", flat=True))


def worked(conversation) -> list:
    """Runs of a worker that holds the conversation, before they are stored."""
    runs = KIND.load(claim(KIND, only=conversation.pk))
    for run in runs:
        with pytest.raises(StopIteration):
            run.work().send(None)
    return runs


@pytest.mark.parametrize("name", SAID)
def test_accepting_appends_one_activity_and_what_follows_comes_with_the_pipeline(shop, talk, name):
    said = accepted(shop, talk, name)
    assert kinds(talk, said - 1) == [SAID[name][1]["message"]["text"]]
    claimed = name == "answer"
    talk.refresh_from_db()
    assert talk.side == ("Agent" if claimed else "Bot"), "only an answer claims the conversation at once"
    do_run(talk.pk)
    assert kinds(talk, said) == SAID[name][2]
    assert set(talk.activities.values_list("state", flat=True)) == {"processed"}


@pytest.mark.parametrize("name", SAID)
def test_what_follows_stands_in_front_of_what_was_accepted_meanwhile(shop, talk, name):
    with time_machine.travel(clock.now(), tick=False):  # so that nothing but the room that is kept is between them
        said = accepted(shop, talk, name)
        others = [say(shop, talk, message=words(f"meanwhile {number}"))[1]["eventId"] for number in range(3)]
    do_run(talk.pk)
    assert kinds(talk, said, before=others[0]) == SAID[name][2]
    assert kinds(talk, said)[-3:] == ["meanwhile 0", "meanwhile 1", "meanwhile 2"]
    talk.refresh_from_db()
    assert (talk.last_event_id, talk.last_said) == (others[-1], others[-1])
    lane = PipelineLane.objects.get(pk=talk.pk)
    assert (lane.newest, lane.handled, lane.due) == (others[-1], others[-1], None)


@pytest.mark.parametrize(
    ("name", "side"), [("phrase", "Agents"), ("request", "Agents"), ("move", "Agents"), ("question", "Bot")]
)
def test_what_is_said_after_a_change_of_who_answers_goes_to_the_new_one(shop, talk, name, side):
    accepted(shop, talk, name)
    say(shop, talk, message=words("and quickly"))
    do_run(talk.pk)
    assert receivers(talk, "and quickly") == {side}


def test_a_reply_that_was_overtaken_answers_what_was_said_before_it_only(shop, talk):
    accepted(shop, talk, "saved reply")
    say(shop, talk, message=words("one more thing"))
    do_run(talk.pk)
    talk.refresh_from_db()
    assert (talk.unanswered, talk.last_text) == (True, "one more thing")


@pytest.mark.parametrize("node", [{"event": {"type": "typing_on"}}, {"event": {"type": "seen"}}, {"event": event("x")}])
def test_a_reply_that_only_a_signal_or_an_event_overtook_answers(shop, talk, node):
    if node["event"]["type"] == "payload":
        node = {"event": {**node["event"], "payloadType": "cart"}}
    accepted(shop, talk, "saved reply")
    say(shop, talk, **node)
    do_run(talk.pk)
    talk.refresh_from_db()
    assert (talk.unanswered, talk.last_text) == (False, "Call us.")


@pytest.mark.parametrize("room", [1, 2, 3])
def test_what_finds_no_room_is_said_behind_the_rest_in_its_order(shop, talk, monkeypatch, room):
    monkeypatch.setattr(append, "ROOM_OF_COMMAND", room)
    with time_machine.travel(clock.now(), tick=False):
        said = accepted(shop, talk, "saved reply")
        later = say(shop, talk, message=words("meanwhile"))[1]["eventId"]
    assert later == said + room + 1
    do_run(talk.pk)
    follows = SAID["saved reply"][2]
    assert kinds(talk, said) == [*follows[:room], "meanwhile", *follows[room:]]
    assert set(talk.activities.values_list("state", flat=True)) == {"processed"}


# --- killed, repeated, failed --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SAID)
def test_a_run_that_is_killed_before_its_commit_is_run_again_and_doubles_nothing(shop, talk, name):
    said = accepted(shop, talk, name)
    dead = worked(talk)
    assert kinds(talk, said) == []
    with time_machine.travel(clock.now() + LATER, tick=False):
        do_run(talk.pk)
        KIND.commit(dead)
        do_run(talk.pk)
    assert kinds(talk, said) == SAID[name][2]


@pytest.mark.parametrize("name", SAID)
def test_a_process_that_dies_in_its_commit_leaves_nothing_of_it(shop, talk, monkeypatch, name):
    said, settle = accepted(shop, talk, name), pipeline.run._settled

    def die(*_):
        raise SystemExit

    monkeypatch.setattr(pipeline.run, "_settled", die)
    with pytest.raises(SystemExit):
        KIND.commit(worked(talk))
    assert kinds(talk, said) == []
    assert Activity.objects.get(conversation=talk, event_id=said).state == "accepted"
    monkeypatch.setattr(pipeline.run, "_settled", settle)
    with time_machine.travel(clock.now() + LATER, tick=False):
        do_run(talk.pk)
    assert kinds(talk, said) == SAID[name][2]


@pytest.mark.parametrize("name", ["phrase", "request", "answer", "saved reply"])
def test_a_process_may_die_at_any_statement_of_the_pipeline(shop, name):
    """Whatever it had begun is done once, by the one that comes after it, and in order."""
    deaths = 0
    for statement in range(1, 80):
        talk = shop.establish()
        hello = say(shop, talk, message=words("hello"))[1]["eventId"]
        do_run(talk.pk)
        said = accepted(shop, talk, name)
        died = False
        try:
            with dying_at(statement):
                KIND.commit(worked(talk))
        except Death:
            died = True
        with time_machine.travel(clock.now() + LATER, tick=False):
            do_run(talk.pk)
        assert kinds(talk, hello) == [SAID[name][1]["message"]["text"], *SAID[name][2]], statement
        assert set(talk.activities.values_list("state", flat=True)) == {"processed"}
        reached = Delivery.objects.filter(conversation=talk, echo=False, activity__event_id__gt=said)
        assert reached.count() == reached.values("activity", "destination").distinct().count() > 0
        deaths += died
        if not died:
            break
    assert 5 < deaths < 79, "it died at each statement once, then at none"


def test_a_service_is_asked_once_however_often_the_run_is_begun(shop, talk):
    DynamicCommand.objects.create(hub=shop.hub, name="weather", url="https://mysite.io/weather")
    say(shop, talk, shop.agent, message=words("::weather Paris"))
    dead = worked(talk)
    assert not CommandCall.objects.exists()
    with time_machine.travel(clock.now() + LATER, tick=False):
        do_run(talk.pk)
        KIND.commit(dead)
    assert CommandCall.objects.get().words == ["Paris"]


def test_a_conversation_that_is_deleted_meanwhile_stops_nobody(shop, talk):
    other, _ = say(shop, shop.establish(), message=words("a person"))
    accepted(shop, talk, "saved reply")
    runs = [*worked(talk), *worked(other)]
    Conversation.objects.get(pk=talk.pk).delete()
    KIND.commit(runs)
    assert Conversation.objects.get(pk=other.pk).side == "Agent"


@pytest.fixture
def with_step(monkeypatch):
    """Adds a step of a test's own."""

    def add(step) -> None:
        toy = SimpleNamespace(__name__="engine.pipeline.toy", step=step)
        monkeypatch.setattr(pipeline, "STEPS", (toy, *pipeline.STEPS))

    return add


def test_a_step_may_reply_to_the_customer_or_tell_the_business(shop, talk, with_step):
    def step(passage):
        if passage.from_customer:
            passage.reply("message", words("We are closed."))
            passage.reply("message", words("They wrote after hours."), to="business")

    with_step(step)
    _, sent = say(shop, talk, message=words("anybody?"))
    do_run(talk.pk)
    assert kinds(talk, sent["eventId"]) == ["We are closed.", "They wrote after hours."]
    assert receivers(talk, "We are closed.") == {shop.customer.name}
    assert receivers(talk, "They wrote after hours.") == {shop.agent.name}
    assert set(talk.activities.filter(sender_type="Hubster").values_list("flow", flat=True)) == {"AutoReplay"}
    talk.refresh_from_db()
    assert talk.unanswered, "an automatic reply is no answer"


@pytest.mark.parametrize(("fault", "reason"), [
    (ValueError("ours"), "ValueError"), (KeyError("x"), "KeyError"), (fail("ENG005501", text="No bot."), "No bot."),
])  # fmt: skip
def test_a_followup_that_fails_is_told_in_the_trace_and_leaves_nothing_but_the_message_and_the_others(
    shop, talk, with_step, fault, reason
):
    def broken(conversation, activity):
        do_append_activity(
            conversation, NewActivity("message", words("half")), "Hubster", None, conversation.integration
        )
        raise fault

    def step(passage):
        if passage.from_customer:
            passage.follow(Followup(broken))
            passage.reply("message", words("whole"))

    with_step(step)
    _, sent = say(shop, talk, message=words("anybody?"))
    later = say(shop, talk, message=words("later"))[1]["eventId"]
    do_run(talk.pk)
    assert kinds(talk, sent["eventId"], before=later) == ["whole"]
    assert receivers(talk, "anybody?") == {"Bot"}
    line = line_of(Activity.objects.get(pk=sent["interactionId"]), "followup")
    assert (line["outcome"], reason in line["note"]) == ("failed", True)


@pytest.mark.parametrize("fault", [ValueError("ours"), KeyError("x"), RuntimeError()])
def test_a_command_that_fails_through_a_fault_of_ours_is_answered_with_the_documented_text(
    shop, talk, monkeypatch, fault
):
    def broken(*_):
        raise fault

    monkeypatch.setattr(carry_out, "plan", broken)
    said = accepted(shop, talk, "saved reply")
    do_run(talk.pk)
    (answer,) = Activity.objects.filter(conversation=talk, event_id__gt=said)
    assert answer.content["text"] == codes.TABLE["ENG009299"].text
    assert answer.content["errors"][0]["code"] == 9299
    assert receivers(talk, answer.content["text"]) == {shop.agent.name}


# --- what changes between accepting and the pipeline ----------------------------------------
def closed(shop, talk):
    do_close(talk.pk)


def agents_are_there(shop, talk):
    say(shop, talk, shop.agent, event=event("takeover"))


def author_is_deleted(shop, talk):
    Integration.objects.filter(pk=shop.agent.pk).delete()


@pytest.mark.parametrize(
    ("name", "change", "codes_of_answer"),
    [
        ("saved reply", closed, ["ENG006501"]),
        ("move", closed, ["ENG006501"]),
        ("question", closed, ["ENG009200"]),
        ("phrase", closed, []),
        ("request", closed, []),
        ("phrase", agents_are_there, []),
        ("request", agents_are_there, []),
        ("saved reply", author_is_deleted, []),
    ],
)
def test_what_cannot_follow_any_more_is_told_to_its_author_and_done_by_nobody(
    shop, talk, name, change, codes_of_answer
):
    said = accepted(shop, talk, name)
    change(shop, talk)
    do_run(talk.pk)
    rows = Activity.objects.filter(conversation=talk, event_id__gt=said)
    told = [row.content["errors"][0]["code"] for row in rows if row.content["type"] == "command"]
    assert told == [codes.number(code) for code in codes_of_answer]
    by_rule = [row for row in rows if row.content.get("payload", {}).get("reason")]
    assert not by_rule
    assert not rows.filter(content=HI).exists()


def test_a_bot_whose_customer_an_agent_took_meanwhile_says_nothing_by_command(shop, talk):
    say(shop, talk, shop.bot, message=words("::resp hi"))
    say(shop, talk, shop.agent, message=words("I am here."))
    do_run(talk.pk)
    assert not Activity.objects.filter(content=HI).exists()
    (answer,) = Activity.objects.filter(content__type="command")
    assert answer.content["errors"][0]["code"] == codes.number("ENG000110")
    assert receivers(talk, answer.content["text"]) == {shop.bot.name}


def test_two_who_answer_at_once_claim_it_once_and_each_change_is_told(shop, talk):
    other = shop.add("Direct", "Others", integrationType="Agent")
    say(shop, talk, shop.agent, message=words("Mine."))
    say(shop, talk, other, event=event("takeover", force=True))
    do_run(talk.pk)
    told = Activity.objects.filter(content__payloadType="hubster.takeover").order_by("event_id")
    said = [[one["message"]["text"] for one in row.content["payload"]["meanwhile"]] for row in told]
    assert said == [["hello"], []], "each with what was said since the one before"
    talk.refresh_from_db()
    assert talk.assignee == other


def test_where_agents_answer_from_the_beginning_their_first_answer_is_no_news(transactional_db, acme):
    conversation, sent = say(acme, acme.establish(), acme.agent, message=words("Hello."))
    do_run(conversation.pk)
    assert kinds(conversation, sent["eventId"]) == []
    assert conversation.assignee == acme.agent


def test_followups_keep_the_locks_order(shop, talk):
    """The conversation before its lane, as those who accept do."""
    accepted(shop, talk, "saved reply")
    runs = worked(talk)
    with CaptureQueriesContext(connection) as captured:
        KIND.commit(runs)
    found = [one["sql"].replace('"', "") for one in captured]
    read = partial(next, (at for at, sql in enumerate(found) if "FROM engine_conversation c JOIN" in sql))
    lanes = (at for at, sql in enumerate(found) if sql.startswith("SELECT") and "FROM engine_pipelinelane" in sql)
    assert read() < next(lanes)
