"""The preview of a message in a browser: drawn as it is typed, in every look, and read by everybody."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import live
from tests.adapters.every_provider import CONFIGURATIONS
from tests.e2e.every_channel import EMPTY, HUB, connect_every_channel
from tests.e2e.screens import is_accessible_in_all_looks

pytestmark = pytest.mark.browser
PHONES = len(CONFIGURATIONS) + 2


@pytest.fixture
def page(visitor: BrowserContext, site: live.Stack) -> Page:
    """A manager's page."""
    connect_every_channel(site)
    page = visitor.new_page()
    page.goto("/admin/login/")
    page.fill("#id_username", "manager")
    page.fill("#id_password", "manager")
    page.press("#id_password", "Enter")
    page.wait_for_url("**/admin/")
    return page


def words(page: Page, text: str):
    """The bubbles that say this."""
    return page.locator(".phone-words", has_text=text)


def test_a_message_is_drawn_on_every_channel_as_it_is_typed(page: Page):
    page.goto(f"/admin/preview?hub={HUB}&example=text")
    expect(page.locator(".phone")).to_have_count(PHONES)
    page.get_by_label("Message 1", exact=True).fill("Only ten left <b>now</b>")
    expect(words(page, "Only ten left <b>now</b>")).to_have_count(PHONES)
    expect(page.get_by_role("status").filter(has_text="Shown on")).to_have_count(1)
    page.get_by_role("button", name="Add a message").click()
    page.get_by_label("Message 2", exact=True).fill("Second")
    expect(words(page, "Second")).to_have_count(PHONES)
    page.get_by_role("button", name="Remove message 2").click()
    expect(words(page, "Second")).to_have_count(0)


def test_the_page_can_be_used_by_everybody(page: Page):
    for address in (f"?hub={HUB}&example=carousel", f"?hub={HUB}&example=items", f"?hub={EMPTY}"):
        page.goto(f"/admin/preview{address}")
        is_accessible_in_all_looks(page)


def test_a_saved_reply_is_drawn_for_the_hub_that_is_chosen(page: Page):
    page.goto("/admin/portal/responsecommand/add/")
    page.get_by_label("Hub").select_option(HUB)
    page.get_by_label("Message 1", exact=True).fill("Nine to five.")
    expect(words(page, "Nine to five.")).to_have_count(PHONES)


def test_a_welcome_message_is_drawn_when_its_preview_is_opened(page: Page):
    page.goto("/admin/portal/integration/00000000-0000-0000-0000-000000000023/change/")
    page.get_by_text("Preview the welcome message").click()
    page.get_by_label("Welcome message", exact=True).fill("Good morning!")
    expect(words(page, "Good morning!")).to_have_count(1)
