"""Dynamic commands: the business's own service says what is said."""

import json
from datetime import timedelta

import pytest
import time_machine
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from engine.commands import call
from engine.commands.kind import KIND
from engine.models import Activity, CommandCall, Conversation
from engine.work.rounds import store
from hubster.lib import clock, codes
from hubster.lib.http import Answer
from hubster.lib.http_policy import ConnectFailure, DeadlineExceeded
from hubster.lib.signing import hubster_signature, standard_secret
from portal.actions.commands import do_create_command, do_update_command
from portal.actions.integrations import KEY_OVERLAP
from portal.models import DynamicCommand, Integration
from tests.background import asking, do_all, do_call, taken
from tests.engine.callers import add_calls
from tests.engine.test_commands import after, code_of, receivers, told, typed
from tests.engine.test_handover import say, words
from tests.traces import line_of

pytestmark = pytest.mark.usefixtures("still")


class Service:
    """The business's service: keeps what it was asked, answers what it is told to."""

    def __init__(self) -> None:
        self.asked: list = []
        self.answer: object = {}

    def __call__(self, request, policy):
        self.asked.append(request)
        found = self.answer() if callable(self.answer) else self.answer
        if isinstance(found, Exception):
            raise found
        status, body = found if isinstance(found, tuple) else (200, json.dumps(found).encode())
        return Answer(status, {}, body, False, 3, "127.0.0.1")


@pytest.fixture
def service(monkeypatch):
    service = Service()
    monkeypatch.setattr(call, "asend", asking(service))
    return service


@pytest.fixture
def shop(inline, acme):
    """A hub with the command ::weather, and a conversation that an agent holds."""
    values = {"name": "weather", "url": "https://shop.example.com/weather", "category": "", "description": "Forecast"}
    acme.weather = do_create_command(DynamicCommand, acme.hub, values)
    acme.talk, _ = say(acme, acme.establish(), acme.agent, message=words("Hello!"))
    return acme


def test_the_service_is_asked_with_a_signature_and_its_answer_is_said(shop, service):
    service.answer = {"responses": [
        {"to": "customer", "message": words("Sunny in Paris.")},
        {"to": "sender", "message": words("From the cache.")},
        {"to": "Customer", "event": {"type": "payload", "payloadType": "weather", "payload": {"sky": "blue"}}},
    ]}  # fmt: skip
    key = typed(shop, shop.talk, '::weather Paris "two days"')
    sunny, note, event, answer = after(shop.talk, key)
    assert (sunny.content, receivers(sunny)) == (words("Sunny in Paris."), {shop.customer.name})
    assert (note.content, receivers(note)) == (words("From the cache."), {shop.agent.name})
    assert (event.content["payload"], receivers(event)) == ({"sky": "blue"}, {shop.customer.name})
    assert (answer.content["status"], receivers(answer)) == ("done", {shop.agent.name})
    (request,) = service.asked
    body = json.loads(request.body)
    assert request.url == shop.weather.url
    assert body["dynamic"]["command"] == {
        "name": "weather", "text": '::weather Paris "two days"', "arguments": ["Paris", "two days"],
    }  # fmt: skip
    assert body["dynamic"]["sender"]["integrationId"] == str(shop.agent.id)
    assert body["dynamic"]["customer"]["channelType"] == "Direct"
    assert body["conversationProperties"]["profile"]["full name"]
    assert (body["tenantId"], body["conversationId"]) == (str(shop.tenant.id), str(shop.talk.id))
    assert request.headers["x-hubster-signature"] == hubster_signature(shop.weather.private_key, request.body)
    Webhook(standard_secret(shop.weather.private_key)).verify(request.body, request.headers)
    assert request.headers["webhook-id"] == key
    line = line_of(Activity.objects.get(pk=key), "command")
    assert (line["outcome"], line["note"][:13]) == ("done", "Your service ")
    assert not CommandCall.objects.exists()


@pytest.mark.parametrize("line", ["::Öffnung", "::ÖFFNUNG", "::öffnung"])
def test_a_name_is_found_in_whatever_case_it_is_typed(shop, service, line):
    do_update_command(shop.weather, {"name": "Öffnung"})
    after(shop.talk, typed(shop, shop.talk, line))
    assert len(service.asked) == 1


def test_the_former_key_signs_beside_the_new_one_for_a_day(shop, service):
    former = shop.weather.private_key
    do_update_command(shop.weather, {"regenerate": True})
    typed(shop, shop.talk, "::weather")
    during = service.asked[-1]
    for key in (former, shop.weather.private_key):
        Webhook(standard_secret(key)).verify(during.body, during.headers)
    assert during.headers["x-hubster-public-key"] == shop.weather.public_key
    assert during.headers["x-hubster-signature"] == hubster_signature(shop.weather.private_key, during.body)
    with time_machine.travel(clock.now() + KEY_OVERLAP + timedelta(seconds=1), tick=False):
        typed(shop, shop.talk, "::weather")
        after_it = service.asked[-1]
        Webhook(standard_secret(shop.weather.private_key)).verify(after_it.body, after_it.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(standard_secret(former)).verify(after_it.body, after_it.headers)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ConnectFailure("The connection was refused."), "The connection was refused."),
        (DeadlineExceeded("No answer within 10 seconds."), "No answer within 10 seconds."),
        ((500, b"oops"), "HTTP 500"),
        ((302, b""), "HTTP 302"),
        ((200, b"<html>"), "not valid JSON"),
        ((200, b"[" * 100_000), "not valid JSON"),
        ((200, b'{"responses": [{"message": {"type": "text", "text": "a\\u0000"}}]}'), "NUL character"),
        ((200, b'{"responses": [{"message": {"type": "text", "text": "\\ud800"}}]}'), "surrogate"),
        ((200, b'{"responses": [], "rate": NaN}'), "NaN"),
        ((200, b'{"responses": [], "responses": []}'), "twice"),
        ((200, b'{"responses": "\xff"}'), "not valid JSON"),
        (KeyError("a fault of ours"), "KeyError"),
        ((200, b"[]"), "responses"),
        ({"responses": "many"}, "responses"),
        ({"responses": [{}] * 21}, "up to 20"),
        ({"responses": [{"to": "nobody", "message": words("x")}]}, "responses[0]"),
        ({"responses": [{"to": "customer"}]}, "responses[0]"),
        ({"responses": ["text"]}, "responses[0]"),
        ({"responses": [{"to": "sender", "message": words("x"), "event": {"type": "seen"}}]}, "responses[0]"),
        ({"responses": [{"message": words("x")}]}, "responses[0] needs 'to' (customer or sender)"),
        ({"responses": [{"to": None, "message": words("x")}]}, "responses[0] needs 'to'"),
        ({"responses": [{"to": "", "message": words("x")}]}, "responses[0] needs 'to'"),
        ({"responses": [{"to": 2, "message": words("x")}]}, "responses[0] needs 'to'"),
        (
            {"responses": [{"to": "sender", "message": words("x")}, {"event": {"type": "seen"}}]},
            "responses[1] needs 'to'",
        ),
        ({"answers": []}, 'missing a "responses" list'),
        (
            {"responses": [{"to": "sender", "message": words("x")}, {"to": "sender", "message": {"type": "text"}}]},
            "responses[1].message",
        ),
        ({"responses": [{"to": "customer", "message": {"type": "image", "url": "javascript:1"}}]}, "must be a URL"),
    ],
)
def test_a_service_that_fails_is_told_clearly_and_nothing_else_is_said(shop, service, answer, words):
    service.answer = answer
    (row,) = after(shop.talk, typed(shop, shop.talk, "::weather"))
    assert code_of(row.content) == "ENG009299"
    assert words in row.content["text"]
    assert row.content["errors"][0]["description"] == f"{codes.TABLE['ENG009299'].text} (code: ENG009299)"
    assert receivers(row) == {shop.agent.name}
    assert len(service.asked) == 1
    assert not CommandCall.objects.exists()
    assert line_of(Activity.objects.get(content__text="::weather"), "command")["outcome"] == "failed"


@pytest.mark.parametrize("answer", [(204, b""), (200, b"  "), (200, b"null"), {}, {"responses": []}, {"Responses": []}])
def test_a_service_may_have_nothing_to_say(shop, service, answer):
    service.answer = answer
    (row,) = after(shop.talk, typed(shop, shop.talk, "::WEATHER"))
    assert row.content["status"] == "done"


def test_a_call_that_a_crash_cut_off_is_made_again_under_its_id_and_a_late_answer_says_nothing(shop, service):
    def cut_off():
        if len(service.asked) == 1:
            raise SystemExit
        return {"responses": [{"to": "customer", "message": words("Sunny.")}]}

    service.answer = cut_off
    with pytest.raises(SystemExit):
        typed(shop, shop.talk, "::weather")
    row = CommandCall.objects.get()
    assert not do_call(row.pk), "somebody has it"
    with time_machine.travel(row.lease_until + timedelta(seconds=5), tick=False):
        do_all("command")
    assert [request.headers["webhook-id"] for request in service.asked] == [str(row.activity_id)] * 2
    assert Activity.objects.filter(content=words("Sunny.")).count() == 1
    assert not CommandCall.objects.exists()


def test_an_answer_that_comes_after_another_workers_says_nothing(shop, service, monkeypatch):
    def overtaken():
        if len(service.asked) == 1:
            CommandCall.objects.update(lease_until=clock.now())
            assert do_call(CommandCall.objects.get().pk)
        return {"responses": [{"to": "customer", "message": words("Sunny.")}]}

    service.answer = overtaken
    typed(shop, shop.talk, "::weather")
    assert Activity.objects.filter(content=words("Sunny.")).count() == 1


@pytest.mark.parametrize("how", ["its conversation is gone", "it cannot be said"])
def test_a_call_of_which_nothing_can_be_stored_costs_no_other_one_its_answer(acme, monkeypatch, how):
    first, second, third = add_calls(acme, 3)
    calls = [found for row in (first, second, third) for found in taken("command", row.pk)]
    gone = calls[1].row.activity.conversation_id
    if how == "its conversation is gone":
        Conversation.objects.filter(pk=gone).delete()
    else:
        said = call.do_carry_out

        def refusing(conversation, *rest):
            if conversation.pk == gone:
                raise ValueError
            said(conversation, *rest)

        monkeypatch.setattr(call, "do_carry_out", refusing)
    store(KIND, calls)
    assert not CommandCall.objects.filter(pk__in=[first.pk, third.pk]).exists()
    for row in CommandCall.objects.all():
        assert row.due > clock.now(), "it is not asked again and again"


def test_what_comes_after_the_conversation_was_closed_is_not_said_to_the_customer(shop, service):
    def closed():
        Conversation.objects.update(closed=clock.now())
        return {"responses": [{"to": "customer", "message": words("Sunny.")}]}

    service.answer = closed
    typed(shop, shop.talk, "::weather")
    assert code_of(told(shop.talk)) == "ENG006501"
    assert not Activity.objects.filter(content=words("Sunny.")).exists()


def test_a_bot_that_lost_the_floor_meanwhile_says_nothing(shop, service):
    bot = shop.add("Direct", "Bot", integrationType="Bot")
    conversation = shop.establish()

    def taken_over():
        say(shop, conversation, shop.agent, message=words("I am here."))
        return {"responses": [{"to": "customer", "message": words("Sunny.")}]}

    service.answer = taken_over
    typed(shop, conversation, "::weather", bot)
    assert code_of(told(conversation)) == "ENG000110"
    assert not Activity.objects.filter(content=words("Sunny.")).exists()


@pytest.mark.parametrize("with_agents", [True, False])
def test_what_is_for_the_sender_reaches_a_bot_and_nobody_else(shop, service, with_agents):
    bot = shop.add("Direct", "Bot", integrationType="Bot")
    conversation = shop.establish()
    if not with_agents:
        Integration.objects.filter(pk=shop.agent.pk).update(status=Integration.Status.PAUSED)
    service.answer = {"responses": [{"to": "sender", "message": words("From the cache.")}]}
    note, _ = after(conversation, typed(shop, conversation, "::weather", bot))
    assert (note.content, receivers(note)) == (words("From the cache."), {bot.name})


def test_the_command_of_another_hub_does_not_exist(shop, globex, service):
    conversation, _ = say(globex, globex.establish(), globex.agent, message=words("Hello!"))
    (row,) = after(conversation, typed(globex, conversation, "::weather"))
    assert code_of(row.content) == "ENG009001"
    assert not service.asked
