"""The documented snippets on a customer's page, the callbacks they may have, and what each setting does there."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests import live
from tests.e2e.gallery_messages import CAPTION, card
from tests.e2e.hostpage import Site, samples, serving, snippet
from tests.e2e.screens import is_accessible
from tests.e2e.widget import GREETING, Business, bubbles, part, say
from tests.system.account import Account, guid

pytestmark = pytest.mark.browser
HOUR_MS = 3_600_000
NOTE = "window.noted = [];"
CLEAR = "rgba(0, 0, 0, 0)"
BLUE, USER, AGENT, WORDS = "rgb(0, 79, 153)", "rgb(53, 102, 191)", "rgb(236, 236, 236)", "rgb(34, 24, 110)"
CHOICES = [
    {"type": "postback", "title": "Yes", "payload": "yes"},
    {"type": "reply", "title": "No", "payload": "no"},
    {"type": "link", "title": "More", "url": "https://example.com/"},
]
KEYS = ("buttons", "quickReplies", "links", "listItemButtons", "listButtons")


@pytest.fixture(scope="module")
def host() -> Iterator[Site]:
    """The customer's site."""
    with serving() as site:
        yield site


@pytest.fixture
def page(visitor: BrowserContext, host: Site) -> Page:
    """A visitor's page, before it goes to the site."""
    host.snippet = ""
    visitor.add_init_script(NOTE)
    return visitor.new_page()


def gone(page: Page, host: Site, site: live.Stack, callbacks: str = "", **settings: Any) -> None:
    """The visitor goes to the site, whose chat has these settings."""
    inside = json.dumps({"integrationId": guid("33"), **settings})[1:-1]
    host.snippet = snippet(site.base, f"{inside}, {callbacks}")
    page.goto(host.url)
    expect(part(page, ".launcher")).to_be_attached()


def entered(page: Page) -> None:
    """The visitor opens the chat."""
    part(page, ".launcher").click()
    expect(bubbles(page).first).to_contain_text(GREETING)


def closed(page: Page) -> None:
    """The visitor closes it."""
    page.locator("hubster-webchat").get_by_role("button", name="Close chat").click()
    expect(part(page, ".panel.open")).to_have_count(0)


def test_the_default_snippet_gives_the_default_look(page, host, site):
    host.snippet = samples(site.base)[0]
    page.goto(host.url)
    expect(part(page, ".launcher")).to_have_css("right", "20px")
    entered(page)
    say(page, "Hello")
    expect(part(page, ".title")).to_have_text("Welcome to Hubster")
    expect(part(page, "textarea")).to_have_attribute("placeholder", "Please type here...")
    expect(part(page, ".powered")).to_have_text("Powered by Hubster.io")
    expect(part(page, ".panel")).to_have_css("width", "420px")


def test_the_blue_snippet_gives_the_blue_look(page, host, site):
    host.snippet = samples(site.base)[1]
    page.goto(host.url)
    launcher = part(page, ".launcher")
    looks = {"background-color": BLUE, "bottom": "80px", "right": "14.4px", "z-index": "100", "position": "fixed"}
    for name, value in looks.items():
        expect(launcher).to_have_css(name, value)
    entered(page)
    expect(part(page, ".panel")).to_have_css("z-index", "100")
    expect(part(page, ".header")).to_have_css("background-color", BLUE)
    expect(part(page, ".title")).to_have_text("My Company Title")
    assert part(page, ".header img").evaluate("picture => picture.naturalWidth") > 0
    say(page, "Hello")
    Business(Account(site.base)).say("Noor here.")
    expect(bubbles(page, "own")).to_have_css("background-color", USER)
    expect(bubbles(page, "agent")).to_have_css("background-color", AGENT)
    expect(bubbles(page, "agent")).to_have_css("color", WORDS)
    part(page, "textarea").fill("line\n" * 20)
    expect(part(page, "textarea")).to_have_css("height", "40px")
    is_accessible(page, "hubster-webchat")


def test_the_blue_snippets_callbacks_are_called(page, host, site):
    told: list[str] = []
    page.on("console", lambda entry: told.append(entry.text))
    host.snippet = samples(site.base)[1]
    page.goto(host.url)
    entered(page)
    say(page, "Hello")
    closed(page)
    mounts = [text for text in told if text.startswith("Mounted:")]
    assert mounts == ["Mounted:true", "Mounted:false"]
    assert len(told) > len(mounts)  # the activities
    business = Business(Account(site.base))
    found = business.account.done("GET", f"/api/v1/conversations/{business.conversation}")
    profile = found["properties"]["profile"]
    given = {"full name": "SomeUserName", "gender": "female", "custom1": "value1", "custom2": "value2"}
    assert {name: profile.get(name) for name in given} == given
    assert found["properties"]["additional"] == {"custom1": "value1", "custom2": "value2"}
    rows = site.rows("SELECT binding FROM engine_conversation ORDER BY opened DESC LIMIT 1")
    _, _, binding = rows[0][0].partition(":")  # nobody signed it: it holds for this visitor alone
    assert binding.startswith("some_unique_userId.")


@pytest.mark.parametrize(("delay", "before", "after"), [(-1, 0, 0), (0, 1, 1), (60_000, 0, 1)])
def test_mount_on_load_says_when_it_opens(page, host, site, delay, before, after):
    page.clock.install()
    gone(page, host, site, f"mountOnLoad() {{ window.noted.push('asked'); return {delay}; }}")
    page.wait_for_function("window.noted.length")
    page.clock.run_for(30_000)
    expect(part(page, ".panel.open")).to_have_count(before)
    page.clock.run_for(HOUR_MS)
    expect(part(page, ".panel.open")).to_have_count(after)
    assert page.evaluate("window.noted") == ["asked"]


def test_each_activity_is_told_before_it_is_shown(page, host, site):
    gone(page, host, site, """onReceivedActivity(activity) {
      const { shadowRoot } = document.querySelector('hubster-webchat');
      const text = (activity.message || {}).text;
      const shown = [...shadowRoot.querySelectorAll('.agent .bubble, .other .bubble')];
      if (text) window.noted.push([text, shown.some((one) => one.textContent.includes(text))]);
    }""")  # fmt: skip
    entered(page)
    say(page, "Hello")
    business = Business(Account(site.base))
    for text in ("First", "Second"):
        business.say(text)
        expect(bubbles(page, "agent").last).to_contain_text(text)
    noted = [entry for entry in page.evaluate("window.noted") if entry[0] != "Hello"]
    assert noted == [[GREETING, False], ["First", False], ["Second", False]]


def test_what_the_page_keeps_back_is_neither_sent_nor_shown(page, host, site):
    gone(page, host, site, """onBeforeActivitySend(activity) {
      window.noted.push(activity.message.text);
      return activity.message.text !== 'A secret';
    }""")  # fmt: skip
    entered(page)
    part(page, "textarea").fill("A secret")
    part(page, "textarea").press("Enter")
    say(page, "Hello")
    assert page.evaluate("window.noted") == ["A secret", "Hello"]
    expect(bubbles(page, "own")).to_have_text(["You: Hello"])
    business = Business(Account(site.base))
    rows = business.account.done("GET", f"/api/v1/interactions/activities/{business.conversation}?type=Customer")
    said = [row["message"]["text"] for row in rows if row["type"] == "message"]
    assert "Hello" in said
    assert "A secret" not in said


def talked(page: Page, site: live.Stack) -> dict[str, Locator]:
    """One button of each kind in an open chat."""
    entered(page)
    say(page, "Hello")
    business = Business(Account(site.base))
    entry = card(site.base, "Teapot", "teapot", actions=CHOICES[:1])
    business.send(message={"type": "list", "items": [entry], "actions": CHOICES[:1], "channels": CAPTION})
    business.send(message={"type": "text", "text": "Which?", "actions": CHOICES})
    expect(part(page, ".quickReplies")).to_be_visible()
    return {key: part(page, f".{key}") for key in KEYS}


def test_buttons_have_colours_in_the_window(page, host, site):
    gone(page, host, site)
    shown = talked(page, site)
    for key in ("buttons", "quickReplies", "links", "listButtons"):
        assert shown[key].evaluate("e => getComputedStyle(e).backgroundColor") != CLEAR, key
    for key in ("buttons", "quickReplies", "links"):
        expect(shown[key]).to_have_css("border-left-width", "1px")
    for key in ("quickReplies", "links", "listItemButtons"):
        expect(shown[key]).to_have_css("color", "rgb(36, 89, 196)")


def test_buttons_take_the_documented_styles_in_the_window(page, host, site):
    looks = {"color": "#004F99", "backgroundColor": "#ffeedd", "borderColor": "black", "textDecoration": "none"}
    hover = {"color": "white", "backgroundColor": "green", "borderColor": "yellow", "textDecoration": "underline"}
    gone(page, host, site, styles={key: {"primary": looks, "primaryHover": hover} for key in KEYS})
    for button in talked(page, site).values():
        expect(button).to_have_css("color", BLUE)
        expect(button).to_have_css("background-color", "rgb(255, 238, 221)")
        expect(button).to_have_css("text-decoration-line", "none")
        button.hover()
        expect(button).to_have_css("color", "rgb(255, 255, 255)")
        expect(button).to_have_css("background-color", "rgb(0, 128, 0)")
        expect(button).to_have_css("text-decoration-line", "underline")


def test_the_other_documented_styles_have_effect(page, host, site):
    picture = f"{site.base}/static/site/mark.svg"
    gone(page, host, site, styles={
        "chatBackgroundColor": "#ABCDEF",
        "header": {"title": "My Company Title", "iconUrl": picture,
                   "style": {"color": "white", "backgroundColor": "blue"}},
        "footer": {"placeholderText": "My text input placeholder..."},
        "mount": {"iconUrl": picture, "style": {"backgroundColor": "#004F99", "bottom": "5rem", "right": ".9rem"}},
    })  # fmt: skip
    assert part(page, ".launcher img").get_attribute("src") == picture
    expect(part(page, ".launcher")).to_have_css("bottom", "80px")
    entered(page)
    expect(part(page, ".list")).to_have_css("background-color", "rgb(171, 205, 239)")
    expect(part(page, ".header")).to_have_css("background-color", "rgb(0, 0, 255)")
    expect(part(page, ".header")).to_have_css("color", "rgb(255, 255, 255)")
    assert part(page, ".header img").get_attribute("src") == picture
    expect(part(page, "textarea")).to_have_attribute("placeholder", "My text input placeholder...")


def test_who_is_typing_stands_on_the_businesss_side(page, host, site):
    gone(page, host, site)
    entered(page)
    say(page, "Hello")
    Business(Account(site.base)).send(event={"type": "typing_on"})
    expect(part(page, ".typing")).to_be_visible()
    left, top = bubbles(page, "other").bounding_box()["x"], part(page, ".row.own").bounding_box()
    dots = part(page, ".typing .bubble").bounding_box()
    assert dots["x"] == left
    assert dots["y"] > top["y"] + top["height"]


def test_without_a_close_icon_it_cannot_be_closed(page, host, site):
    gone(page, host, site, hideCloseIcon=True)
    entered(page)
    expect(page.locator("hubster-webchat").get_by_role("button", name="Close chat")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(part(page, ".panel.open")).to_have_count(1)


def test_a_full_window_fills_the_page(page, host, site):
    gone(page, host, site, fullWindow=True)
    entered(page)
    expect(part(page, ".panel.open")).to_have_css("opacity", "1")
    assert part(page, ".panel").bounding_box() == {"x": 0, "y": 0, **page.viewport_size}
    say(page, "word " * 400)
    assert bubbles(page, "own").bounding_box()["width"] <= 600
    cards = [card(site.base, name, "teapot") for name in ("One", "Two")]
    Business(Account(site.base)).send(message={"type": "carousel", "items": cards})
    expect(part(page, ".slide")).to_have_count(2)
    expect(part(page, ".arrow.right")).to_be_hidden()
    page.set_viewport_size({"width": 400, "height": 800})
    expect(part(page, ".arrow.right")).to_be_visible()


@pytest.mark.parametrize("opens", [True, False])
def test_a_new_message_opens_it_where_the_page_wants_that(page, host, site, opens):
    gone(page, host, site, "onMount(open) { window.noted.push(open); }", openOnNewMessage=opens)
    entered(page)
    say(page, "Hello")
    closed(page)
    Business(Account(site.base)).say("Noor here.")
    expect(bubbles(page, "agent")).to_have_count(1)
    expect(part(page, ".panel.open")).to_have_count(int(opens))
    assert page.evaluate("window.noted") == [True, False, *([True] if opens else [])]


def test_a_single_emoji_stands_in_its_bubble(page, host, site):
    gone(page, host, site)
    entered(page)
    say(page, "👋")
    # both in one look: the row is drawn anew when its state changes
    bubble, words = bubbles(page, "own").evaluate(
        "(bubble) => [bubble, bubble.querySelector('.text.emoji')].map((part) => part.getBoundingClientRect().toJSON())"
    )
    assert bubble["x"] < words["x"]
    assert bubble["y"] < words["y"]
    assert words["bottom"] < bubble["bottom"]


def test_a_card_can_be_read_in_the_dark(page, host, site):
    gone(page, host, site, theme="dark")
    entered(page)
    say(page, "Hello")
    Business(Account(site.base)).send(message=card(site.base, "Teapot", "teapot", subtitle="For two"))
    expect(part(page, ".card-subtitle")).to_be_in_viewport(ratio=1)
    is_accessible(page, "hubster-webchat")


def test_custom_properties_of_the_host_page_are_taken(page, host, site):
    gone(page, host, site)
    page.add_style_tag(content="hubster-webchat { --hw-accent: rgb(1, 2, 3); --hw-field: rgb(4, 5, 6) }")
    entered(page)
    expect(part(page, ".launcher")).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(part(page, ".header")).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(part(page, ".footer")).to_have_css("background-color", "rgb(4, 5, 6)")
