"""Every list of the admin, a page of each, and each form to add one, can be used by everybody."""

import pytest
from playwright.sync_api import Browser

from tests import live
from tests.e2e.screens import DESK, is_accessible_in_all_looks

pytestmark = pytest.mark.browser
_LINKS = (
    "links => [...new Set(links.map(link => link.getAttribute('href')))].filter(href => href?.startsWith('/admin/'))"
)


@pytest.mark.parametrize("who", ["manager", "admin"])
def test_everybody_can_use_the_lists_and_a_page_of_each(chromium: Browser, site: live.Stack, who):
    site.revive()
    context = chromium.new_context(viewport=DESK, base_url=site.base, locale="en-GB")
    page = context.new_page()
    page.goto("/admin/login/")
    if who == "manager":
        is_accessible_in_all_looks(page)
        page.set_viewport_size(DESK)
    page.fill("#id_username", who)
    page.fill("#id_password", who)
    page.press("#id_password", "Enter")
    page.wait_for_url("**/admin/")
    lists = [href for href in page.locator("#nav-sidebar a").evaluate_all(_LINKS) if "desk" not in href]
    assert len(lists) > 10
    for href in lists:
        page.goto(href)
        assert page.locator("main h1, header h1").count() == 1
        is_accessible_in_all_looks(page)
        for link in ("#result_list a[href*='/change/']", "a[href$='/add/']"):
            page.goto(href)
            found = page.locator(link)
            if found.count():
                page.goto(str(found.first.get_attribute("href")))
                is_accessible_in_all_looks(page)
    context.close()
