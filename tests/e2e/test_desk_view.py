"""The desk's thread, field and list as things load late, change size, or are written in other scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests import live
from tests.e2e.desk import Customer, Office, called, new_shop, opened, row, write
from tests.e2e.screens import PHONE, is_accessible

pytestmark = pytest.mark.browser
TALL = '<svg xmlns="http://www.w3.org/2000/svg" width="280" height="900"/>'
URL = "https://late.example/{}.svg"
CARD = {"type": "card", "title": "Kettle", "imageUrl": URL.format("card")}
LATE = {
    "picture": {"type": "image", "url": URL.format("picture")},
    "card": CARD,
    "avatar": {"type": "contact", "title": "Eva Green", "imageUrl": URL.format("avatar")},
    "carousel": {"type": "carousel", "items": [CARD, CARD]},
}
AT_END = """() => { const log = document.getElementById('log');
  return log.scrollHeight > log.clientHeight && log.scrollHeight - log.scrollTop - log.clientHeight < 5; }"""
SCROLLED_UP = """() => { const log = document.getElementById('log');
  return log.scrollHeight - log.scrollTop - log.clientHeight >= 300; }"""
LOADED = "() => [...document.querySelectorAll('#log img')].every((image) => image.complete && image.naturalHeight > 1)"
NIHON = "にほん"
SAFARI = """(field, [word, key]) => { const on = { bubbles: true, cancelable: true }; field.focus();
  field.dispatchEvent(new CompositionEvent('compositionstart', on)); field.value = word;
  field.dispatchEvent(new Event('input', on));
  field.dispatchEvent(new CompositionEvent('compositionend', { ...on, data: word }));
  field.dispatchEvent(new KeyboardEvent('keydown', { ...on, key, keyCode: 229, which: 229, isComposing: false })); }"""


@pytest.fixture(scope="module")
def people(chromium: Browser, site: live.Stack) -> Office:
    """Sessions of the whole module."""
    return Office(chromium, site.base)


@pytest.fixture
def office(people: Office, site: live.Stack) -> Iterator[Office]:
    """Agents at their desks, whose consoles stay empty."""
    site.revive()
    yield people
    assert people.leave() == []


@pytest.fixture
def ada(site: live.Stack) -> Customer:
    """A customer who has said much."""
    customer = Customer(new_shop(site), "Ada Lovelace")
    for number in range(25):
        customer.says(f"Line {number}")
    return customer


def send(customer: Customer, content: dict) -> None:
    """A message of any type from the business."""
    path = f"/inbound/business/v1/direct/activity/{customer.conversation}"
    body = {"message": content, "sender": {"integrationId": customer.shop.agent}}
    customer.shop.account.done("POST", path, body)


@pytest.mark.parametrize("content", LATE.values(), ids=list(LATE))
def test_a_thread_stays_at_its_end_while_what_is_in_it_loads(office, ada, content):
    send(ada, content)
    page, waiting = office.enter(), list[Route]()
    page.route("https://late.example/**", lambda route: waiting.append(route))
    opened(page, ada)
    page.wait_for_function(AT_END)
    page.wait_for_function("() => document.querySelector('#log img')")
    while waiting or not page.evaluate(LOADED):
        if waiting:
            waiting.pop().fulfill(body=TALL, content_type="image/svg+xml")
        page.evaluate("new Promise(requestAnimationFrame)")
    page.wait_for_function(AT_END)


def test_a_thread_stays_at_its_end_whatever_takes_its_room(office, ada):
    page = opened(office.enter(), ada)
    page.wait_for_function(AT_END)
    page.set_viewport_size({"width": 1000, "height": 500})
    page.wait_for_function(AT_END)
    page.locator("#text").fill("\n".join("abcdefgh"))
    page.wait_for_function(AT_END)
    page.evaluate("document.getElementById('banner').hidden = false")
    page.evaluate("document.getElementById('banner').textContent = 'A warning'")
    page.wait_for_function(AT_END)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(AT_END)


def test_whoever_has_scrolled_up_is_left_there(office, ada):
    page = opened(office.enter(), ada)
    page.wait_for_function(AT_END)
    page.locator("#log").hover()
    page.mouse.wheel(0, -300)
    page.wait_for_function(SCROLLED_UP)
    top = page.evaluate("document.getElementById('log').scrollTop")
    ada.says("One more")
    expect(page.locator("#down")).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 700})
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.evaluate("document.getElementById('log').scrollTop") == top
    page.locator("#down").click()
    page.wait_for_function(AT_END)
    ada.says("And another")
    expect(page.locator("#log")).to_contain_text("And another")
    page.wait_for_function(AT_END)


def height(page: Page) -> float:
    box = page.locator("#text").bounding_box()
    assert box
    return box["height"]


def test_the_field_has_its_height_after_a_closed_conversation(office, ada):
    bob = Customer(ada.shop, "Bob")
    bob.says("Hello")
    page = opened(office.enter(), bob)
    usual = height(page)
    assert usual > 24
    page.locator("#text").fill("One\nTwo\nThree")
    written = height(page)
    assert written > usual
    opened(page, ada)
    assert height(page) == usual
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#box")).to_be_hidden()
    opened(page, bob)
    expect(page.locator("#text")).to_have_value("One\nTwo\nThree")
    assert height(page) == written
    page.locator("#text").fill("")
    assert height(page) == usual


def test_the_field_grows_when_its_lines_break_elsewhere(office, ada):
    page = opened(office.enter(), ada)
    page.locator("#text").fill("words that need the whole width " * 3)
    wide = height(page)
    page.set_viewport_size(PHONE)
    page.wait_for_function("(wide) => document.getElementById('text').offsetHeight > wide", arg=wide)


def test_the_enter_that_chooses_a_word_sends_nothing(office, ada):
    page = opened(office.enter(), ada)
    field = page.locator("#text")
    field.evaluate(SAFARI, [NIHON, "Enter"])
    expect(field).to_have_value(NIHON)
    expect(page.locator(".said.right")).to_have_count(0)
    field.press("Enter")
    expect(page.locator(".said.right")).to_contain_text(NIHON)


@pytest.mark.parametrize("key", ["Enter", "Tab", "ArrowDown", "Escape"])
def test_a_key_of_an_input_method_moves_nothing_in_the_picker(office, ada, key):
    page = opened(office.enter(), ada)
    field = page.locator("#text")
    field.press_sequentially("::")
    expect(page.locator("#picker")).to_be_visible()
    first = field.get_attribute("aria-activedescendant")
    field.evaluate(SAFARI, ["::", key])
    expect(page.locator("#picker")).to_be_visible()
    expect(field).to_have_value("::")
    assert field.get_attribute("aria-activedescendant") == first
    expect(page.locator("#open")).to_be_visible()


def test_half_a_word_is_not_searched_for(office, ada):
    page, asked = office.enter(), []
    page.on("request", lambda request: asked.append(request.url) if "search=" in request.url else None)
    search = page.locator("#search")
    begin = """(field) => { const on = { bubbles: true, isComposing: true };
      field.dispatchEvent(new CompositionEvent('compositionstart', on)); field.value = 'k';
      field.dispatchEvent(new InputEvent('input', on)); }"""
    end = """(field) => { field.value = 'か';
      field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true })); }"""
    search.evaluate(begin)
    with page.expect_request(re.compile("search=")):
        search.evaluate(end)
    assert [url for url in asked if "search=k&" in url or url.endswith("search=k")] == []


def test_a_strangers_name_turns_nothing_beside_it(office, ada):
    eve = Customer(ada.shop, "Evil\u202eelov")
    eve.says("Hello")
    send(eve, {"type": "attachment", "label": "invoice_\u202efdp.exe", "mimeType": "application/pdf",
               "url": "https://example.com/x"})  # fmt: skip
    page = office.enter()
    row(page, eve).click()
    left = page.locator("#name bdi")
    expect(left).to_have_text("Evil\u202eelov")
    boxes = row(page, eve).evaluate(
        """(one) => { const range = document.createRange();
        range.selectNodeContents(one.querySelector('.row-name > bdi'));
        return [range.getBoundingClientRect().right, one.querySelector('.row-hub').getBoundingClientRect().left]; }"""
    )
    assert boxes[1] >= boxes[0]
    expect(page.locator(".file a")).to_have_text("invoice_fdp.exe")
    expect(page.locator(".file small")).to_have_text("PDF")
    expect(page.locator(".said.left .by")).to_have_text("Evil\u202eelov")
    assert page.locator(".said.left .by").evaluate("(one) => one.tagName") == "BDI"
    eve.does("typing_on")
    expect(page.locator("#typing bdi")).to_have_text("Evil\u202eelov")
    expect(page.locator("#profile-body h2 bdi")).to_have_text("Evil\u202eelov")


def test_a_strangers_name_and_text_are_isolated_in_the_admin(office, ada):
    page = office.enter("manager")
    bidi = "(one) => getComputedStyle(one).unicodeBidi"
    page.goto("/admin/engine/conversation/")
    assert page.get_by_role("link", name="Ada Lovelace").first.evaluate(bidi) == "isolate"
    page.goto(f"/admin/engine/conversation/{ada.conversation}/change/")
    for part in (".hub-said-text", ".hub-who", ".hub-facts dd"):
        assert page.locator(part).first.evaluate(bidi) == "isolate", part
    page.locator(".hub-said-text").first.click()
    assert page.get_by_role("link", name="Ada Lovelace").first.evaluate(bidi) == "isolate"


def test_the_badge_goes_with_the_hub_chosen_and_a_new_hub_can_be_chosen_at_once(office, ada, site):
    page = office.enter()
    page.locator("#hub").select_option(ada.shop.hub)
    expect(page.locator("#rows .row")).to_have_count(1)
    expect(page.locator("#unanswered")).to_have_text("1")
    bob = Customer(new_shop(site), "Bob")
    bob.says("Hello")
    expect(page.locator(f"#hub option[value='{bob.shop.hub}']")).to_have_count(1)
    expect(page.locator("#unanswered")).to_have_text("1")
    page.locator("#hub").select_option(bob.shop.hub)
    expect(row(page, bob)).to_be_visible()
    expect(page.locator("#unanswered")).to_have_text("1")
    assert bob.shop.account.call("DELETE", f"/api/v1/hubs/{bob.shop.hub}").status_code == 200
    expect(page.locator("#hub")).to_have_value("")
    is_accessible(page)


def test_a_desk_whose_agent_has_logged_out_says_so(chromium, site, ada):
    office = Office(chromium, site.base, cut=True)
    page = opened(office.enter(), ada)
    token = next(one["value"] for one in page.context.cookies() if one["name"] == "csrftoken")
    page.context.request.post(f"{site.base}/admin/logout/", form={"csrfmiddlewaretoken": token})
    expect(page.locator("#state-text")).to_have_text("Logged out")
    expect(page.locator("#banner")).to_contain_text("You are logged out.")
    is_accessible(page)
    write(page, "Kept")
    expect(page.locator(".unsent")).to_contain_text("Not sent yet.")
    page.get_by_role("link", name="Log in again").click()
    page.fill("input[name=username]", "agent")
    page.fill("input[name=password]", "agent")
    page.keyboard.press("Enter")
    expect(page.locator("#state-text")).to_have_text("Live")
    assert ada.hears_text() == "Kept"
    assert office.leave() == []


def test_the_account_menu_opens_by_keyboard_and_logs_out(chromium, site):
    site.revive()
    office = Office(chromium, site.base)  # whose session ends here
    page = office.enter("manager", viewport=PHONE)
    summary, name = page.locator("#account summary"), page.locator("#account-name")
    summary.press("Enter")
    expect(name).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    is_accessible(page)
    page.keyboard.press("Escape")
    expect(name).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    page.locator("#search").click()
    expect(name).to_be_hidden()
    summary.click()
    page.get_by_role("button", name="Log out").click()
    page.fill("input[name=username]", "agent")
    page.fill("input[name=password]", "agent")
    page.keyboard.press("Enter")
    expect(page.locator("#state-text")).to_have_text("Live")
    expect(page.locator("#account-name")).to_have_text(called(site, "agent"))
    assert office.leave() == []


def test_times_are_written_as_in_the_admin(office, ada):
    page = opened(office.enter(locale="en-US"), ada)
    moment = page.locator("#profile-body time").first
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d", moment.inner_text())
    assert re.fullmatch(r"\d\d:\d\d", page.locator(".said time").last.inner_text())
