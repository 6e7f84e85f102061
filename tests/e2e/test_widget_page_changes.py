"""Sites that replace parts of a page, or all of it, without loading it: the chat goes on as it is, in one place."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.hostpage import Site, serving, snippet
from tests.e2e.widget import GREETING, bubbles, first, held, part, say
from tests.system.account import guid

pytestmark = pytest.mark.browser
ELEMENT = "<hubster-webchat></hubster-webchat>"
FRESH = f"""const fresh = document.createElement('main'); fresh.innerHTML = '<p>Next page</p>{ELEMENT}';
const old = document.querySelector('main'); const chat = document.querySelector('hubster-webchat');"""
PARTS = {
    "the old goes, the new comes": "old.remove(); document.body.prepend(fresh)",
    "htmx, outerHTML": "old.replaceWith(fresh)",
    "Vue, the new comes, the old goes": "old.after(fresh); old.remove()",
    "swup, the new is there before the old has faded": "old.after(fresh); setTimeout(() => old.remove(), 300)",
    "Barba, the old is gone before": "old.remove(); setTimeout(() => document.body.prepend(fresh), 300)",
    "moved to another place": "document.body.append(chat)",
    "a copy that comes and goes": "old.after(fresh); setTimeout(() => fresh.remove(), 100)",
    "there and back": "old.replaceWith(fresh); setTimeout(() => fresh.replaceWith(old), 100)",
    "a morph puts a copy in its place": "chat.replaceWith(chat.cloneNode())",
}
BODY = "const body = document.createElement('body'); body.innerHTML = next; run(body);"
TURBO = f"{BODY} document.body.replaceWith(body)"
ASSIGNED = f"{BODY} document.body = body"
HTMX = "document.body.innerHTML = next; run(document.body)"
ROUTER = "document.body.innerHTML = next"  # its scripts do not run
# What replaces the page, where the script is, whether the first page and the next one write the element.
WHOLES = [
    (TURBO, "head", True, True), (TURBO, "head", True, False), (TURBO, "head", False, True),
    (TURBO, "head", False, False), (TURBO, "body", True, True), (TURBO, "body", True, False),
    (TURBO, "body", False, False), (ASSIGNED, "head", True, False), (ASSIGNED, "body", False, False),
    (HTMX, "head", True, True), (HTMX, "head", False, False), (HTMX, "body", True, True), (HTMX, "body", True, False),
    (HTMX, "body", False, False), (ROUTER, "head", True, True), (ROUTER, "head", False, False),
    (ROUTER, "body", True, True), (ROUTER, "body", True, False), (ROUTER, "body", False, False),
]  # fmt: skip
REPLACE = """(next) => {
  const run = (root) => root.querySelectorAll('script').forEach((one) => {
    const script = document.createElement('script');
    script.textContent = one.textContent;
    if (one.src) script.src = one.src;
    one.replaceWith(script);
  });
  %s;
}"""
COUNT = """() => [...document.querySelectorAll('hubster-webchat')]
  .filter(({ shadowRoot }) => shadowRoot && shadowRoot.querySelector('.launcher')).length"""
LATER = 2500  # milliseconds after which a chat that lost its place has given up


@pytest.fixture
def host(site) -> Iterator[Site]:
    """The customer's site."""
    with serving() as own:
        yield own


def lines(site) -> str:
    """The snippet without the element."""
    return snippet(site.base, f"integrationId: '{guid('33')}'").replace(ELEMENT, "")


def chatting(visitor: BrowserContext, host: Site) -> Page:
    """A page with an open chat, a message and half a sentence in it."""
    page = visitor.new_page()
    page.goto(host.url)
    part(page, ".launcher").click()
    expect(bubbles(page).first).to_contain_text(GREETING)
    say(page, "Hello")
    part(page, "textarea").fill("half a sent")
    return page


def goes_on(page: Page) -> None:
    """One chat, open, with all that was in it; what is said now arrives."""
    expect(part(page, ".panel.open")).to_have_count(1)
    expect(part(page, "textarea")).to_have_value("half a sent")
    expect(bubbles(page, "own")).to_have_text(["You: Hello"])
    expect(bubbles(page, "own")).to_be_in_viewport()
    part(page, "textarea").press("Enter")
    expect(part(page, ".row.own.sent")).to_have_count(2)
    assert page.evaluate(COUNT) == 1


@pytest.mark.parametrize("way", PARTS)
def test_when_a_part_of_the_page_is_replaced_the_chat_goes_on(visitor, host, site, way):
    host.snippet = f"<main>{ELEMENT}</main>{lines(site)}"
    page = chatting(visitor, host)
    page.evaluate("document.querySelector('main').remove()")  # the page's own, which has no chat
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.evaluate(f"() => {{ {FRESH} {PARTS[way]} }}")
    page.wait_for_timeout(500)  # what comes later in some of the ways has come
    goes_on(page)
    assert sockets == []  # it never lost its connection


@pytest.mark.parametrize(("change", "place", "first", "then"), WHOLES)
def test_when_the_whole_page_is_replaced_the_chat_goes_on(visitor, host, site, change, place, first, then):
    if place == "head":
        host.head = lines(site)
    inside = lines(site) if place == "body" else ""
    host.snippet = (ELEMENT if first else "") + inside
    page = chatting(visitor, host)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.evaluate(REPLACE % change, "<p>Next page</p>" + (ELEMENT if then else "") + inside)
    goes_on(page)
    assert sockets == []


@pytest.mark.parametrize("written", [True, False])
def test_a_page_that_takes_the_chat_away_does_without_and_can_have_it_again(visitor, host, site, written):
    host.head, host.snippet = lines(site), ELEMENT if written else ""
    page = chatting(visitor, host)
    page.evaluate("document.querySelector('hubster-webchat').remove()")
    page.wait_for_timeout(LATER)
    assert page.evaluate(COUNT) == 0
    page.evaluate("document.body.append(document.createElement('hubster-webchat'))")
    part(page, ".launcher").click()
    goes_on(page)


def test_a_file_on_its_way_arrives_although_the_page_changed(visitor, host, site):
    host.head, host.snippet = lines(site), ELEMENT
    page = chatting(visitor, host)
    waiting = held(page, "**/files")
    part(page, "input[type=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"tea"})
    expect(part(page, ".upload")).to_have_count(1)
    page.evaluate(REPLACE % TURBO, ELEMENT)
    first(page, waiting).continue_()
    expect(part(page, ".row.own .attachment")).to_have_count(1)


def test_who_signed_out_on_the_way_leaves_nothing_to_see(visitor, host, site):
    host.head = lines(site).replace(
        "</script>", "HUBSTER_CONFIG.onConversation = () => ({ bindingKey: window.who });</script>", 1
    )
    host.snippet = ELEMENT
    visitor.add_init_script("window.who = 'ann';")
    page = chatting(visitor, host)
    page.evaluate("window.who = 'bob'")
    page.evaluate(REPLACE % TURBO, ELEMENT)
    expect(bubbles(page)).to_have_count(1)
    expect(bubbles(page).first).to_contain_text(GREETING)
    expect(part(page, "textarea")).to_have_value("")
