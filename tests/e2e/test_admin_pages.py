"""Every list of the admin, and a page of each, can be used by everybody."""

import pytest
from playwright.sync_api import Browser

from tests import live
from tests.e2e.screens import DESK, is_accessible

_LINKS = (
    "links => [...new Set(links.map(link => link.getAttribute('href')))].filter(href => href?.startsWith('/admin/'))"
)


@pytest.mark.parametrize("scheme", ["light"])
@pytest.mark.parametrize("screen", [DESK], ids=["desk"])
@pytest.mark.parametrize("who", ["manager"])
def test_everybody_can_use_the_lists_and_a_page_of_each(chromium: Browser, site: live.Stack, who, screen, scheme):
    site.revive()
    context = chromium.new_context(viewport=screen, base_url=site.base, color_scheme=scheme, locale="en-GB")
    page = context.new_page()
    page.goto("/admin/login/")
    is_accessible(page)
    page.fill("#id_username", who)
    page.fill("#id_password", who)
    page.press("#id_password", "Enter")
    page.wait_for_url("**/admin/")
    lists = [href for href in page.locator("#nav-sidebar a").evaluate_all(_LINKS) if "desk" not in href]
    assert len(lists) > 10
    for href in lists:
        page.goto(href)
        assert page.locator("main h1, header h1").count() == 1
        is_accessible(page)
        rows = page.locator("#result_list a[href*='/change/']")
        if rows.count():
            page.goto(str(rows.first.get_attribute("href")))
            is_accessible(page)
    context.close()
