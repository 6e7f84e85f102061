"""A new manager, without a hint: hub, web chat, snippet on a page elsewhere, first message, reply at the desk."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests import live
from tests.e2e import hostpage
from tests.e2e.screens import DESK, PHONE, is_accessible

pytestmark = pytest.mark.browser
MOST_CLICKS = 14


@dataclass
class Hand:
    """Presses what is on the page, and counts."""

    clicks: int = 0

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1


@pytest.fixture
def shop() -> Iterator[hostpage.Site]:
    """The manager's own website."""
    with hostpage.serving() as running:
        yield running


@pytest.fixture
def office(chromium: Browser, site: live.Stack) -> Iterator[BrowserContext]:
    """The manager's browser, not logged in."""
    site.revive()
    context = chromium.new_context(viewport=DESK, base_url=site.base, locale="en-GB")
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.base)
    context.set_default_timeout(15_000)
    yield context
    context.close()


def log_in(page: Page, hand: Hand, who: str = "manager") -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill(who)
    hand.click(page.get_by_role("button", name="Log in"))


def add_hub(page: Page, hand: Hand, name: str) -> None:
    hand.click(page.locator("a[href='/admin/portal/hub/']"))
    hand.click(page.locator("a[href^='/admin/portal/hub/add/']").first)
    page.get_by_label("Name").fill(name)
    hand.click(page.get_by_role("button", name="Save", exact=True))


def test_from_the_login_to_the_first_reply_in_a_few_clicks(office, chromium, shop, site):
    page, hand = office.new_page(), Hand()
    log_in(page, hand)
    add_hub(page, hand, "Tea on a bench")
    hand.click(page.get_by_role("link", name="Add web chat"))
    page.get_by_label("Your websites").fill(f"{shop.url}pages/tea.html?from=mail#top")
    hand.click(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text(f"Website kept as {shop.url.rstrip('/')}.")).to_be_visible()
    hand.click(page.get_by_role("button", name="Copy the snippet"))
    expect(page.locator("#copy-status")).to_have_text("Copied")
    shop.snippet = page.evaluate("navigator.clipboard.readText()")

    visitor = chromium.new_context(viewport=DESK).new_page()
    visitor.goto(shop.url)
    hand.click(visitor.locator("hubster-webchat .launcher"))
    visitor.locator("hubster-webchat textarea").fill("Is anybody there?")
    visitor.locator("hubster-webchat textarea").press("Enter")

    hand.click(page.get_by_role("link", name="Open the desk"))
    hand.click(page.locator("[id^=row-]").filter(has_text="Is anybody there?"))
    page.locator("#text").fill("Yes, I am.")
    page.locator("#text").press("Enter")
    expect(visitor.locator("hubster-webchat .row.agent:not(.typing) .bubble")).to_contain_text("Yes, I am.")
    visitor.context.close()
    assert hand.clicks <= MOST_CLICKS


def test_what_is_copied_is_announced_without_a_clipboard_too(office, site):
    """On plain http away from this machine there is no clipboard interface: the old command copies."""
    page = office.new_page()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    log_in(page, Hand())
    add_hub(page, Hand(), "Plain http")
    button = page.get_by_role("button", name="Copy the hub ID")
    button.click()
    expect(page.locator("#copy-status")).to_have_text("Copied")
    expect(page.get_by_role("button", name="Copied the hub ID")).to_be_visible()
    wanted = page.url.split("/hub/")[1].split("/")[0]
    assert page.evaluate("getSelection().toString()") == wanted


def test_a_secret_that_is_shown_once_can_be_copied(office, site):
    page = office.new_page()
    log_in(page, Hand(), "owner")
    page.goto("/admin/portal/client/")
    page.get_by_role("link", name="Hubster Portal API Client").click()
    page.get_by_role("link", name="Add secret").click()
    page.get_by_label("Name").fill("Order system")
    page.get_by_role("button", name="Create secret").click()
    shown = page.locator(".hub-once").inner_text()
    page.locator(".hub-secret").get_by_role("button", name="Copy").click()
    expect(page.locator("#copy-status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == shown
    page.reload()
    expect(page.locator(".hub-once")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_of_the_way_are_accessible(chromium, site, size, scheme):
    site.revive()
    context = chromium.new_context(viewport=size, base_url=site.base, color_scheme=scheme)
    page = context.new_page()
    log_in(page, Hand(), "owner")
    hub, chat = "00000000-0000-0000-0000-0000000000a1", "00000000-0000-0000-0000-000000000023"
    bot = "00000000-0000-0000-0000-000000000022"
    for path in ("hub/add/", f"hub/{hub}/change/", "integration/add/", "integration/add/?channel=WebChat",
                 "integration/add/?channel=Direct", "integration/add/?channel=System", f"integration/{chat}/change/",
                 f"integration/{bot}/change/", f"integration/{bot}/rotate/", f"hub/{hub}/delete/", "client/",
                 "responsecommand/add/", "transfercommand/add/", "dynamiccommand/add/", "user/", "user/add/",
                 "auditentry/"):  # fmt: skip
        page.goto(f"/admin/portal/{path}")
        is_accessible(page, "#content")
    page.goto("/admin/password_change/")
    is_accessible(page, "#content")
    context.close()
