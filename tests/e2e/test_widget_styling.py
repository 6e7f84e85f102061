"""The styling mode, and every key of `styles`, in a real browser under a policy that allows no inline style."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.screens import PHONE, is_accessible
from tests.e2e.sources import Sources, opened

pytestmark = pytest.mark.browser
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'"
KEYS = ("buttons", "quickReplies", "links", "listItemButtons", "listButtons")
TONES = ("primary", "info", "secondary", "success", "warning", "danger")
RED, GREEN, BLUE = "rgb(255, 0, 0)", "rgb(0, 128, 0)", "rgb(0, 0, 255)"
# What a sample of each kind has.
SAMPLES = (
    ".own .bubble", ".agent .bubble", ".bot .bubble", ".sending", ".delayed", ".failed", ".emoji", ".typing", "video",
    "audio", ".caption", ".attachment", ".location .map", ".contact dl", ".card-subtitle", ".carousel .slide",
    ".entries .card", ".bubble .card", "a.watch[href*=youtube]", "a.watch[href*=vimeo]", ".retry", ".frame.sample",
)  # fmt: skip


@pytest.fixture
def chat(chromium: Browser) -> Iterator[Sources]:
    """A page on which the mode can be started."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    found = opened(context, POLICY)
    found.page.on("console", lambda entry: found.complaints.append(entry.text) if entry.type == "error" else None)
    yield found
    context.close()
    assert found.complaints == []


def started(chat: Sources, styles: dict[str, Any] | None = None) -> None:
    """The mode with styles of the host page."""
    chat.page.evaluate("(config) => window.style(config)", {"styling": True, "styles": styles or {}})


def find(chat: Sources, selector: str) -> Locator:
    """Something that is shown."""
    return chat.page.locator(f"hubster-test {selector}")


def test_there_is_a_sample_of_everything(chat):
    started(chat)
    for selector in SAMPLES:
        assert find(chat, selector).count(), selector
    for key in KEYS:
        for tone in TONES:
            assert find(chat, f".{key}.{tone}").count(), (key, tone)


def test_nobody_is_talked_to_and_nothing_is_stored(chat):
    chat.page.evaluate("""() => {
      window.calls = [];
      for (const name of ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource']) {
        const note = () => { window.calls.push(name); return {}; };
        window[name] = new Proxy(window[name], { apply: note, construct: note });
      }
    }""")
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    started(chat)
    find(chat, "textarea").fill("Hello")
    find(chat, "textarea").press("Enter")
    for selector in (".retry", ".buttons.info", ".quickReplies.info", ".arrow.right", ".play >> nth=0"):
        find(chat, selector).click()
    assert chat.page.evaluate("window.calls") == []
    assert chat.page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    assert asked == []
    expect(find(chat, "iframe")).to_have_count(0)


@pytest.mark.parametrize("key", KEYS)
def test_each_button_takes_its_style_and_its_hover(chat, key):
    looks: dict[str, Any] = {}
    for tone in TONES:
        looks[tone] = {"color": "red", "backgroundColor": "green", "border-color": "blue"}
        looks[f"{tone}Hover"] = {"color": "blue", "background-color": "red", "textDecoration": "overline"}
    started(chat, {key: looks})
    for tone in TONES:
        button = find(chat, f".{key}.{tone}").first
        expect(button).to_have_css("color", RED)
        expect(button).to_have_css("background-color", GREEN)
        button.hover()
        expect(button).to_have_css("color", BLUE)
        expect(button).to_have_css("background-color", RED)
        expect(button).to_have_css("text-decoration-line", "overline")
    others = [other for other in KEYS if other != key]
    assert all(
        find(chat, f".{other}.info").first.evaluate("(e) => getComputedStyle(e).color") != RED for other in others
    )


def test_without_a_hover_style_a_button_keeps_its_colours(chat):
    started(chat, {"buttons": {"danger": {"backgroundColor": "green"}}})
    button = find(chat, ".buttons.danger")
    button.hover()
    expect(button).to_have_css("background-color", GREEN)


def test_variables_of_the_host_page_with_common_names_change_nothing(chat):
    started(chat)
    shown = find(chat, ".action, .card, .frame, .attachment").all()[::4]
    look = "(one) => getComputedStyle(one).cssText"
    before = [one.evaluate(look) for one in shown]
    names = [
        "card",
        "primary",
        "primary-ink",
        "on-primary",
        "info",
        "danger",
        "link",
        "frame",
        "card-line",
        "card-width",
    ]
    chat.page.evaluate(
        "(names) => names.forEach((name) => document.documentElement.style.setProperty(`--${name}`, 'red'))", names
    )
    assert [one.evaluate(look) for one in shown] == before


def test_bubbles_header_and_ground_take_theirs(chat):
    started(chat, {
        "userTextMessage": {"background-color": "green"}, "agentTextMessage": {"color": "red"},
        "botTextMessage": {"backgroundColor": "blue", "border-radius": "3px"}, "chatBackgroundColor": "rgb(1, 2, 3)",
        "header": {"title": "My company", "style": {"backgroundColor": "red"}},
        "footer": {"placeholderText": "Say it"},
    })  # fmt: skip
    expect(find(chat, ".own .bubble").first).to_have_css("background-color", GREEN)
    expect(find(chat, ".agent .bubble").first).to_have_css("color", RED)
    expect(find(chat, ".bot .bubble").first).to_have_css("border-top-left-radius", "3px")
    expect(find(chat, ".list")).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(find(chat, ".title")).to_have_text("My company")
    expect(find(chat, "textarea")).to_have_attribute("placeholder", "Say it")


@pytest.mark.parametrize("wrong", [
    None, 7, "red", [], {"primary": None}, {"primary": "red"}, {"primary": {"color": {"a": 1}, "nothing": "x"}},
    {"primary": {"color": "red}*{display:none", "backgroundColor": "</style>", "": "red", "1": "x", "a;b": "c"}},
])  # fmt: skip
def test_what_is_no_style_does_no_harm(chat, wrong):
    started(chat)
    before = find(chat, ".buttons.primary").evaluate("(e) => getComputedStyle(e).cssText")
    chat.page.evaluate(
        "(wrong) => { window.HUBSTER_CONFIG.styles = { buttons: wrong, links: wrong, agentTextMessage: wrong,"
        " header: { title: 'New', style: wrong } }; }",
        wrong,
    )
    expect(find(chat, ".title")).to_have_text("New")
    assert find(chat, ".buttons.primary").evaluate("(e) => getComputedStyle(e).cssText") == before


def test_a_change_in_the_console_is_shown_at_once_until_the_mode_ends(chat):
    chat.page.clock.install()
    started(chat)
    chat.page.evaluate("window.HUBSTER_CONFIG.styles.userTextMessage = { backgroundColor: 'green' }")
    expect(find(chat, ".own .bubble").first).to_have_css("background-color", GREEN)
    chat.page.evaluate("window.styling.destroy()")
    chat.page.evaluate("window.HUBSTER_CONFIG.styles.userTextMessage = { backgroundColor: 'red' }")
    chat.page.clock.run_for(5_000)
    expect(find(chat, ".own .bubble").first).to_have_css("background-color", GREEN)


@pytest.mark.parametrize("size", [PHONE, {"width": 360, "height": 740}, {"width": 1280, "height": 800}])
def test_every_sample_is_accessible_and_fits(chat, size):
    chat.page.set_viewport_size(size)
    chat.page.emulate_media(reduced_motion="reduce")
    started(chat)
    expect(find(chat, ".panel.open")).to_have_css("opacity", "1")
    is_accessible(chat.page, "hubster-test")
    assert find(chat, ".list").evaluate("(list) => list.scrollWidth - list.clientWidth") == 0
