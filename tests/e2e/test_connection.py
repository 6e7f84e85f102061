"""A manager connects a channel that somebody else runs: chooses it, is refused, and sees the first message come."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import live
from tests.e2e.screens import DESK, LOOKS, is_accessible
from tests.services import free_port

pytestmark = pytest.mark.browser
ADD = "/admin/portal/integration/add/"


@pytest.fixture(scope="module")
def office() -> Iterator[live.Stack]:
    """The demo with a provider's channel."""
    with live.embedded("-m", "tests.e2e.provider_demo", TOY_PORT=str(free_port())) as stack:
        yield stack


@pytest.fixture
def page(chromium: Browser, office: live.Stack) -> Iterator[Page]:
    """A manager's, logged in."""
    context = chromium.new_context(viewport=DESK, base_url=office.base, locale="en-GB")
    complaints: list[str] = []
    context.on("weberror", lambda fault: complaints.append(str(fault.error)))
    found = context.new_page()
    found.goto("/admin/login/")
    found.fill("#id_username", "manager")
    found.fill("#id_password", "manager")
    found.press("#id_password", "Enter")
    found.wait_for_url("**/admin/")
    yield found
    context.close()
    assert complaints == []


def is_accessible_everywhere(page: Page) -> None:
    """On each screen, light and dark, without a reload: the page stays as it was filled in."""
    for screen, scheme in LOOKS:
        page.set_viewport_size(screen)
        page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", scheme == "dark")
        is_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    page.set_viewport_size(DESK)


def fill_in(page: Page, name: str, token: str) -> None:
    """By the keyboard from the name on; Enter sends the form."""
    page.locator("select[name=hub]").select_option(label="Demo shop")
    page.get_by_label("Name", exact=False).first.fill(name)
    page.get_by_label("Access token").fill(token)
    page.get_by_label("Access token").press("Enter")


def check(page: Page, key: str, tone: str) -> Locator:
    """A line of the checklist, once it has the tone."""
    found = page.locator(f"#check-{key}.hub-{tone}")
    expect(found).to_be_visible()
    return found


def call(hook: str, token: str, body: bytes) -> int:
    """The provider calls the webhook; the status of the answer."""
    request = urllib.request.Request(hook, body, {"X-Token": token, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return int(answer.status)


def said(who: str, key: str) -> bytes:
    thing = {"kind": "say", "from": who.lower(), "id": key, "at": int(time.time() * 1000), "text": "Are you there?",
             "profile": {"full name": who}}  # fmt: skip
    return json.dumps({"things": [thing]}).encode()


def test_from_the_choice_to_the_first_reply(page, office):
    page.goto(ADD)
    is_accessible_everywhere(page)
    page.get_by_role("link", name="Rich chat").press("Enter")

    fill_in(page, "Rich shop", "bad-token-1")
    expect(page.get_by_text("Access token is not known. Copy it again.")).to_be_visible()
    expect(page.get_by_label("Access token")).to_have_attribute("placeholder", "Not saved. Enter it again.")
    is_accessible_everywhere(page)
    fill_in(page, "Rich shop", "good-token-1")
    expect(page.get_by_text("Rich chat knows you as teashop.").first).to_be_visible()

    check(page, "account", "good")
    hook = check(page, "webhook", "wait").locator("code").inner_text()
    check(page, "heard", "wait")
    is_accessible_everywhere(page)
    page.evaluate("window.sameLoad = true")
    assert call(hook, "good-token-1", b"no JSON") == 200
    expect(check(page, "parked", "bad")).to_contain_text("JSONDecodeError")
    check(page, "webhook", "good")
    assert call(hook, "good-token-1", said("Ann", "m1")) == 200
    expect(check(page, "heard", "good")).to_contain_text("Ann")
    assert page.evaluate("window.sameLoad"), "nobody reloaded the page"

    page.reload()
    page.get_by_text("Send a test message").press("Enter")
    is_accessible_everywhere(page)
    page.get_by_role("button", name="Send", exact=True).press("Enter")
    expect(check(page, "answered", "good")).to_contain_text("Replies are sent")
    page.get_by_role("button", name="Process again").press("Enter")
    expect(page.get_by_text("1 webhook is processed again.")).to_be_visible()
    expect(page.locator("#check-version")).to_contain_text(re.compile("switches this version off on .* Update Hubster"))
