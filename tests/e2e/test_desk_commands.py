"""Commands at the desk in a real browser: the picker by keyboard, the answers, and what the customer never sees."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import live
from tests.e2e.desk import Customer, Office, new_shop, opened, prepare, write
from tests.e2e.screens import DESK, PHONE, is_accessible

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def people(chromium: Browser, site: live.Stack) -> Office:
    """Sessions of the whole module."""
    return Office(chromium, site.base)


@pytest.fixture
def office(people: Office) -> Iterator[Office]:
    """Agents at their desks, whose consoles stay empty."""
    yield people
    assert people.leave() == []


@pytest.fixture
def ada(site: live.Stack) -> Customer:
    """A customer of a hub with three responses, who has asked something."""
    shop = new_shop(site)
    prepare(shop, "Our prices", "All teas cost 4.90.", category="Sales", description="The price list")
    prepare(shop, "contact", "Call +1 416 555 0001.")
    prepare(shop, "returns", "Within 30 days.")
    customer = Customer(shop, "Ada Lovelace")
    customer.says("What does it cost?")
    return customer


@pytest.fixture
def page(office: Office, ada: Customer) -> Page:
    """An agent's desk with that conversation open."""
    shown = opened(office.enter(), ada)
    assert ada.hears()["type"] == "seen"
    return shown


def options(page: Page) -> list[str]:
    return page.locator("#picker .pick-usage").all_inner_texts()


def chosen(page: Page) -> str:
    """The usage of the option that the field names as active."""
    active = page.locator("#text").get_attribute("aria-activedescendant")
    return page.locator(f"#{active} .pick-usage").inner_text()


def test_the_picker_says_when_there_is_no_such_command(page):
    field, note = page.locator("#text"), page.locator("#picker-status.picker-none")
    field.press_sequentially("::zz")
    expect(note).to_have_text("No matching command. Type :: to see all of them.")
    field.fill("::pri")
    expect(note).to_have_count(0)
    field.fill('::resp -n "Our prices" ')  # a whole one
    expect(note).to_have_count(0)
    field.fill("Nothing of that.")
    expect(note).to_have_count(0)


def test_a_response_is_picked_and_sent_by_keyboard(page, ada):
    field = page.locator("#text")
    field.press_sequentially("::")
    expect(page.locator("#picker")).to_be_visible()
    expect(page.locator("#picker-status")).to_contain_text("9 commands")
    assert options(page)[:3] == ["::resp -n contact", '::resp -n "Our prices"', "::resp -n returns"]
    field.press_sequentially("pri")
    assert options(page) == ['::resp -n "Our prices"']
    expect(page.locator("#picker")).to_contain_text("“All teas cost 4.90.”")
    expect(page.locator("#picker")).to_contain_text("Sales")
    field.press("Enter")
    expect(field).to_have_value('::resp -n "Our prices"')
    expect(page.locator("#picker")).to_be_hidden()
    field.press("Enter")
    assert ada.hears() == {"type": "text", "text": "All teas cost 4.90."}, "neither the line nor typing comes before it"
    expect(page.locator(".typed")).to_contain_text('::resp -n "Our prices"')
    expect(page.locator(".typed")).to_contain_text("Internal")
    expect(page.locator(".answer.done")).to_contain_text("Our prices: 1 message sent to the customer.")
    expect(page.locator(".said.right")).to_have_count(1)


def test_arrows_go_round_tab_chooses_and_escape_closes(page):
    field = page.locator("#text")
    field.press_sequentially("::")
    expect(page.locator("#picker")).to_be_visible()
    assert chosen(page) == "::resp -n contact"
    field.press("ArrowDown")
    assert chosen(page) == '::resp -n "Our prices"'
    field.press("ArrowUp")
    field.press("ArrowUp")
    assert chosen(page) == "::help"
    field.press("Escape")
    expect(page.locator("#picker")).to_be_hidden()
    expect(page.locator("#open")).to_be_visible()
    assert field.get_attribute("aria-activedescendant") is None
    field.press_sequentially("re")
    expect(page.locator("#picker")).to_be_hidden()
    field.fill("")
    field.press_sequentially("::ret")
    expect(page.locator("#picker")).to_be_visible()
    field.press("Tab")
    expect(field).to_have_value("::resp -n returns")
    expect(field).to_be_focused()


def test_the_button_opens_the_picker_and_a_click_chooses(page):
    page.get_by_role("button", name="Commands").click()
    page.locator("#picker").get_by_text("::help", exact=True).click()
    expect(page.locator("#text")).to_have_value("::help")
    expect(page.locator("#text")).to_be_focused()


def test_a_list_is_a_table_whose_usages_go_into_the_field(page, ada):
    write(page, "::help")
    table = page.locator(".known table")
    expect(table.get_by_role("row", name="takeover")).to_contain_text("Assigns the conversation to you.")
    table.get_by_role("button", name="Insert ::resp -n", exact=True).press("Enter")
    expect(page.locator("#text")).to_have_value("::resp -n ")
    expect(page.locator("#text")).to_be_focused()
    write(page, "::resp --list")
    expect(page.locator(".known")).to_have_count(2)
    page.get_by_role("button", name='Insert ::resp -n "Our prices"').click()
    page.locator("#text").press("Enter")
    assert ada.hears_text() == "All teas cost 4.90."


def test_a_failed_command_says_why_and_what_to_type_instead(page):
    write(page, "::resp -n nope")
    failed = page.locator(".answer.failed")
    expect(failed).to_contain_text("Command 'nope' was not found.")
    expect(failed).to_contain_text("ENG009200")
    failed.get_by_role("button").click()
    expect(page.locator("#text")).to_have_value("::resp --list")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_commands_are_accessible_and_fit(office, ada, size):
    page = opened(office.enter(viewport=size), ada)
    for line in ("::resp -x contact", "::help", "::nothing"):  # of which the picker knows no longer form
        write(page, line)
    expect(page.locator(".answer")).to_have_count(3)
    ada.does("typing_on")
    expect(page.locator("#typing")).to_be_visible()
    page.locator("#text").fill("::")
    expect(page.locator("#picker")).to_be_visible()
    is_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.evaluate("document.documentElement.scrollHeight") <= size["height"]
