"""What the chat shows and tells of both sides: typing, seen, transfers, unread messages."""

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests import live
from tests.e2e.widget import PATH, Business, bubbles, opened, part, say, set_hidden
from tests.system.account import Account

pytestmark = pytest.mark.browser


@pytest.fixture
def talk(visitor: BrowserContext, site: live.Stack) -> tuple:
    """A visitor who said hello, and the business."""
    page = opened(visitor)
    say(page, "Hello")
    return page, Business(Account(site.base))


def test_the_business_is_typing_until_it_has_spoken(talk):
    page, business = talk
    business.send(event={"type": "typing_on"})
    expect(part(page, ".typing")).to_have_text("Agent is typing")
    business.say("Noor here.")
    expect(bubbles(page, "agent")).to_have_text(["Agent: Noor here."])
    expect(part(page, ".typing")).to_have_count(0)
    business.send(event={"type": "typing_on"})
    expect(part(page, ".typing")).to_have_count(1)
    business.send(event={"type": "typing_off"})
    expect(part(page, ".typing")).to_have_count(0)


def test_the_visitors_typing_is_told_once_and_ends(talk):
    page, business = talk
    field = part(page, "textarea")
    field.press_sequentially("What about the tea")
    business.wait_for("typing_on")
    field.fill("")
    business.wait_for("typing_off")
    assert len(business.heard("typing_on")) == 1


def test_what_the_visitor_saw_is_told_once_whatever_number_of_tabs(talk, visitor):
    page, business = talk
    set_hidden(page, True)
    newest = business.say("Noor here.")
    expect(bubbles(page, "agent")).to_have_count(1)
    assert newest not in [event["eventId"] for event in business.heard("seen")]
    set_hidden(page, False)
    business.wait_for("seen")
    other = opened(visitor)
    expect(bubbles(other, "agent")).to_have_count(1)
    say(other, "Thanks")
    assert [event["eventId"] for event in business.heard("seen")].count(newest) == 1


def test_sent_becomes_seen_at_the_last_message_that_was(talk):
    page, business = talk
    business.send(event={"type": "seen"})
    metas = part(page, ".row.own .meta")
    expect(metas).to_contain_text(["Seen"])
    say(page, "And one more")
    expect(metas.last).to_contain_text("Sent")
    expect(metas.first).to_contain_text("Seen")


def test_an_offered_transfer_is_a_link_that_stays_in_this_window(talk, site):
    page, business = talk
    business.transfer(f"{site.base}/docs/", mount=-1, force=False)
    link = part(page, "a.transfer")
    expect(link).to_have_text("Click here to be transferred")
    assert page.url.endswith(PATH)
    link.click()
    page.wait_for_url("**/docs/")


def test_a_forced_transfer_goes_once_and_opens_the_chat_there(talk, site):
    page, business = talk
    part(page, "textarea").fill("half a sentence")
    business.transfer(f"{site.base}{PATH}?next", mount=0, force=True)
    page.wait_for_url("**?next")
    expect(part(page, ".panel.open")).to_be_visible()
    expect(part(page, "textarea")).to_have_value("half a sentence")
    page.goto(PATH)
    part(page, ".launcher").click()
    expect(part(page, "a.transfer")).to_be_visible()
    expect(part(page, ".status")).to_be_empty()
    assert page.url.endswith(PATH)


def test_only_the_tab_that_is_looked_at_goes(talk, visitor, site):
    page, business = talk
    other = opened(visitor)
    set_hidden(page, True)
    business.transfer(f"{site.base}{PATH}?next", mount=-1, force=True)
    other.wait_for_url("**?next")
    expect(part(page, "a.transfer")).to_have_count(1)
    set_hidden(page, False)
    expect(part(page, ".status")).to_be_empty()
    assert page.url.endswith(PATH)


def test_unread_messages_are_counted_in_the_title_and_at_the_launcher(talk):
    page, business = talk
    title = page.title()
    part(page, ".header .close").last.click()
    set_hidden(page, True)
    business.say("One")
    business.say("Two")
    expect(page).to_have_title(f"(2) {title}")
    expect(part(page, ".launcher .badge")).to_have_text("2")
    expect(part(page, ".launcher")).to_have_attribute("aria-label", "Open chat, 2 unread messages")
    set_hidden(page, False)
    expect(page).to_have_title(title)
    part(page, ".launcher").click()
    expect(part(page, ".divider.new")).to_have_text("New messages")
    part(page, ".header .close").last.click()
    expect(part(page, ".launcher .badge")).to_be_hidden()


def test_a_reader_keeps_the_place_and_jumps_to_the_newest(talk):
    page, business = talk
    for number in range(14):
        business.say(f"Line {number}")
    expect(bubbles(page, "agent")).to_have_count(14)
    page.wait_for_function("() => document.querySelector('hubster-webchat').shadowRoot.querySelector('.jump').hidden")
    part(page, ".list").evaluate("list => { list.scrollTop = 40; }")
    expect(part(page, ".jump")).to_be_visible()
    before = bubbles(page).nth(1).bounding_box()
    business.say("Newest")
    expect(part(page, ".jump")).to_have_attribute("aria-label", re.compile("1 unread message$"))
    assert bubbles(page).nth(1).bounding_box() == before
    part(page, ".jump").click()
    expect(part(page, ".jump")).to_be_hidden()
    expect(bubbles(page).last).to_be_in_viewport()


def test_the_days_are_named(talk):
    page, _ = talk
    expect(part(page, ".divider")).to_have_text(["Today"])


def test_the_sound_can_be_turned_off_for_good(talk):
    page, _ = talk
    button = part(page, "button[aria-pressed]")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    page.reload()
    part(page, ".launcher").click()
    expect(part(page, "button[aria-pressed]")).to_have_attribute("aria-pressed", "false")


@pytest.mark.complains("status of 400")
def test_when_the_business_has_closed_it_typing_is_told_no_more(talk, site):
    page, business = talk
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 400 else None)
    set_hidden(page, True)
    business.say("Goodbye.")
    expect(bubbles(page, "agent")).to_have_count(1)
    business.account.done("POST", f"/api/v1/conversations/{business.conversation}/close")
    with page.expect_response(lambda answer: answer.status == 400):
        set_hidden(page, False)  # what is seen now, nobody is told any more
    field = part(page, "textarea")
    field.press_sequentially("Hello again")
    field.fill("")
    say(page, "Hello again")
    expect(bubbles(page, "own")).to_contain_text(["Hello", "Hello again"])
    expect(part(page, ".row.own .meta").last).to_contain_text("Sent")
    assert len(refused) == 1
