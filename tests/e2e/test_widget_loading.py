"""The widget's two scripts: a page pays for the chat only when somebody wants it, and learns when it cannot have it."""

import re

import pytest
from playwright.sync_api import BrowserContext, Request, expect

pytestmark = pytest.mark.browser
START = "hubster-webchat-1.0.min.js"
VERSIONED = re.compile(r"hubster-webchat-1\.0\.[0-9a-f]{12}\.min\.js$")
CORES = re.compile(r"hubster-webchat-1\.0(\.[0-9a-f]{12}|-core)\.min\.js$")
BUTTON = "hubster-webchat .launcher"


def asked(context: BrowserContext) -> list[str]:
    """The names of what the widget asks for from now on."""
    names: list[str] = []

    def note(request: Request) -> None:
        if "/pub/scripts/" in request.url or "/api/" in request.url:
            names.append(request.url.rpartition("/")[2])

    context.on("request", note)
    return names


def test_a_new_visitors_page_loads_the_button_and_stores_nothing(visitor):
    names, page = asked(visitor), visitor.new_page()
    page.goto("/", wait_until="networkidle")
    expect(page.locator(BUTTON)).to_be_visible()
    assert names == [START]
    assert page.evaluate("Object.keys(localStorage).length + document.cookie.length") == 0


@pytest.mark.parametrize("way", ["hover", "focus"])
def test_the_rest_comes_when_the_visitor_comes_to_the_button(visitor, way):
    names, page = asked(visitor), visitor.new_page()
    page.goto("/", wait_until="networkidle")
    with page.expect_response("**/hubster-webchat-1.0.*.min.js") as core:
        getattr(page.locator(BUTTON), way)()
    assert core.value.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(names) == 2
    page.locator(BUTTON).click()
    expect(page.locator("hubster-webchat textarea")).to_be_focused()


def test_a_visitor_who_chatted_before_has_it_at_once(visitor):
    page = visitor.new_page()
    page.goto("/")
    page.locator(BUTTON).click()
    expect(page.locator("hubster-webchat .row").first).to_be_visible()
    with page.expect_websocket():
        page.reload()


@pytest.mark.complains("could not be loaded")
def test_when_it_cannot_be_loaded_the_button_says_so_and_the_next_press_tries_again(visitor):
    page = visitor.new_page()
    page.route(CORES, lambda route: route.abort())
    page.goto("/")
    page.locator(BUTTON).click()
    expect(page.locator("hubster-webchat [role=status]").first).to_have_text("Not loaded. Try again")
    expect(page.locator("hubster-webchat .badge")).to_have_text("!")
    expect(page.locator(BUTTON)).to_have_attribute("aria-busy", "false")
    page.unroute_all()
    page.locator(BUTTON).click()
    expect(page.locator("hubster-webchat textarea")).to_be_focused()
    expect(page.locator(BUTTON)).not_to_have_attribute("title", "Not loaded. Try again")


@pytest.mark.complains("status of 404")
def test_after_an_update_a_page_that_is_still_open_takes_the_new_core(visitor):
    page = visitor.new_page()
    page.route(VERSIONED, lambda route: route.fulfill(status=404))
    page.goto("/")
    with page.expect_response("**/hubster-webchat-1.0-core.min.js"):
        page.locator(BUTTON).click()
    expect(page.locator("hubster-webchat textarea")).to_be_focused()
