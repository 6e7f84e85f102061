"""Files of a visitor, in the chat of the running demo: by button, keyboard, drop and paste, on good and bad days."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.desk import GRAY, Office
from tests.e2e.screens import is_accessible
from tests.e2e.widget import Business, bubbles, configure, first, held, opened, part, say
from tests.system.account import Account

pytestmark = [pytest.mark.browser, pytest.mark.complains("Failed to load resource", "WebSocket connection to")]
PICTURE = {"name": "tin.gif", "mimeType": "image/gif", "buffer": GRAY}
UPLOADS = "**/web-chat/*/files"
WORDS = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Hello"}
PROGRAM = {"name": "setup.exe", "mimeType": "", "buffer": b"x"}
TOO_MANY = {"status": 429, "json": {"status": 429, "errors": [{"code": 107, "description": "Too many"}]}}
TRANSFER = """([name, words, type, text]) => {
  const transfer = new DataTransfer();
  if (name) transfer.items.add(new File([words], name, { type }));
  if (text) transfer.setData('text/plain', text);
  return transfer;
}"""


def choose(page: Page, *files: dict[str, Any]) -> None:
    part(page, "input[type=file]").set_input_files(list(files))


def named(page: Page, role: Any, name: str) -> Locator:
    return page.locator("hubster-webchat").get_by_role(role, name=name)


def announced(page: Page, words: str) -> None:
    """What a screen reader was told last of all files."""
    expect(part(page, ".uploads + [role=status]")).to_have_text(words)


def sent_files(page: Page) -> Locator:
    """The visitor's own pictures and documents in the list of messages."""
    return part(page, ".row.own.sent .frame img, .row.own.sent .attachment")


def test_a_picture_is_chosen_by_keyboard_and_shown_in_every_tab_and_at_the_desk(visitor, chromium, site):
    # Listening from the start: a choice that opens before the browser knows of it is lost.
    visitor.on("page", lambda page: page.on("filechooser", lambda chooser: None))
    other, page = opened(visitor), opened(visitor)
    named(page, "button", "Attach files").focus()
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    assert chosen.value.is_multiple()
    chosen.value.set_files([PICTURE])
    announced(page, "tin.gif was sent")
    for tab in (page, other):
        expect(sent_files(tab)).to_have_attribute("alt", "tin.gif")
        assert sent_files(tab).evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    expect(part(page, ".upload")).to_have_count(0)
    expect(part(page, ".row.own .meta")).to_contain_text("Sent")
    office = Office(chromium, site.base)
    desk = office.enter()
    desk.locator(f"#row-{Business(Account(site.base)).conversation}").click()
    expect(desk.get_by_role("log").locator("a[href*='/files/'] img[src$='/tin.gif']")).to_be_visible()
    assert office.leave() == []


def test_several_files_become_messages_in_their_order(visitor):
    page = opened(visitor)
    choose(page, *({**WORDS, "name": f"{number}.txt"} for number in (1, 2, 3)))
    expect(part(page, ".row.own.sent .attachment .label")).to_have_text(["1.txt", "2.txt", "3.txt"])


def test_a_file_on_its_way_shows_how_far_it_is_and_can_be_cancelled(visitor):
    page = opened(visitor)
    say(page, "Hello")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    visitor.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    choose(page, {**WORDS, "buffer": b"x" * 9_000_000})
    announced(page, "Sending notes.txt")
    expect(named(page, "progressbar", "Sending notes.txt")).not_to_have_js_property("value", 0)
    expect(part(page, ".upload-state")).to_have_text(re.compile(r"^8\.6 MB · Sending… [1-9]\d?%$"))
    named(page, "button", "Cancel notes.txt").focus()
    page.keyboard.press("Enter")
    expect(part(page, ".upload")).to_have_count(0)
    expect(named(page, "button", "Attach files")).to_be_focused()
    announced(page, "notes.txt was cancelled")
    say(page, "Never mind")
    expect(sent_files(page)).to_have_count(0)


def test_progress_is_told_in_the_visitors_language(visitor):
    configure(visitor, language="de")
    page = opened(visitor)
    held(page, UPLOADS)
    choose(page, {**WORDS, "buffer": b"x" * 1_600_000}, WORDS)
    states = part(page, ".upload-state")
    expect(states.last).to_have_text("1 KB · Wartet …")
    expect(states.first).to_contain_text("1,5 MB · ")
    announced(page, "notes.txt wird gesendet")


def test_what_cannot_be_sent_is_refused_before_it_is_and_can_be_taken_away(visitor):
    configure(visitor, filesSize=1)
    page = opened(visitor)
    waiting = held(page, UPLOADS)
    choose(page, {**WORDS, "name": "large.txt", "buffer": b"x" * 1_048_577}, PROGRAM)
    rows = part(page, ".upload")
    expect(rows).to_contain_text(["up to 1 MB", "This kind of file cannot be sent."])
    expect(part(page, ".upload .retry:visible")).to_have_count(0)
    named(page, "button", "Remove large.txt").click()
    named(page, "button", "Remove setup.exe").click()
    expect(rows).to_have_count(0)
    assert waiting == []


def test_what_the_service_refuses_says_why(visitor):
    page = opened(visitor)
    choose(page, {**PICTURE, "buffer": GRAY[:14]}, {**WORDS, "name": "page.txt", "buffer": b"<!doctype html><p>x"})
    expect(part(page, ".upload")).to_contain_text(["seems to be damaged", "This kind of file cannot be sent."])
    expect(sent_files(page)).to_have_count(0)


def test_too_many_files_can_be_tried_again_by_keyboard(visitor):
    page = opened(visitor)
    page.route(UPLOADS, lambda route: route.fulfill(**TOO_MANY))
    choose(page, WORDS)
    expect(part(page, ".upload")).to_contain_text("Too many files")
    expect(part(page, ".upload progress")).to_be_hidden()
    page.unroute(UPLOADS)
    waiting = held(page, UPLOADS)
    named(page, "button", "Retry notes.txt").focus()
    page.keyboard.press("Enter")
    expect(named(page, "button", "Cancel notes.txt")).to_be_focused()
    announced(page, "Sending notes.txt")
    first(page, waiting).continue_()
    expect(sent_files(page)).to_have_count(1)


def test_after_the_network_was_cut_it_is_sent_once(visitor, site):
    page = opened(visitor)
    say(page, "Hello")
    visitor.set_offline(True)
    expect(part(page, ".status")).to_contain_text("You are offline.")
    choose(page, WORDS)
    expect(part(page, ".upload")).to_contain_text("check your connection", timeout=30_000)
    visitor.set_offline(False)
    expect(sent_files(page)).to_have_count(1)
    expect(part(page, ".upload")).to_have_count(0)
    business = Business(Account(site.base))
    rows = business.account.done("GET", f"/api/v1/interactions/activities/{business.conversation}?type=Customer")
    assert [row["message"]["label"] for row in rows if "label" in row.get("message", {})] == ["notes.txt"]


def test_an_answer_that_was_lost_sends_nothing_twice(visitor):
    page = opened(visitor)
    taken: list[int] = []

    def lose(route: Route) -> None:
        taken.append(route.fetch().status)
        if len(taken) == 1:
            route.abort()
        else:
            route.continue_()

    page.route(UPLOADS, lose)
    choose(page, PICTURE)
    announced(page, "tin.gif was sent")
    assert len(taken) == 2
    say(page, "Hello")
    expect(sent_files(page)).to_have_count(1)


def transfer(page: Page, name: str, kind: str, text: str = "") -> Any:
    return {"dataTransfer": page.evaluate_handle(TRANSFER, [name, "Hello", kind, text])}


def test_files_are_dropped_onto_the_window(visitor):
    page = opened(visitor)
    dropped = transfer(page, "dropped.txt", "text/plain")
    panel, veil = part(page, ".panel"), part(page, ".drop-veil")
    part(page, "textarea").dispatch_event("dragenter", dropped)
    panel.dispatch_event("dragenter", dropped)
    part(page, "textarea").dispatch_event("dragleave", dropped)
    expect(veil).to_have_text("Drop files here to send them")
    expect(veil).to_be_visible()
    panel.dispatch_event("drop", dropped)
    expect(veil).to_be_hidden()
    expect(sent_files(page)).to_contain_text("dropped.txt")


def test_words_that_are_dragged_are_left_alone(visitor):
    page = opened(visitor)
    part(page, "textarea").dispatch_event("dragenter", transfer(page, "", "", "Words"))
    expect(part(page, ".drop-veil")).to_be_hidden()


def test_a_picture_is_pasted_and_words_with_a_picture_beside_them_are_words(visitor):
    page = opened(visitor)
    waiting = held(page, UPLOADS)
    beside = (("words.png", "Words"), ("shot.png", ""), ("kettle.png", "kettle.png"), ("tin.png", "/Users/ada/tin.png"))
    for name, text in beside:
        pasted = page.evaluate_handle(TRANSFER, [name, "Hello", "image/png", text])
        part(page, "textarea").evaluate(
            "(field, clipboardData) => field.dispatchEvent("
            "new ClipboardEvent('paste', { clipboardData, bubbles: true, composed: true, cancelable: true }))",
            pasted,
        )
    expect(part(page, ".upload-name")).to_have_text(["shot.png", "kettle.png", "tin.png"])
    announced(page, "Sending shot.png")
    first(page, waiting)
    assert len(waiting) == 1


def test_rows_leave_the_newest_message_in_view(visitor):
    page = opened(visitor)
    page.set_viewport_size({"width": 360, "height": 640})
    say(page, "Hello " * 200)
    held(page, UPLOADS)
    choose(page, WORDS, PROGRAM)
    expect(part(page, ".upload")).to_have_count(2)
    expect(part(page, ".row.own .meta").last).to_be_in_viewport(ratio=1)
    expect(part(page, ".jump")).to_be_hidden()


def test_a_size_keeps_its_unit_and_a_name_its_side_from_right_to_left(visitor):
    """`TXT · 1 kB` in Arabic: the number belongs to what follows it, not to the Latin word before it."""
    configure(visitor, language="ar")
    page = opened(visitor)
    part(page, "input[type=file]").set_input_files([{"name": "tea.txt", "mimeType": "text/plain", "buffer": b"tea"}])
    details = part(page, ".attachment .kind bdi")
    expect(details).to_have_count(2)
    kind, size = details.all()
    boxes = [found.bounding_box() for found in (part(page, ".attachment .label bdi"), kind, size)]
    name, kind_box, size_box = boxes
    assert size_box["x"] + size_box["width"] <= kind_box["x"]
    assert abs(name["x"] + name["width"] - kind_box["x"] - kind_box["width"]) < 2


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "ar")])
def test_rows_in_every_state_are_accessible_and_fit_a_phone(visitor, theme, language):
    configure(visitor, theme=theme, language=language)
    page = opened(visitor)
    page.set_viewport_size({"width": 360, "height": 640})
    page.route(UPLOADS, lambda route: route.fulfill(**TOO_MANY))
    choose(page, {**WORDS, "name": "failed.txt"})
    expect(part(page, ".upload .retry")).to_be_visible()
    page.unroute(UPLOADS)
    held(page, UPLOADS)
    choose(page, WORDS, {**WORDS, "name": "waiting " + "x" * 90 + ".txt"}, PROGRAM)
    expect(part(page, ".upload")).to_have_count(4)
    is_accessible(page, "hubster-webchat")
    assert part(page, ".uploads").evaluate("list => list.scrollWidth <= list.clientWidth")


def test_a_host_page_can_do_without_files(visitor):
    configure(visitor, filesSize=0)
    page = opened(visitor)
    waiting = held(page, UPLOADS)
    part(page, ".panel").dispatch_event("drop", transfer(page, "dropped.txt", "text/plain"))
    expect(named(page, "button", "Attach files")).to_have_count(0)
    say(page, "Hello")
    assert waiting == []


def test_a_host_page_can_keep_a_file_back(visitor):
    configure(visitor, "HUBSTER_CONFIG.onBeforeActivitySend = ({ message }) => message.label !== 'notes.txt';")
    page = opened(visitor)
    choose(page, WORDS, PICTURE)
    expect(sent_files(page)).to_have_attribute("alt", "tin.gif")
    expect(part(page, ".upload")).to_have_count(0)


def test_another_visitor_sees_no_file_of_the_one_before(visitor):
    configure(visitor, "HUBSTER_CONFIG.onConversation = () => ({ bindingKey: window.name || 'ann' });")
    page = opened(visitor)
    waiting = held(page, UPLOADS)
    choose(page, WORDS, PICTURE)
    announced(page, "Sending notes.txt")
    part(page, ".header .close").last.click()
    page.evaluate("() => { window.name = 'bob'; }")
    part(page, ".launcher").click()
    expect(bubbles(page)).to_have_count(1)
    announced(page, "")
    expect(part(page, ".upload")).to_have_count(0)
    page.unroute(UPLOADS)
    choose(page, {**WORDS, "name": "bob.txt"})
    expect(sent_files(page)).to_have_text(["bob.txtTXT · 1 KB"])
    assert len(waiting) == 1
