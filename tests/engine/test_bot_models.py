"""Bots that are language models, with aimock as the model's server: an unmodified peer that speaks both APIs."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
import time_machine

from engine.actions.moves import do_hand_over
from engine.checks import check_deadlines
from engine.delivery import call
from engine.models import Activity, Delivery, Endpoint, Lane
from hubster.lib import clock
from portal.actions.commands import do_create_command
from portal.models import DynamicCommand
from tests.background import asking, do_all
from tests.engine.bot_scene import Peer, Scene
from tests.engine.test_dynamic_commands import Service
from tests.engine.test_handover import event, say, words
from tests.services import ended, free_port, started
from tests.system.test_signalr_clients import CLIENTS

PROGRAM = CLIENTS / "node_modules" / ".bin" / "llmock"
pytestmark = pytest.mark.usefixtures("still")
MODELS = ("chatCompletions", "responses")
KEY = "sk-very-secret"


@pytest.fixture(scope="module")
def aimock() -> Iterator[str]:
    """The base address of a running peer."""
    if not shutil.which("node") or not PROGRAM.exists():
        pytest.skip("needs Node and `npm ci` in tests/clients")
    port = free_port()
    command = [PROGRAM, "-p", str(port), "-f", CLIENTS / "llmock.json", "--strict"]
    process = started(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    assert any("listening" in line for line in process.stdout), "it did not start"
    yield f"http://127.0.0.1:{port}/v1"
    ended(process, 15)


@pytest.fixture
def journal(aimock):
    """What the peer was asked, newest last."""
    requests.delete(aimock.removesuffix("/v1") + "/__aimock/journal", timeout=10)

    def read():
        found = requests.get(aimock.removesuffix("/v1") + "/__aimock/journal", timeout=10).json()
        rows = found if isinstance(found, list) else found.get("entries") or found.get("requests")
        return [row["body"] for row in rows]

    return read


@pytest.fixture(params=[(name, stream) for name in MODELS for stream in (False, True)], ids=str)
def shop(inline, acme, aimock, request):
    name, stream = request.param
    return Scene(acme, None, dialect=name, baseUrl=aimock, apiKey=KEY, model="gpt-test", stream=stream,
                 systemPrompt="You sell tea.", tools=["weather"])  # fmt: skip


def test_the_model_answers_and_typing_frames_its_answer(shop):
    shop.hear("hello")
    assert shop.said() == [words("Hello! How can I help you today?")]
    rows = Activity.objects.filter(sender_integration=shop.bot).order_by("event_id")
    assert [row.content["type"] for row in rows] == ["typing_on", "text", "typing_off"]
    assert shop.delivery().status == "sent"


def test_it_hands_over_by_a_tool(shop):
    shop.hear("i am stuck")
    (moved,) = [one for one in shop.said() if isinstance(one, tuple)]
    assert moved[0] == "hubster.handover"
    assert {name: moved[1][name] for name in ("reason", "team")} == {
        "reason": "The customer asks for a person.", "team": "sales"
    }  # fmt: skip
    shop.talk.refresh_from_db()
    assert (shop.talk.side, shop.talk.unanswered) == ("Agent", True)
    assert shop.typing() == ["typing_on", "typing_off"]


def test_it_calls_a_command_and_puts_the_result_into_words(shop, monkeypatch):
    service = Service()
    service.answer = {"responses": [{"to": "sender", "message": words("Paris: sunny, 21 degrees")}]}
    from engine.commands import call as commands

    monkeypatch.setattr(commands, "asend", asking(service))
    values = {"name": "weather", "url": "https://shop.example.com/weather", "category": "", "description": "Forecast"}
    do_create_command(DynamicCommand, shop.party.hub, values)
    shop.hear("the weather")
    assert json.loads(service.asked[0].body)["dynamic"]["command"]["arguments"] == ["Paris", "two days"]
    told = [one["text"] for one in shop.said() if one["type"] == "text"]
    assert told == ['::weather Paris "two days"', "It is sunny in Paris."]
    commands = Delivery.objects.filter(activity__content__text__startswith="::")
    assert not commands.filter(destination=shop.party.customer).exists()
    assert shop.typing() == ["typing_on", "typing_off"] * 2


def test_a_tool_that_it_may_not_call_is_not_called(shop):
    shop.hear("open the safe")
    assert [one["text"] for one in shop.said()] in (["No."], [])
    assert not Activity.objects.filter(content__text__startswith="::").exists()
    assert "may not call: safe" in shop.note()


def test_an_empty_answer_is_no_reply_and_ends_typing(shop):
    shop.hear("nothing")
    assert (shop.said(), shop.typing()) == ([], ["typing_on", "typing_off"])


def test_a_model_that_was_made_to_type_a_command_types_none(shop):
    shop.hear("say a command")
    assert shop.said() == [words("resp -n secret")]


@pytest.mark.parametrize(("text", "status", "told"), [
    ("too much", "pending", "Slow down, please."), ("bad request", "failed", "No such model."),
    ("wrong key", "failed", "refused the API key"),
])  # fmt: skip
def test_faults_of_the_server(shop, text, status, told):
    shop.hear(text)
    row = shop.delivery()
    assert (row.status, told in row.last_error) == (status, True), row.last_error
    assert shop.typing() == ["typing_on", "typing_off"]
    attempt = shop.attempts()[0]
    assert KEY not in json.dumps([attempt.request, attempt.response, attempt.error, row.last_error])
    paused = Endpoint.objects.filter(destination=shop.bot, paused__isnull=False).exists()
    assert paused == (text == "wrong key")
    shop.talk.refresh_from_db()
    assert shop.talk.side == ("Bot" if status == "pending" else "Agent")


# --- what it is told ---------------------------------------------------------------------------------------------
@pytest.fixture(params=MODELS)
def model(inline, acme, monkeypatch, request):
    """A model whose requests are looked at."""
    peer = Peer()
    monkeypatch.setattr(call, "asend", asking(peer))
    return Scene(acme, peer, dialect=request.param, baseUrl="https://llm.example.com/v1", model="m", contextTokens=400)


def reply(model, text):
    """An answer of the dialect."""
    if model.bot.configuration["dialect"] == "responses":
        return {"output": [{"type": "message", "content": [{"type": "output_text", "text": text}]}]}
    return {"choices": [{"message": {"content": text}}]}


def told(model, place=-1):
    """(role, words) of everything that it was told."""
    body = model.peer.body(place)
    return [(one["role"], one["content"]) for one in body.get("messages") or body["input"]]


def test_it_is_told_the_conversation_and_nothing_that_only_agents_see(model, globex):
    model.peer.answers = [reply(model, "Hi."), reply(model, "Sure.")]
    model.hear("Hello")
    say(model.party, model.party.establish(), message=words("of another conversation"))
    do_all("pipeline")
    say(model.party, model.talk, model.party.agent, message=words("::help"))
    model.talk, _ = say(model.party, model.talk, model.party.agent, message=words("A person here."))
    model.talk, _ = say(model.party, model.talk, model.party.agent, event=event("handback", note="secret"))
    model.peer.answers = [reply(model, "Sure.")]
    model.hear("Go on")
    assert told(model) == [
        ("user", "Hello"), ("assistant", "Hi."), ("assistant", "(a human colleague wrote) A person here."),
        ("user", "Go on"),
    ]  # fmt: skip
    asked = json.dumps(model.peer.body())
    assert not [word for word in ("::help", "secret", "another conversation", "Available commands") if word in asked]


def test_the_oldest_is_left_out_when_the_budget_is_spent(model):
    model.peer.answers = [reply(model, "a" * 300), reply(model, "b" * 300), reply(model, "c")]
    for text in ("1" * 300, "2" * 300, "3" * 300):
        model.hear(text)
    assert [words[0] for _, words in told(model)] == ["a", "2", "b", "3"] or len(told(model)) == 3
    model.peer.answers = [reply(model, "d")]
    model.hear("x" * 5_000)
    ((role, text),) = told(model)
    assert (role, text[:4], len(text) < 500) == ("user", "[…] ", True)


def test_a_rich_message_is_told_as_text(model):
    model.hear("Look", items=[{"type": "image", "url": "https://a.example/t.png"}])
    assert told(model) == [("user", "Look\nhttps://a.example/t.png")]


def test_an_answer_is_dropped_and_recorded_when_the_customer_wrote_again(model):
    def spoke_again():
        from engine.work import wake

        wake.use_embedded(None)
        model.write("second")
        return reply(model, "to the first")

    model.peer.answers = [spoke_again, reply(model, "to both")]
    model.hear("first")
    do_all("pipeline")
    do_all("delivery")
    assert model.said() == [words("to both")]
    assert told(model) == [("user", "first"), ("user", "second")]
    row = Activity.objects.filter(content=words("first")).get()
    assert "“to the first”" in " ".join(line["note"] for line in row.trace)
    assert model.typing() == ["typing_on", "typing_off"] * 2


def test_what_is_superseded_before_the_call_is_not_asked(model):
    from engine.work import wake

    wake.use_embedded(None)
    for text in ("first", "second", "third"):
        model.write(text)
    model.peer.answers = [reply(model, "to all")]
    do_all("pipeline")
    do_all("delivery")
    assert (len(model.peer.asked), model.said()) == (1, [words("to all")])
    row = Activity.objects.filter(content=words("first")).get()
    assert "asked about that instead" in " ".join(line["note"] for line in row.trace)


def test_after_a_takeover_nothing_is_said_and_typing_ends(model):
    def taken_over():
        say(model.party, model.talk, model.party.agent, message=words("I am here."))
        return reply(model, "Too late")

    model.peer.answers = [taken_over]
    model.hear("Hello")
    assert (model.said(), model.typing()) == ([], ["typing_on", "typing_off"])
    assert "“Too late”" in model.note()


def test_it_is_not_asked_about_events_and_gets_a_minute(model):
    say(model.party, model.talk, event={"type": "typing_on"})
    say(model.party, model.talk, event={"type": "payload", "payloadType": "shop.cart", "payload": {}})
    do_all("pipeline")
    do_all("delivery")
    assert model.peer.asked == []
    model.hear("Hello")
    assert [policy.deadline for policy in model.peer.policies] == [60.0]


@pytest.mark.parametrize("body", [
    b"", b"<html>", {}, {"choices": []}, {"choices": "x"}, {"choices": [{"message": {"content": 5}}]}, {"output": [{}]},
    {"output": {"x": 1}}, {"choices": [{"message": {"tool_calls": [1]}}], "output": [{"type": "function_call"}]},
    {"choices": [{"message": {"content": "a\0b"}}], "output": [5]}, b'{"choices": NaN, "output": NaN}',
    'data: {"choices": [{"delta": {"content": "half"}}]}\n\n',
])  # fmt: skip
def test_an_answer_of_another_shape_says_nothing_and_breaks_nothing(model, body):
    model.peer.answers = [body]
    model.hear("Hello")
    assert model.said() == []
    assert model.typing() == ["typing_on", "typing_off"]
    assert "ENG007502" not in model.delivery().last_error, model.delivery().last_error


def test_a_message_that_failed_keeps_a_newer_one_from_nothing(model):
    model.peer.answers = [(429, {"error": {"message": "Later."}}), reply(model, "to both")]
    model.hear("first")
    assert (model.said(), model.delivery().status) == ([], "pending")
    model.hear("second")
    assert model.said() == [words("to both")]
    assert told(model) == [("user", "first"), ("user", "second")]
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        Lane.objects.filter(destination=model.bot).update(due=clock.now())
        do_all("delivery")
    assert len(model.peer.asked) == 2, "the first one is of no interest any more"
    assert not Delivery.objects.filter(destination=model.bot, status="pending").exists()


def test_deadlines_of_unknown_dialects_are_found_at_the_start(settings):
    settings.HUBSTER_BOT_DEADLINES = {"rasa": 5.0}
    assert check_deadlines(None) == []
    settings.HUBSTER_BOT_DEADLINES = {"chatcompletions": 5.0}
    (found,) = check_deadlines(None)
    assert "chatcompletions" in found.msg
    assert "chatCompletions" in found.hint


@pytest.mark.parametrize(("reason", "answers"), [("", 1), ("silence", 0)])
def test_a_conversation_that_is_handed_back_is_answered_if_the_customer_waits(model, reason, answers):
    model.talk, _ = say(model.party, model.talk, model.party.agent, message=words("A person here."))
    model.talk, _ = say(model.party, model.talk, message=words("Are you there?"))
    model.peer.answers = [reply(model, "I am.")]
    if reason:
        do_hand_over(model.talk.pk, "hubster.handback", reason)
    else:
        say(model.party, model.talk, model.party.agent, event=event("handback"))
    do_all("pipeline")
    do_all("delivery")
    assert (len(model.peer.asked), model.said()) == (answers, [words("I am.")] * answers)


def test_a_conversation_that_is_handed_back_answered_is_left_in_peace(model):
    model.talk, _ = say(model.party, model.talk, model.party.agent, message=words("A person here."))
    say(model.party, model.talk, model.party.agent, event=event("handback"))
    do_all("pipeline")
    do_all("delivery")
    assert model.peer.asked == []


def test_the_ledger_repeats_no_words_of_earlier_messages(model):
    model.peer.answers = [reply(model, "Hi."), reply(model, "Green.")]
    model.hear("An early secret")
    model.hear("Which tea?")
    kept = json.loads(model.attempts()[-1].request["body"])
    assert (kept.get("messages") or kept["input"]) == [{"omitted": 2}, {"role": "user", "content": "Which tea?"}]
    assert "An early secret" in json.dumps(model.peer.body())
