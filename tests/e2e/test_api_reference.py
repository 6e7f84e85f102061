"""The page to try the API out on, in a real browser: nothing from outside, and it really calls.

Its inside is Swagger UI's, which no accessibility test of ours looks at: see docs/openapi.md.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from hubster.lib.openapi import views
from tests import live
from tests.e2e.screens import DESK, PHONE
from tests.system.account import Account

pytestmark = pytest.mark.browser
PATH = "/docs/api-reference/try"
OPERATIONS = sum(len(methods) for methods in views.document()["paths"].values())


@pytest.fixture
def page(chromium: Browser, site: live.Stack) -> Iterator[Page]:
    """The page. A complaint on its console, such as a breach of the content policy, fails the test; so does a
    request that leaves its origin."""
    context = chromium.new_context(viewport=DESK, base_url=site.base)
    context.set_default_timeout(20_000)
    shown = context.new_page()
    complaints: list[str] = []
    shown.on("console", lambda entry: complaints.append(entry.text) if entry.type in ("error", "warning") else None)
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("request", lambda request: None if _is_home(request.url, site) else complaints.append(request.url))
    shown.goto(PATH)
    expect(shown.locator(".opblock").first).to_be_visible()
    yield shown
    context.close()
    assert complaints == []


def _is_home(url: str, site: live.Stack) -> bool:
    return url.startswith((f"{site.base}/", "data:", f"blob:{site.base}"))


def authorize(page: Page, account: Account) -> None:
    """Log in as the portal's client, as a reader would."""
    page.locator("button.authorize").first.click()
    form = page.locator(".auth-container", has_text="portalClient")
    form.locator("input[data-name=clientId]").fill(account.client_id("portal"))
    form.locator("input[data-name=clientSecret]").fill("demo-portal-secret")
    form.locator(".scopes label").click()
    form.locator("button.authorize").click()
    expect(form.get_by_text("Logout")).to_be_visible()
    page.locator(".close-modal").click()


def test_all_operations_are_listed(page):
    expect(page.locator(".opblock")).to_have_count(OPERATIONS)
    expect(page.locator(".info .title")).to_contain_text("Hubster API")


def test_a_reader_logs_in_and_lists_the_hubs(page, site):
    authorize(page, Account(site.base))
    page.locator("#operations-Hubs-listHubs .opblock-summary-control").click()
    page.locator("#operations-Hubs-listHubs button.execute").click()
    answer = page.locator("#operations-Hubs-listHubs .live-responses-table .response")
    expect(answer.locator(".response-col_status").first).to_contain_text("200")
    expect(answer).to_contain_text("00000000-0000-0000-0000-0000000000a1")


def test_the_page_fits_a_phone(page):
    page.set_viewport_size(PHONE)
    page.reload()
    page.locator("#operations-Hubs-createHub .opblock-summary-control").click()
    expect(page.locator("#operations-Hubs-createHub textarea")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_each_call_of_the_reference_leads_to_its_place_here(page):
    page.goto("/docs/")
    page.get_by_role("link", name="API reference", exact=True).first.click()
    page.get_by_role("link", name="Create a transfer command").click()
    page.locator("section", has=page.locator("#createTransferCommand")).get_by_role("link", name="Try it out").click()
    expect(page.locator("#operations-Transfer_commands-createTransferCommand textarea")).to_be_visible()
