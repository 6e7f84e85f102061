"""The chat on difficult pages, small screens, by keyboard, in other colours and languages."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.screens import is_accessible
from tests.e2e.widget import GREETING, PATH, Business, bubbles, configure, opened, part, say
from tests.system.account import Account

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 640}
HOSTILE = "* { all: unset !important } html { font-size: 60px !important; color: lime; letter-spacing: 9px }"


def looks(page: Page, selector: str) -> dict[str, str]:
    """What the browser computed."""
    names = ["position", "fontSize", "color", "letterSpacing", "display", "borderTopLeftRadius", "width", "fontFamily"]
    script = "(e, names) => { const s = getComputedStyle(e); return Object.fromEntries(names.map((n) => [n, s[n]])); }"
    return dict(part(page, selector).first.evaluate(script, names))


@pytest.mark.parametrize("selector", [".launcher", ".panel", ".bubble", "textarea"])
def test_a_hostile_style_sheet_changes_nothing(visitor: BrowserContext, selector):
    page = opened(visitor)
    before = looks(page, selector)
    page.evaluate("(css) => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s]; }",
                  HOSTILE)  # fmt: skip
    assert looks(page, selector) == before


def test_a_strict_content_policy_is_kept(visitor: BrowserContext):
    page = opened(visitor)
    policy = page.request.get(PATH).headers["content-security-policy"]
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    say(page, "Hello")  # a breach would be told on the console, which fails the test
    part(page, ".tool").click()
    part(page, ".choice").first.click()
    expect(part(page, "textarea")).to_have_value("😀")


def test_on_a_phone_it_fills_the_screen(visitor):
    page = opened(visitor)
    page.set_viewport_size(PHONE)
    expect(part(page, ".panel")).to_have_css("width", "360px")
    expect(part(page, ".panel")).to_have_css("height", "640px")
    say(page, "Hello " * 60)
    list_width = part(page, ".list").evaluate("list => [list.scrollWidth, list.clientWidth]")
    assert list_width[0] <= list_width[1]
    page.set_viewport_size({"width": 360, "height": 320})  # the keyboard came
    expect(part(page, "textarea")).to_be_in_viewport(ratio=1)
    expect(part(page, ".row.own .meta").last).to_be_in_viewport()


def test_a_whole_conversation_by_keyboard(visitor, site):
    page = visitor.new_page()
    page.goto(PATH)
    part(page, ".launcher").focus()
    page.keyboard.press("Enter")
    expect(bubbles(page).first).to_contain_text(GREETING)
    expect(part(page, "textarea")).to_be_focused()
    page.keyboard.type("Hello ")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(part(page, ".choice:focus")).to_have_attribute("title", "blowing a kiss")
    page.keyboard.press("Enter")
    expect(part(page, "textarea")).to_be_focused()
    page.keyboard.press("Enter")
    expect(part(page, ".row.own.sent")).to_have_count(1)
    Business(Account(site.base)).transfer(f"{site.base}/docs/", mount=-1, force=False)
    expect(part(page, "a.transfer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(part(page, ".panel.open")).to_have_count(0)
    expect(part(page, ".launcher")).to_be_focused()


def test_escape_closes_the_choice_of_emoji_first(visitor):
    page = opened(visitor)
    part(page, ".tool").click()
    page.keyboard.press("Escape")
    expect(part(page, ".emoji")).to_be_hidden()
    expect(part(page, ".panel.open")).to_have_count(1)
    expect(part(page, ".tool")).to_be_focused()


@pytest.mark.parametrize(("theme", "scheme"), [("light", "dark"), ("dark", "light"), ("auto", "dark")])
def test_it_is_accessible_in_light_and_dark(visitor, site, theme, scheme):
    configure(visitor, theme=theme)
    page = opened(visitor)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    say(page, "Hello")
    business = Business(Account(site.base))
    business.send(event={"type": "seen"})
    business.transfer(f"{site.base}/docs/", mount=-1, force=False)
    business.send(event={"type": "typing_on"})
    expect(part(page, ".typing")).to_be_visible()
    expect(part(page, ".panel.dark")).to_have_count(0 if theme == "light" else 1)
    is_accessible(page, "hubster-webchat")
    part(page, ".tool").click()
    is_accessible(page, "hubster-webchat")


@pytest.mark.parametrize(
    ("language", "placeholder", "direction"),
    [("de-AT", "Schreiben Sie hier …", "ltr"), ("ar", "اكتب هنا…", "rtl"), ("xx", "Please type here...", "ltr")],
)
def test_it_speaks_the_language_that_the_page_asks_for(visitor, language, placeholder, direction):
    configure(visitor, language=language)
    page = opened(visitor)
    expect(part(page, "textarea")).to_have_attribute("placeholder", placeholder)
    expect(part(page, ".panel")).to_have_css("direction", direction)
    own_side = part(page, ".panel").bounding_box()
    at_left = own_side["x"] < 640
    assert at_left == (direction == "rtl")


@pytest.mark.parametrize("hide", [True, False])
def test_who_powers_it_can_be_hidden(visitor, hide):
    configure(visitor, hidePoweredBy=hide)
    expect(part(opened(visitor), ".powered")).to_have_count(0 if hide else 1)
