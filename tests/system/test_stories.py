"""Stories: a visitor, a bot and agents in one conversation, each on a connection of their own."""

import threading
import uuid

import pytest

from tests.services import wait_until
from tests.system.people import Cast, Person

CONTACT = {"type": "contact", "title": "Ada's tea", "properties": [{"key": "Phone", "value": "555 0100"}]}


@pytest.fixture
def cast(live, shop):
    made = Cast(live.base, shop, [])
    yield made
    for person in made.people:
        person.ear.close()


def commands(shop) -> None:
    """What the agents of this hub can type."""
    page = {"name": "kettles", "url": "https://shop.example.com/kettles", "linkDescription": "Our kettles",
            "mountDelay": 1000}  # fmt: skip
    shop.account.done("POST", f"/api/v1/commands/transfers/{shop.hub}", page)
    card = {"name": "contact", "integrationTypeId": "customer", "type": "message", "responses": [CONTACT]}
    shop.account.done("POST", f"/api/v1/commands/responses/{shop.hub}", card)


def with_bot(cast, shop) -> tuple[Person, Person, Person]:
    """(visitor, bot, agent) of a hub whose visitors may ask for a person."""
    commands(shop)
    cast.rules(handoverPhrases=["a person"])
    helper = cast.bot()
    visitor = cast.visitor()
    return visitor, cast.join(visitor, helper), cast.join(visitor, shop.agent)


def ask_for_a_person(visitor, bot, ada) -> None:
    """Ada has the conversation afterwards."""
    visitor.says("May I talk to a person?")
    ada.hears("May I talk to a person?")
    assert bot.is_told("handover")["reason"] == ada.is_told("handover")["reason"] == "phrase"
    visitor.hears("I am passing you on to a person, who will reply here.")
    ada.says("Hello, I am Ada.")
    visitor.hears("Hello, I am Ada.")
    assert bot.is_told("takeover")["reason"] == ada.is_told("takeover")["reason"] == "answer"


def test_a_visitor_talks_to_the_bot_and_asks_for_a_person(cast, shop):
    visitor, bot, ada = with_bot(cast, shop)
    visitor.says("Do you have green kettles?")
    bot.hears("Do you have green kettles?")
    bot.does("typing_on")
    visitor.sees("typing_on")
    bot.says("We do. Which size?")
    visitor.hears("We do. Which size?")
    visitor.does("seen")
    bot.sees("seen")
    ask_for_a_person(visitor, bot, ada)
    assert bot.refused(message={"type": "text", "text": "May I?"}) == "ENG000110"
    visitor.does("typing_on")
    ada.sees("typing_on")
    assert bot.hears_nothing_more()


def test_an_agent_transfers_a_visitor_sends_a_card_and_hands_back(cast, shop):
    visitor, bot, ada = with_bot(cast, shop)
    ask_for_a_person(visitor, bot, ada)
    ada.types("::trans -n kettles")
    transfer = visitor.next()
    assert transfer["payloadType"] == "hubster.transfer"
    assert transfer["payload"] == {
        "url": "https://shop.example.com/kettles", "label": "Our kettles", "mount": 1000, "force": False,
    }  # fmt: skip
    ada.command_done()
    ada.types("::resp -n contact")
    assert visitor.next() == CONTACT
    ada.command_done()
    visitor.says("Thank you!")
    ada.hears("Thank you!")
    ada.does("handback")
    meanwhile = [row["message"] for row in bot.is_told("handback")["meanwhile"]]
    assert meanwhile == [CONTACT, {"type": "text", "text": "Thank you!"}]
    visitor.says("Are you open on Sunday?")
    bot.hears("Are you open on Sunday?")
    assert ada.hears_nothing_more()
    assert visitor.hears_nothing_more()
    told = [activity.get("message") or activity["event"] for activity in visitor.heard]
    assert not [content for content in told if "::" in str(content) or "takeover" in str(content)]


def test_agents_take_over_from_a_bot_that_is_down(cast, shop, hooks):
    cast.rules(botFailures=1)
    hooks.answer = lambda path, text: 500
    cast.bot(webhookUrl=hooks.url("/bot"))
    visitor = cast.visitor()
    ada = cast.join(visitor, shop.agent)
    visitor.says("Is anybody there?")
    told = ada.is_told("handover")
    assert told["reason"] == "failures"
    assert [row["message"]["text"] for row in told["meanwhile"]] == ["Is anybody there?"]
    ada.says("Yes, I am.")
    visitor.hears("Yes, I am.")
    ada.is_told("takeover")
    visitor.says("Good.")
    ada.hears("Good.")
    assert len(hooks.of("/bot")) >= 1


def test_agents_take_over_from_a_bot_that_lets_the_visitor_wait(cast, shop):
    cast.rules(botPatience=1)
    helper = cast.bot()
    visitor = cast.visitor()
    bot, ada = cast.join(visitor, helper), cast.join(visitor, shop.agent)
    visitor.says("Is anybody there?")
    bot.hears("Is anybody there?")
    assert bot.is_told("handover")["reason"] == ada.is_told("handover")["reason"] == "no answer"
    assert bot.refused(message={"type": "text", "text": "Sorry, I was asleep."}) == "ENG000110"


def test_a_conversation_that_an_agent_leaves_idle_goes_back_to_the_bot(cast, shop, live):
    cast.rules(handbackAfter=30)
    helper = cast.bot()
    visitor = cast.visitor()
    bot, ada = cast.join(visitor, helper), cast.join(visitor, shop.agent)
    ada.says("Hello, I am Ada.")
    visitor.hears("Hello, I am Ada.")
    bot.is_told("takeover")
    ada.is_told("takeover")
    half_an_hour = 31 * 60 * 1000
    live.change(
        "UPDATE engine_conversation SET last_said = last_said - ? WHERE id = ?",
        half_an_hour,
        uuid.UUID(visitor.conversation),
    )
    live.change("UPDATE engine_job SET due = started WHERE name = ? AND lease_token IS NULL", "conversations_silent")
    assert bot.is_told("handback")["reason"] == "silence"
    visitor.says("And on Sunday?")
    bot.hears("And on Sunday?")


def test_of_two_agents_who_take_over_at_once_exactly_one_wins(cast, shop):
    helper = cast.bot()
    second = shop.add("Direct", integrationType="Agent")["integrationId"]
    visitor = cast.visitor()
    bot, ada, bob = cast.join(visitor, helper), cast.join(visitor, shop.agent), cast.join(visitor, second)
    visitor.says("Hello?")
    bot.hears("Hello?")
    together, answers = threading.Barrier(2), {}

    def take(person) -> None:
        together.wait()
        content = {"type": "payload", "payloadType": "hubster.takeover", "payload": {}}
        answers[person] = person.post(event=content)

    threads = [threading.Thread(target=take, args=[person]) for person in (ada, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answer.status_code for answer in answers.values()) == [200, 403]
    winner, loser = sorted((ada, bob), key=lambda person: answers[person].status_code)
    assert answers[loser].json()["errors"][0]["code"] == 110
    assert bot.is_told("takeover") == loser.is_told("takeover")
    winner.says("I have you.")
    visitor.hears("I have you.")
    assert bot.hears_nothing_more()
    loser.does("takeover", force=True)
    assert winner.is_told("takeover")["force"] is True
    bot.is_told("takeover")


def test_a_paused_hub_takes_nothing_from_anybody_and_goes_on_where_it_was(cast, shop):
    visitor = cast.visitor()
    ada = cast.join(visitor, shop.agent)
    visitor.says("Hello?")
    ada.hears("Hello?")
    cast.rules(statusId=2002)
    for person in (visitor, ada):
        assert person.refused(message={"type": "text", "text": "lost?"}) == "ENG006503"
        assert person.refused(event={"type": "typing_on"}) == "ENG006503"
    cast.rules(statusId=2000)
    visitor.says("Still here?")
    ada.hears("Still here?")
    ada.says("I am.")
    visitor.hears("I am.")


def test_a_closed_conversation_is_over_for_the_business_and_begins_anew_for_the_visitor(cast, shop):
    visitor = cast.visitor()
    ada = cast.join(visitor, shop.agent)
    visitor.says("Hello?")
    ada.hears("Hello?")
    ada.says("Goodbye.")
    visitor.hears("Goodbye.")
    shop.account.done("POST", f"/api/v1/conversations/{visitor.conversation}/close")
    assert ada.refused(message={"type": "text", "text": "One more thing"}) == "ENG006501"
    receipt = visitor.says("One more question!")
    assert receipt["conversationId"] != visitor.conversation
    wait_until("it is in the new one", lambda: len(shop.activities(receipt["conversationId"])) == 1)
    assert [row["message"]["text"] for row in shop.activities(visitor.conversation)] == ["Hello?", "Goodbye."]
