"""The chat where things are against it: no storage, no network, several tabs, visitors who change."""

import subprocess
import sys

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.screens import is_accessible
from tests.e2e.widget import GREETING, PATH, Business, bubbles, configure, opened, part, say
from tests.live import ROOT, Stack
from tests.system.account import Account

pytestmark = pytest.mark.browser
BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
WITHOUT_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined });"
NOTE = "Your browser keeps nothing: messages are there only while this page is open."


def type_in(page: Page, text: str) -> None:
    """The visitor types, whatever becomes of it."""
    part(page, "textarea").fill(text)
    part(page, "textarea").press("Enter")


@pytest.mark.parametrize("obstacle", [BLOCKED, FULL], ids=["blocked", "full"])
def test_without_storage_the_chat_works_and_says_what_that_means(visitor, site, obstacle):
    visitor.add_init_script(obstacle)
    page = opened(visitor)
    say(page, "Hello")
    Business(Account(site.base)).say("Noor here.")
    expect(bubbles(page, "agent")).to_have_count(1)
    expect(part(page, ".foot")).to_have_text([NOTE])


def test_where_there_is_storage_nothing_is_said_of_it(visitor):
    page = opened(visitor)
    say(page, "Hello")
    expect(part(page, ".foot")).to_have_count(0)


def test_a_closed_chat_of_a_new_visitor_asks_nothing_and_writes_nothing(visitor):
    page = visitor.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(PATH)
    expect(part(page, ".launcher")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert asked == []
    assert page.evaluate("() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]") == [
        [], [], ""
    ]  # fmt: skip


@pytest.mark.parametrize("locks", [True, False], ids=["locks", "lease"])
def test_what_was_typed_offline_goes_once_and_in_order(visitor, site, locks):
    if not locks:
        visitor.add_init_script(WITHOUT_LOCKS)
    page = opened(visitor)
    say(page, "before")
    business = Business(Account(site.base))
    visitor.set_offline(True)
    expect(part(page, ".status")).to_contain_text("You are offline.")
    is_accessible(page, "hubster-webchat")
    for text in ("one", "two", "three"):
        type_in(page, text)
    expect(part(page, ".row.own.sending")).to_have_count(3)
    visitor.set_offline(False)
    expect(part(page, ".row.own.sent")).to_have_count(4)
    expect(part(page, ".status")).to_be_empty()
    path = f"/api/v1/interactions/activities/{business.conversation}?type=Customer"
    rows = business.account.done("GET", path)
    said = [row["message"]["text"] for row in rows if "message" in row]
    assert said[-4:] == ["before", "one", "two", "three"]


@pytest.mark.parametrize("locks", [True, False], ids=["locks", "lease"])
def test_when_the_tab_that_sends_dies_another_goes_on(visitor, locks):
    if not locks:
        visitor.add_init_script(WITHOUT_LOCKS)
    one, two = opened(visitor), opened(visitor)
    one.route("**/inbound/**", lambda route: None)  # its requests never get an answer
    # A slow tab can lose its turn before it dies; the other one gets nothing through until then.
    two.route("**/inbound/**", lambda route: route.continue_() if one.is_closed() else route.abort())
    type_in(one, "from the first tab")
    expect(bubbles(two, "own")).to_have_text(["You: from the first tab"])
    expect(part(two, ".row.own.sending, .row.own.delayed")).to_have_count(1)
    one.close()
    expect(part(two, ".row.own.sent")).to_have_count(1, timeout=20_000)


def test_a_draft_is_the_same_in_all_tabs(visitor):
    one, two = opened(visitor), opened(visitor)
    two.evaluate("() => { document.hasFocus = () => false; }")
    part(one, "textarea").fill("half a sent")
    expect(part(two, "textarea")).to_have_value("half a sent")
    say(one, "whole")
    expect(part(two, "textarea")).to_have_value("")


def test_another_visitor_sees_nothing_of_the_one_before(visitor):
    configure(visitor, "HUBSTER_CONFIG.onConversation = () => ({ bindingKey: window.name || 'ann' });")
    page = opened(visitor)
    say(page, "I am Ann")
    part(page, ".header .close").last.click()
    page.evaluate("() => { window.name = 'bob'; }")
    part(page, ".launcher").click()
    expect(bubbles(page)).to_have_count(1)
    say(page, "I am Bob")
    expect(bubbles(page, "own")).to_have_text(["You: I am Bob"])
    page.reload()
    part(page, ".launcher").click()
    expect(bubbles(page, "own")).to_have_text(["You: I am Bob"])


def test_what_a_visitor_began_to_write_is_there_for_nobody_else(visitor):
    configure(visitor, "HUBSTER_CONFIG.onConversation = () => ({ bindingKey: window.name || 'ann' });")
    page = opened(visitor)
    field = part(page, "textarea")
    field.fill("my number is 4711")
    for name, draft in (("bob", ""), ("ann", "my number is 4711")):
        part(page, ".header .close").last.click()
        page.evaluate("(name) => { window.name = name; }", name)
        part(page, ".launcher").click()
        expect(bubbles(page).first).to_contain_text(GREETING)
        expect(field).to_have_value(draft)


def later(page: Page, minutes: int) -> None:
    """As if the visitor had been away."""
    page.evaluate(
        """(away) => Object.keys(localStorage).filter((key) => key.endsWith(':session')).forEach((key) => {
          const kept = JSON.parse(localStorage[key]);
          localStorage[key] = JSON.stringify({ ...kept, visitedAt: kept.visitedAt - away });
        })""",
        minutes * 60_000,
    )


TOKEN_OF = "() => JSON.parse(localStorage[Object.keys(localStorage).find((key) => key.endsWith(':token'))]).value"
KEEP = """([value, expiresAt]) => Object.keys(localStorage).filter((key) => key.endsWith(':token')).forEach((key) => {
  localStorage[key] = JSON.stringify({ value, renewAt: expiresAt, expiresAt });
})"""
END = "from portal.identity import tokens as t; c = t.read('{}'); print(t.sign({{n: c[n] for n in {}}}, -{}))"
CLAIMS = ("aud", "tenant", "iid", "vid")


def ended(site: Stack, token: str, seconds: int) -> str:
    """A token of the same visitor that ended so long ago."""
    code, node = END.format(token, CLAIMS, seconds), site.webs[0]
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    made = subprocess.run(command, env=node.env, cwd=ROOT, capture_output=True, text=True, check=True)
    return made.stdout.strip()


@pytest.mark.complains("status of 401")
@pytest.mark.parametrize("noticed", [True, False], ids=["noticed", "unnoticed"])
@pytest.mark.parametrize("ago", [1, 29 * 86_400], ids=["a moment ago", "weeks ago"])
def test_what_is_said_after_the_end_of_the_token_goes_to_the_same_conversation(visitor, site, ago, noticed):
    page = opened(visitor)
    say(page, "Hello")
    business = Business(Account(site.base))
    over = ended(site, page.evaluate(TOKEN_OF), ago)
    # A browser whose clock is behind does not notice by itself.
    page.evaluate(KEEP, [over, 0 if noticed else 4e12])
    say(page, "Still me")
    business.say("Welcome back.")
    expect(bubbles(page, "agent")).to_have_count(1)
    page.reload()
    part(page, ".launcher").click()
    expect(bubbles(page, "own")).to_have_text(["You: Hello", "You: Still me"])


@pytest.mark.complains("status of 404")
def test_what_is_said_with_a_token_that_proves_nothing_is_not_lost_and_begins_a_conversation(visitor, site):
    page = opened(visitor)
    say(page, "Hello")
    before = Business(Account(site.base))
    page.evaluate(KEEP, ["no token of the service", 0])
    with page.expect_response(lambda answer: answer.status == 404):
        say(page, "Who am I?")
    after = Business(Account(site.base))
    assert after.conversation != before.conversation
    after.say("Welcome.")
    expect(bubbles(page, "agent")).to_have_count(1)
    expect(bubbles(page, "own")).to_have_text(["You: Hello", "You: Who am I?"])


def test_a_session_ends_after_its_minutes_and_begins_with_an_empty_list(visitor: BrowserContext):
    configure(visitor, sessionTTL=10)
    page = opened(visitor)
    say(page, "Hello")
    page.goto("about:blank")
    page.goto("/docs/")
    later(page, 9)
    page.goto(PATH)
    part(page, ".launcher").click()
    expect(bubbles(page, "own")).to_have_count(1)
    page.goto("/docs/")
    later(page, 11)
    page.goto(PATH)
    part(page, ".launcher").click()
    expect(bubbles(page)).to_have_count(1)
    expect(bubbles(page, "own")).to_have_count(0)


def test_a_chat_in_styling_mode_talks_to_no_service(visitor):
    configure(visitor, "HUBSTER_CONFIG.mountOnLoad = () => 0;", styling=True)
    page = visitor.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(PATH)
    expect(part(page, ".panel.open")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    assert asked == []


def test_a_dead_server_is_told_plainly_and_the_chat_goes_on_when_it_is_back(visitor, site):
    configure(visitor, theme="auto")
    page = opened(visitor)
    say(page, "Hello")
    site.webs[0].kill()
    expect(part(page, ".status")).to_have_text("Connecting…")
    expect(part(page, ".status")).to_contain_text("cannot be reached", timeout=20_000)
    type_in(page, "Still there?")
    expect(part(page, ".row.own .retry")).to_be_visible(timeout=20_000)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        is_accessible(page, "hubster-webchat")
    site.webs[0].start()
    part(page, ".row.own .retry").click()
    expect(part(page, ".row.own.sent")).to_have_count(2)
    expect(part(page, ".status")).to_be_empty(timeout=20_000)


def test_buttons_of_messages_say_what_they_stand_for_unless_the_page_takes_it(visitor, site):
    configure(visitor, "HUBSTER_CONFIG.onBeforeActivitySend = ({ message }) => message.text !== 'local';")
    page = opened(visitor)
    say(page, "Hello")
    actions = [
        {"type": "postback", "title": "Here only", "payload": "local"},
        {"type": "reply", "title": "Green tea", "payload": "tea-1"},
    ]
    Business(Account(site.base)).send(message={"type": "text", "text": "Which?", "actions": actions})
    page.locator("hubster-webchat").get_by_role("button", name="Here only").click()
    page.locator("hubster-webchat").get_by_role("button", name="Green tea").click()
    expect(part(page, ".row.own.sent .bubble")).to_have_text(["You: Hello", "You: tea-1"])
