"""The docs and the API reference in a real browser: usable by everybody, on every screen, light and dark."""

import re

import pytest
from playwright.sync_api import Browser

from tests import live
from tests.e2e.screens import is_accessible_in_all_looks
from webchat import docs
from webchat.reference import operations

pytestmark = pytest.mark.browser
PAGES = [
    *(f"/docs/{page.slug}" for page in docs.all_pages()),
    "/docs/api-reference",
    *(f"/docs/api-reference/{group.slug}" for group in operations.groups()),
    "/docs/api-reference/objects",
]
# Pages that axe does not judge, each with its reason.
EXEMPT = {
    "/docs/api-reference/try": "The inside is Swagger UI, unchanged: names of its fields, contrast of its greys and"
    " order of its headings are its own. Whatever it does, the reference and curl do too.",
}


def test_every_page_that_a_reader_can_reach_is_judged_or_named_as_exempt(client):
    seen, pending = set(), ["/docs/"]
    while pending:
        html = client.get(pending.pop()).content.decode()
        found = {link.partition("#")[0] for link in re.findall(r'href="(/docs/[a-z-]+(?:/[a-z-]+)?)[#"]', html)}
        pending += found - seen
        seen |= found
    assert seen == {*PAGES, *EXEMPT}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_usable_by_everybody(chromium: Browser, site: live.Stack, path):
    page = chromium.new_page(base_url=site.base)
    page.goto(path)
    is_accessible_in_all_looks(page)
    page.close()
