"""Every list of the admin, a page of each, and each form to add one, can be used by everybody."""

import re

import pytest
from playwright.sync_api import Browser, Page

from tests import live
from tests.e2e.screens import DESK, EVERYTHING, is_accessible_in_all_looks

pytestmark = pytest.mark.browser
_LINKS = (
    "links => [...new Set(links.map(link => link.getAttribute('href')))].filter(href => href?.startsWith('/admin/'))"
)


def enter(page: Page, who: str) -> list[str]:
    """Log in; the addresses of the lists, and of the overview."""
    page.fill("#id_username", who)
    page.fill("#id_password", who)
    page.press("#id_password", "Enter")
    page.wait_for_url("**/admin/")
    lists = [href for href in page.locator("#nav-sidebar a").evaluate_all(_LINKS) if "desk" not in href]
    assert len(lists) > 10
    return lists


def kind(href: str) -> str:
    """The page whatever row it is of."""
    return re.sub(r"/[^/]+/change/.*", "/change/", href)


def test_everybody_can_use_the_lists_and_a_page_of_each(chromium: Browser, site: live.Stack):
    """By a manager and an operator: its lists have more columns, and of pages it is shown those that only it has."""
    site.revive()
    judged = set()
    for who in ("manager", "admin"):
        context = chromium.new_context(viewport=DESK, base_url=site.base, locale="en-GB")
        page = context.new_page()
        page.goto("/admin/login/")
        if not judged:
            is_accessible_in_all_looks(page)
            page.set_viewport_size(DESK)
        for href in enter(page, who):
            page.goto(href)
            assert page.locator("main h1, header h1").count() == 1
            found = [page.locator(link) for link in ("#result_list a[href*='/change/']", "a[href$='/add/']")]
            pages = [str(link.first.get_attribute("href")) for link in found if link.count()]
            is_accessible_in_all_looks(page)
            for address in pages:
                if kind(address) not in judged or EVERYTHING:
                    judged.add(kind(address))
                    page.goto(address)
                    is_accessible_in_all_looks(page)
        context.close()
    assert len(judged) > 10
