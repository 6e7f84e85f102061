"""A manager adds Slack: from the card to the workspace's own page and back, and chooses a channel for threads."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import live
from tests.e2e.screens import DESK, is_accessible_in_all_looks
from tests.e2e.slack_guide import enter, office_with_slack
from tests.e2e.test_connection import ADD
from tests.inbox.slack_emulated import needs_program

pytestmark = [pytest.mark.browser, needs_program]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Stack]:
    with office_with_slack(tmp_path_factory.mktemp("slack")) as stack:
        yield stack


@pytest.fixture
def page(chromium: Browser, office: live.Stack) -> Iterator[Page]:
    """A manager's, logged in."""
    context = chromium.new_context(viewport=DESK, base_url=office.base, locale="en-GB")
    found = context.new_page()
    enter(found)
    yield found
    context.close()


def test_slack_is_added_on_the_workspaces_own_page(page: Page):
    page.goto(ADD)
    page.get_by_role("link", name="Slack").click()
    is_accessible_in_all_looks(page)
    page.get_by_label("Hub").select_option(label="Demo shop")
    page.get_by_label("Name").fill("Our Slack")
    page.get_by_label("Name").press("Enter")
    leave = page.get_by_role("link", name="Add to Slack")
    expect(leave).to_be_visible()
    is_accessible_in_all_looks(page)
    leave.click()
    page.locator("form button").first.click()
    expect(page.get_by_text("New threads begin in #general.")).to_be_visible()
    is_accessible_in_all_looks(page)
    page.get_by_text("Choose another channel").click()
    page.get_by_label("Channel", exact=True).fill("support")
    page.get_by_label("Channel", exact=True).press("Enter")
    expect(page.locator("#workspace")).to_contain_text("New threads begin in #support.")
    page.get_by_role("button", name="Reconnect").click()
    expect(page.get_by_role("link", name="Add to Slack")).to_be_visible()


def test_an_old_link_says_what_to_do(page: Page):
    page.goto("/integrations/slack/callback?code=1&state=old")
    expect(page.get_by_role("heading")).to_have_text("This link no longer works")
    is_accessible_in_all_looks(page)
