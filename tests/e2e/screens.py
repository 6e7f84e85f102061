"""The sizes of the screens that pages are looked at on, and whether everybody can use what is there."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def is_accessible(page: Page, within: str | None = None) -> None:
    """Fails with a report of what is not; `within` is the part that is looked at, without it the whole page."""
    found = Axe().run(page, context=within)
    assert found.violations_count == 0, found.generate_report()
