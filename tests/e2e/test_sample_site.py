"""The sample site in a real browser against a real server: what a visitor sees, whatever happens meanwhile."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import live
from tests.e2e.screens import DESK, PHONE, is_accessible
from tests.system.account import Account, guid

pytestmark = [pytest.mark.browser, pytest.mark.complains("status of 404")]
GREETING = "Welcome to Kettle & Fern! How can we help you?"
PAGES = ["/", "/demo/support", "/docs/", "/docs/api", "/docs/operating", "/nowhere"]


@pytest.fixture
def account(site: live.Stack) -> Account:
    """The business, over the API."""
    return Account(site.base)


def opened(context: BrowserContext, path: str = "/") -> Page:
    """A page with its chat open and connected."""
    page = context.new_page()
    page.goto(path)
    page.locator("hubster-webchat .launcher").click()
    expect(bubbles(page).first).to_contain_text(GREETING)
    return page


def bubbles(page: Page, kind: str = "") -> Any:
    """The messages of the chat; `kind` is own, bot, agent or other."""
    return page.locator(f"hubster-webchat .row{'.' + kind if kind else ''} .bubble")


def say(page: Page, text: str) -> None:
    """The visitor types."""
    field = page.locator("hubster-webchat textarea")
    field.fill(text)
    field.press("Enter")


def newest(account: Account, hub: str = "a1") -> str:
    """The conversation that was opened last."""
    rows = account.done("GET", f"/api/v1/conversations/hubs/{guid(hub)}/established")
    return str(rows[0]["conversationId"])


def reply(account: Account, conversation: str, text: str, agent: str = "21") -> None:
    """An agent answers over the API."""
    body = {"message": {"type": "text", "text": text}, "sender": {"integrationId": guid(agent)}}
    account.done("POST", f"/inbound/business/v1/direct/activity/{conversation}", body)


def test_the_bot_answers_a_visitor(visitor):
    page = opened(visitor)
    say(page, "Hello")
    expect(bubbles(page, "bot")).to_contain_text(["I am the shop's bot"])
    expect(page.locator("hubster-webchat .row.own .meta")).to_contain_text("Sent")


def test_the_greeting_stands_on_the_businesss_side(visitor):
    page = opened(visitor)
    say(page, "Hello")
    greeting, own = bubbles(page, "other").bounding_box(), bubbles(page, "own").bounding_box()
    assert greeting["x"] < own["x"]
    assert greeting["y"] < own["y"]


def test_the_bot_hands_over_to_a_person_and_then_keeps_silent(visitor, account):
    page = opened(visitor)
    say(page, "Can I talk to a person?")
    expect(bubbles(page, "other").last).to_contain_text("I am passing you on to a person, who will reply here.")
    reply(account, newest(account), "Ida here.")
    expect(bubbles(page, "agent")).to_have_text(["Agent: Ida here."])
    say(page, "Hello Ida")
    reply(account, newest(account), "What is it about?")
    expect(bubbles(page, "agent")).to_have_count(2)
    expect(bubbles(page, "bot")).to_have_count(0)


def test_a_reload_keeps_the_conversation_in_its_order(visitor, account):
    page = opened(visitor)
    say(page, "Any news?")
    expect(bubbles(page, "bot")).to_have_count(1)
    reply(account, newest(account), "None yet.")
    expect(bubbles(page, "agent")).to_have_count(1)
    before = bubbles(page).all_inner_texts()
    page.reload()
    page.locator("hubster-webchat .launcher").click()
    expect(bubbles(page)).to_have_count(len(before))
    assert bubbles(page).all_inner_texts() == before


def test_two_tabs_are_in_step(visitor, account):
    one = opened(visitor)
    say(one, "first")
    two = opened(visitor)
    expect(bubbles(two, "own")).to_contain_text(["first"])
    say(two, "second")
    reply(account, newest(account), "both")
    for tab in (one, two):
        expect(bubbles(tab, "own")).to_contain_text(["first", "second"])
        expect(bubbles(tab, "agent")).to_contain_text(["both"])
    assert bubbles(one).all_inner_texts() == bubbles(two).all_inner_texts()


@pytest.mark.complains("status of 400")
def test_a_closed_conversation_goes_on_in_the_next_one_in_every_tab(visitor, account):
    one, two = opened(visitor), opened(visitor)
    closed = newest(account)
    account.done("POST", f"/api/v1/conversations/{closed}/close")
    say(one, "still there?")
    expect(bubbles(one, "bot")).to_have_count(1)
    following = newest(account)
    assert following != closed
    reply(account, following, "of course")
    for tab in (one, two):
        expect(bubbles(tab, "own")).to_contain_text(["still there?"])
        expect(bubbles(tab, "agent")).to_contain_text(["of course"])


def test_a_message_typed_while_the_server_is_dead_is_sent_once(visitor, site, account):
    page = opened(visitor)
    say(page, "before")
    expect(bubbles(page, "bot")).to_have_count(1)
    conversation, server = newest(account), site.webs[0]
    server.kill()
    expect(page.locator("hubster-webchat .status")).to_have_text("Connecting…")
    say(page, "while it is down")
    expect(page.locator("hubster-webchat .row.own .meta").last).to_contain_text("Sending…")
    server.start()
    expect(page.locator("hubster-webchat .row.own .meta").last).to_contain_text("Sent", timeout=40_000)
    expect(page.locator("hubster-webchat .status")).to_be_empty(timeout=20_000)
    reply(account, conversation, "welcome back")
    expect(bubbles(page, "agent")).to_have_count(1)
    said = account.done("GET", f"/api/v1/interactions/activities/{conversation}?type=Customer")
    own = [row for row in said if row["sender"]["integrationType"] == "Customer" and row["type"] == "message"]
    texts = [row["message"]["text"] for row in own]
    assert texts == ["before", "while it is down"]
    expect(bubbles(page, "own")).to_have_count(2)


def test_the_support_page_has_people_only(visitor, account):
    page = opened(visitor, "/demo/support")
    say(page, "Hello")
    reply(account, newest(account, "a2"), "Noor here.", "31")
    expect(bubbles(page, "agent")).to_have_text(["Agent: Noor here."])
    expect(bubbles(page, "bot")).to_have_count(0)


def test_the_basket_counts(visitor):
    page = visitor.new_page()
    page.goto("/")
    for number in (0, 2):
        page.locator(".add").nth(number).click()
    expect(page.locator("#basket")).to_have_text("2")
    page.reload()
    expect(page.locator("#basket")).to_have_text("2")


@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_a_phone(visitor, path):
    page = visitor.new_page()
    page.set_viewport_size(PHONE)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_accessible(visitor, path, size):
    page = visitor.new_page()
    page.set_viewport_size(size)
    page.goto(path)
    is_accessible(page)


def test_the_open_chat_is_accessible(visitor):
    page = opened(visitor)
    say(page, "Hello")
    expect(bubbles(page, "bot")).to_have_count(1)
    is_accessible(page, "hubster-webchat")
