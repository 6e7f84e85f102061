"""The desk in a real browser: answering, who holds a conversation, typing and seen, on a desk and on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import live
from tests.e2e.desk import Customer, Office, called, new_shop, opened, row, write
from tests.e2e.screens import DESK, PHONE, is_accessible
from tests.engine.test_message_types import MESSAGES

pytestmark = pytest.mark.browser
SMALL = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def people(chromium: Browser, site: live.Stack) -> Office:
    """Sessions of the whole module."""
    return Office(chromium, site.base)


@pytest.fixture
def office(people: Office, site: live.Stack) -> Iterator[Office]:
    """Agents at their desks. A complaint on a console, such as a breach of the content policy, fails the test."""
    site.revive()
    yield people
    assert people.leave() == []


@pytest.fixture
def ada(site: live.Stack) -> Customer:
    """A customer of a hub where only people answer."""
    return Customer(new_shop(site), "Ada Lovelace")


def assignee(page: Page) -> str:
    return page.locator("#assignee").inner_text()


def test_an_agent_answers_a_customer_and_both_see_what_the_other_does(office, ada):
    asked = ada.says("Do you sell tea?")
    page = office.enter()
    expect(row(page, ada)).to_contain_text("Waiting under 1 min")
    expect(row(page, ada)).to_contain_text("Unassigned")
    opened(page, ada)
    assert ada.hears() == {"type": "seen", "eventId": asked}
    ada.does("typing_on")
    expect(page.locator("#typing")).to_have_text("Ada Lovelace is typing…")
    ada.does("typing_off")
    expect(page.locator("#typing")).to_have_count(0)
    page.locator("#text").press_sequentially("Yes")
    assert ada.hears() == {"type": "typing_on"}
    page.locator("#text").press("Enter")
    assert ada.hears_text() == "Yes"
    expect(page.locator(".said.right .meta")).to_contain_text("Sent")
    ada.does("seen")
    expect(page.locator(".said.right .meta")).to_contain_text("Seen")
    expect(page.locator("#assignee")).to_have_text("You")
    expect(row(page, ada)).to_contain_text("You")
    expect(row(page, ada)).not_to_contain_text("Waiting")


def test_a_conversation_is_opened_answered_left_and_closed_by_keyboard(office, ada):
    ada.says("Hello")
    page = office.enter()
    expect(row(page, ada)).to_be_visible()
    page.locator("#rows").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("Good morning")
    page.keyboard.press("Enter")
    assert ada.hears_text() == "Good morning"
    page.keyboard.press("Escape")
    expect(page.locator("#blank")).to_be_visible()
    expect(page.locator("#rows")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Close").press("Enter")
    expect(page.locator("#assignee")).to_have_text("Closed")
    expect(page.locator("#why")).to_contain_text("This conversation is closed.")
    is_accessible(page)


def test_seen_covers_every_message_up_to_the_last_one_that_the_customer_saw(office, ada):
    ada.says("Hello")
    page = opened(office.enter(), ada)
    for text in ("One", "Two"):
        write(page, text)
        assert ada.hears_text() == text
    ada.does("seen")
    expect(page.locator(".state-seen")).to_have_count(2)
    write(page, "Three")
    assert ada.hears_text() == "Three"
    states = page.locator(".said.right .meta")
    expect(states.nth(1)).to_contain_text("Seen")
    expect(states.nth(2)).to_contain_text("Sent")
    expect(states.nth(0)).to_contain_text("Seen")
    ada.does("seen")
    expect(page.locator(".state-seen")).to_have_count(3)


def test_a_draft_that_is_emptied_is_typed_no_more(office, ada):
    ada.says("Hello")
    page = opened(office.enter(), ada)
    assert ada.hears()["type"] == "seen"
    page.locator("#text").fill("Wel")
    assert ada.hears() == {"type": "typing_on"}
    page.locator("#text").fill("")
    assert ada.hears() == {"type": "typing_off"}


def test_messages_are_not_seen_by_a_desk_that_shows_another_conversation(office, ada):
    bob = Customer(ada.shop, "Bob")
    first = ada.says("Hello")
    page = opened(office.enter(), ada)
    assert ada.hears() == {"type": "seen", "eventId": first}
    asked = bob.says("Me too")
    expect(row(page, bob)).to_contain_text("Waiting")
    answered = ada.says("Still there?")
    assert ada.hears() == {"type": "seen", "eventId": answered}
    opened(page, bob)
    assert bob.hears() == {"type": "seen", "eventId": asked}


def test_how_long_a_customer_waits_keeps_itself_up_to_date(office, ada):
    ada.says("Hello")
    page = office.enter()
    page.clock.install()
    page.reload()
    expect(row(page, ada)).to_contain_text("Waiting under 1 min")
    page.clock.fast_forward("05:30")
    expect(row(page, ada)).to_contain_text("Waiting 5 min")


def test_an_agent_takes_over_from_the_bot_and_hands_back(office, site):
    eve = Customer(new_shop(site, bot=True), "Eve")
    eve.says("Hello")
    page = opened(office.enter(), eve)
    expect(row(page, eve)).to_contain_text("Bot")
    expect(page.locator("#held")).to_contain_text("The bot is handling this. Reply to take over.")
    page.get_by_role("button", name="Take over").click()
    expect(page.locator("#assignee")).to_have_text("You")
    expect(page.locator(".event").last).to_have_text("You took over from the bot")
    expect(page.locator("#held")).to_be_hidden()
    expect(page.locator("#text")).to_be_focused()
    page.get_by_role("button", name="Hand back to the bot").click()
    expect(page.locator("#assignee")).to_have_text("Bot")
    expect(page.locator(".event").last).to_contain_text("Handed back to the bot")


def test_the_second_agent_is_told_who_has_it_and_can_take_it(office, ada, site):
    agent, manager = called(site, "agent"), called(site, "manager")
    ada.says("Hello")
    first = opened(office.enter(), ada)
    write(first, "Good morning")
    expect(first.locator("#assignee")).to_have_text("You")
    second = opened(office.enter("manager"), ada)
    expect(second.locator("#assignee")).to_have_text(agent)
    expect(second.locator("#held")).to_contain_text(f"{agent} is replying. You can still send a message.")
    write(second, "::takeover")
    failed = second.locator(".answer.failed")
    expect(failed).to_contain_text(f"{agent} has already taken over this conversation")
    expect(failed).to_contain_text("ENG000110")
    second.locator("#held").get_by_role("button", name="Take over").click()
    expect(second.locator("#assignee")).to_have_text("You")
    expect(first.locator("#assignee")).to_have_text(manager)
    expect(first.locator("#held")).to_contain_text(f"{manager} is replying.")


def test_of_two_who_claim_it_at_once_the_slower_one_is_told(office, ada, site):
    ada.says("Hello")
    slow = opened(office.enter("manager"), ada)
    office.cut = True
    slow.route("**/admin/desk/conversations?*", lambda route: route.abort())  # it hears of nothing meanwhile
    slow.route(f"**/admin/desk/conversations/{ada.conversation}?*", lambda route: route.abort())
    quick = opened(office.enter(), ada)
    quick.get_by_role("button", name="Take over").click()
    expect(quick.locator("#assignee")).to_have_text("You")
    slow.get_by_role("button", name="Take over").click()
    expect(slow.locator("#why")).to_have_text("Another agent took this conversation first.")
    slow.unroute_all()
    slow.reload()
    expect(slow.locator("#held")).to_contain_text(f"{called(site, 'agent')} is replying.")


def test_what_is_written_without_a_connection_goes_out_in_its_order_when_it_is_back(office, ada):
    ada.says("Hello")
    page = opened(office.enter(), ada)
    assert ada.hears()["type"] == "seen"
    office.cut = True
    page.context.set_offline(True)
    for text in ("One", "Two", "::help"):
        write(page, text)
    expect(page.locator(".unsent")).to_have_count(3)
    expect(page.locator(".unsent").last).to_contain_text("This message will be sent when you are back online.")
    page.context.set_offline(False)
    assert [ada.hears_text(), ada.hears_text()] == ["One", "Two"]
    expect(page.locator(".answer.done")).to_be_visible()
    expect(page.locator(".unsent")).to_have_count(0)


def test_what_one_process_did_not_take_goes_out_at_the_next_sign_of_life(office, ada):
    ada.says("Hello")
    page, sockets = office.enter(), []
    page.route_web_socket("**/events", lambda socket: sockets.append(socket) or socket.connect_to_server())
    page.reload()
    opened(page, ada)
    expect(page.locator("#state-text")).to_have_text("Live")
    office.cut = True
    page.route("**/reply", lambda route: route.fulfill(status=502))
    write(page, "One")
    write(page, "Two")
    expect(page.locator(".unsent")).to_have_count(2)
    page.unroute("**/reply")
    sockets[-1].send("{}")
    assert [ada.hears_text(), ada.hears_text()] == ["One", "Two"]
    expect(page.locator(".unsent")).to_have_count(0)


@pytest.mark.parametrize("size", [DESK, SMALL], ids=["desk", "phone"])
def test_every_message_type_is_shown_within_the_screen(office, ada, size):
    sender = {"integrationId": ada.shop.agent}
    for content in MESSAGES.values():
        path = f"/inbound/business/v1/direct/activity/{ada.conversation}"
        ada.shop.account.done("POST", path, {"message": content, "sender": sender})
    page = office.enter(viewport=size)
    opened(page, ada)
    expect(page.locator(".said")).to_have_count(len(MESSAGES))
    text = page.locator("#log").inner_text()
    for words in ("Eva Green", "(416) 555-0001", "Victorious", "Red Baron", "See more options", "Year end report",
                  "2640 Matheson", "Cosmic Journeys"):  # fmt: skip
        assert words in text
    assert "[" not in text, "a type that is not shown"
    place = page.get_by_role("link", name="Show on OpenStreetMap").first
    assert (place.get_attribute("href") or "").startswith("https://www.openstreetmap.org/")
    too_wide = "[...document.querySelectorAll('.said')].filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    assert page.evaluate(too_wide) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    is_accessible(page)


def test_a_phone_shows_the_list_the_thread_and_the_profile_one_at_a_time(office, ada):
    ada.says("Hello")
    page = office.enter(viewport=PHONE)
    is_accessible(page)
    opened(page, ada)
    expect(page.locator("#rows")).to_be_hidden()
    write(page, "Good morning")
    assert ada.hears_text() == "Good morning"
    page.get_by_role("button", name="About the customer").click()
    expect(page.locator("#profile")).to_contain_text("Assigned to")
    page.get_by_role("button", name="Hide").click()
    page.get_by_role("button", name="Back to the list").click()
    expect(row(page, ada)).to_be_visible()


def test_dots_stand_still_for_whoever_wants_no_motion(office, ada):
    ada.says("Hello")
    page = opened(office.enter(reduced_motion="reduce"), ada)
    ada.does("typing_on")
    dot = page.locator("#typing i").first
    expect(dot).to_be_visible()
    assert dot.evaluate("(one) => getComputedStyle(one).animationName") == "none"


def test_the_list_goes_by_what_was_said_and_stays_while_somebody_types(office, ada):
    ada.says("Hello")
    bob = Customer(ada.shop, "Bob")
    bob.says("Me too")
    page = opened(office.enter(), ada)
    order = page.locator("#rows .row-name")
    expect(order.first).to_contain_text("Bob")
    ada.does("typing_on")
    expect(page.locator("#typing")).to_be_visible()
    expect(order.first).to_contain_text("Bob")
    ada.says("Are you there?")
    expect(order.first).to_contain_text("Ada")
