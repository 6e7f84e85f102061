"""The hostile corpus in the running product: over the API, in the chat, at the desk, in the ledger and in mails."""

import email
import json
import uuid
from collections.abc import Iterator
from email.policy import default
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import live
from tests.e2e import widget
from tests.e2e.hostile import IMG, NAME, TYPEABLE, HostileData, expected
from tests.e2e.traps import Traps, trapped
from tests.injections import RUN

pytestmark = pytest.mark.browser
END = {"type": "text", "text": "That was all."}
OUTLINE = "[...document.body.children].map((one) => one.localName)"


class Told(NamedTuple):
    """The visitor's page after everything was said, what the page was made of before, and what is stored."""

    page: Page
    traps: Traps
    outline: list[str]
    stored: set[int]


@pytest.fixture(scope="module")
def hostile(site: live.Stack) -> Iterator[HostileData]:
    """The hub."""
    made = HostileData(site)
    made.build()
    yield made
    made.rude.shutdown()
    made.rude.server_close()


@pytest.fixture(scope="module")
def told(chromium: Browser, hostile: HostileData) -> Iterator[Told]:
    """A visitor has the chat open, and both sides have said the whole corpus."""
    with trapped(chromium, hostile.stack.base) as found:
        widget.configure(found.context, integrationId=hostile.widget, title=NAME)
        page = found.context.new_page()
        page.goto(widget.PATH)
        outline = page.evaluate(OUTLINE)
        widget.part(page, ".launcher").click()
        widget.say(page, f"Hello {IMG}")
        hostile.find_conversation()
        hostile.say_all("customer")
        hostile.say_all("agent")
        hostile.say("agent", END)
        yield Told(page, found, outline, hostile.stored())


@pytest.fixture(scope="module")
def failed(told: Told, hostile: HostileData) -> str:
    """A delivery that failed for good, and was told by mail; its id."""
    return hostile.provoke()


@pytest.fixture
def traps(chromium: Browser, hostile: HostileData) -> Iterator[Traps]:
    """A profile in which nothing of all this may run."""
    with trapped(chromium, hostile.stack.base) as found:
        yield found


def enter(traps: Traps, path: str) -> Page:
    """A page of the business, signed in as the owner."""
    page = traps.context.new_page()
    page.goto(path)
    page.fill("input[name=username]", "manager")
    page.fill("input[name=password]", "manager")
    page.keyboard.press("Enter")
    return page


def missing(text: str) -> list[str]:
    """The markup that a page does not show as it was typed."""
    return [markup for markup in TYPEABLE if markup not in text]


def test_the_chat_shows_it_live(told):
    page, traps = told.page, told.traps
    expect(widget.bubbles(page).filter(has_text=END["text"])).to_have_count(1)
    expect(widget.bubbles(page, "agent")).not_to_have_count(0)
    traps.check(page, "live")
    assert missing(traps.text(page, ".list")) == []
    assert page.evaluate(OUTLINE) == told.outline
    page.reload()
    expect(widget.bubbles(page).filter(has_text=END["text"])).to_have_count(1)
    traps.check(page, "again")
    assert missing(traps.text(page, ".list")) == []


def test_what_was_taken_comes_back_field_for_field_and_nothing_else_is_stored(told, hostile):
    path = f"/api/v1/interactions/activities/{hostile.conversation}?type=Customer"
    shown = {row["eventId"]: row for row in hostile.account.done("GET", path)}
    for event_id, who, kind, sent in hostile.taken:
        if kind == "message":
            assert shown[event_id]["message"] == expected(sent, sent["type"])
        elif who == "agent" and sent["payloadType"] == "hubster.takeover":
            assert event_id not in shown, "who answers is none of the customer's business"
        else:
            assert shown[event_id]["event"] == sent
    beside = told.stored - {event_id for event_id, *_ in hostile.taken}
    assert len(beside) == 1, "the visitor's first message is the one more"


def test_the_desk_shows_it(traps, told, hostile):
    page = enter(traps, "/admin/desk/")
    row = page.locator(f"#row-{hostile.conversation}")
    expect(row).to_contain_text(IMG)
    row.click()
    expect(page.locator("#name")).to_have_text(IMG)
    expect(page.locator("#lines")).to_contain_text(END["text"])
    older = page.locator("button.older")
    log = page.locator("#lines > *")
    while older.count():
        before = log.count()
        older.click()
        expect(log).not_to_have_count(before)
    traps.check(page, "thread")
    assert missing(traps.text(page, "#log")) == []
    page.locator("#log").evaluate("(one) => { one.scrollTop = 0; }")
    expect(page.locator("#profile")).to_contain_text(NAME)
    profile = traps.text(page, "#profile")
    assert NAME in profile
    assert profile.count(IMG) >= 3
    page.locator("#text").press_sequentially("::")
    expect(page.locator("#picker")).to_contain_text(IMG)
    for line in ("::help", "::resp --list", f"::nothing{IMG}", f'::resp -n "Say {IMG}"'):
        answers = page.locator(".answer").count()
        page.locator("#text").fill(line)
        page.locator("#text").press("Enter")
        expect(page.locator(".answer")).to_have_count(answers + 1)
    traps.check(page, "commands")
    for part in ("#rows", "#log", "#profile", "#text"):
        expect(page.locator(part)).to_be_visible()


def test_the_ledger_shows_it(traps, failed, hostile):
    page = enter(traps, f"/admin/engine/conversation/{hostile.conversation}/change/")
    newest = (
        "SELECT id FROM engine_activity WHERE conversation_id = ? AND content LIKE ? ORDER BY event_id DESC LIMIT 1"
    )
    find = lambda words: str(uuid.UUID(hostile.stack.rows(newest, uuid.UUID(hostile.conversation), words)[0][0]))  # noqa: E731
    expect(page.locator("main, #main, #content").first).to_contain_text(IMG)
    traps.check(page, "conversation")
    everything, contact, event = find("%<base%+ADw%"), find("%contact%"), find("%payloadType%onerror%")
    for path in (
        f"engine/activity/{everything}/change/", f"engine/activity/{contact}/change/",
        f"engine/activity/{event}/change/", f"engine/delivery/{failed}/change/",
        f"engine/endpoint/{hostile.observer}/change/", "engine/notice/", "engine/conversation/", "engine/activity/",
        "engine/delivery/", "engine/endpoint/", "portal/auditentry/", f"portal/hub/{hostile.hub}/change/",
        "portal/hub/",
        f"portal/integration/{hostile.observer}/change/", "portal/integration/", "portal/responsecommand/",
        "portal/user/", "",
    ):  # fmt: skip
        answer = page.goto(f"/admin/{path}")
        assert answer.status == 200, path
        page.wait_for_load_state("load")
        traps.check(page, path)
        assert RUN in traps.text(page, "body"), path
        if everything in path:
            shown = traps.text(page, "body")
            assert [markup for markup in TYPEABLE if json.dumps(markup, ensure_ascii=False)[1:-1] not in shown] == []
        if failed in path:
            assert missing(traps.text(page, "body")) == []


def test_mails_show_it(traps, failed, hostile):
    letters = [letter for path in hostile.mails() for letter in path.read_bytes().split(b"\n" + b"-" * 79)]
    found = [email.message_from_bytes(letter.strip(), policy=default) for letter in letters]
    pages = [letter.get_body(("html",)).get_content() for letter in found if letter.is_multipart()]
    assert pages
    page = traps.context.new_page()
    traps.context.route(f"{traps.base}/letter", lambda route: route.fulfill(body=pages[0], content_type="text/html"))
    page.goto("/letter")
    traps.check(page, "mail")
    assert NAME in page.locator("body").inner_text()
    for letter in found:
        if letter.is_multipart():
            assert list(letter.keys()).count("To") == 1
            assert letter["To"] == "owner@shop.example"
            assert "\n" not in str(letter["Subject"])
