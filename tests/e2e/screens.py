"""The sizes of the screens that pages are looked at on, and whether everybody can use what is there."""

import os

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# The two looks that differ most; `make looks` judges the other two as well, which takes twice as long.
LOOKS = [(DESK, "light"), (PHONE, "dark")]
if os.environ.get("HUBSTER_ALL_LOOKS"):
    LOOKS += [(DESK, "dark"), (PHONE, "light")]


def is_accessible(page: Page, within: str | None = None) -> None:
    """Fails with a report of what is not; `within` is the part that is looked at, without it the whole page."""
    found = Axe().run(page, context=within)
    assert found.violations_count == 0, found.generate_report()


def is_accessible_in_all_looks(page: Page) -> None:
    """The same of the whole page on every screen, light and dark; nothing is wider than the screen either."""
    for screen, scheme in LOOKS:
        page.set_viewport_size(screen)
        page.emulate_media(color_scheme=scheme)
        is_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"], page.url
