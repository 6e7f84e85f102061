"""The judge of pages: it judges one text of each colouring, and still finds every text that cannot be read."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.screens import judged

pytestmark = pytest.mark.browser
GOOD = "<p>Good text</p>" * 20
FAINT = {
    "colour": '<p style="color: #bbb" id="bad">Faint</p>',
    "ground": '<div style="background: #222"><p id="bad">Faint</p></div>',
    "ground further up": '<div style="background: #222"><div><div><p id="bad">Faint</p></div></div></div>',
    "opacity": '<div style="opacity: .3"><p id="bad">Faint</p></div>',
    "size": '<p style="color: #888; font-size: 30px">Large</p><p style="color: #888" id="bad">Faint</p>',
    "input": '<label>Name <input style="color: #ccc" id="bad" value="Faint"></label>',
    "afloat": '<div class="a" style="position: relative; height: 60px"><div style="position: absolute; inset: 0; '
    'background: #222"></div><p class="b" style="position: absolute" id="bad">Faint</p></div>',
}
PAGE = '<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1>{}</main></html>'
SHADOW = """() => {
  const root = document.querySelector('#host').attachShadow({ mode: 'open' });
  root.innerHTML = '<p>Fine</p><p style="color: #bbb">Faint</p>';
}"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    made = chromium.new_page()
    yield made
    made.close()


def faults(page: Page, within: str | None = None) -> list[tuple[str, int]]:
    found = judged(page, within, everything=False).response["violations"]
    return [(one["id"], len(one["nodes"])) for one in found]


@pytest.mark.parametrize("name", FAINT)
@pytest.mark.parametrize("within", [None, "main"])
def test_a_text_that_cannot_be_read_is_found_among_good_ones(page, name, within):
    page.set_content(PAGE.format(GOOD + FAINT[name] + GOOD))
    assert faults(page, within) == [("color-contrast", 1)]


def test_a_text_within_a_component_is_found(page):
    page.set_content(PAGE.format(GOOD + '<div id="host"></div>'))
    page.evaluate(SHADOW)
    assert faults(page) == faults(page, "#host") == [("color-contrast", 1)]


def test_a_good_page_is_good_and_what_lies_outside_does_not_count(page):
    page.set_content(PAGE.format(GOOD + FAINT["colour"] + f'<section id="good">{GOOD}</section>'))
    assert faults(page, "#good") == []


def test_every_other_rule_judges_everything(page):
    page.set_content(PAGE.format(GOOD + "<button></button>" * 3))
    assert faults(page) == [("button-name", 3)]
