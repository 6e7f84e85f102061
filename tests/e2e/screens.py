"""The sizes of the screens that pages are looked at on, and whether everybody can use what is there."""

import os

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# The two looks that differ most; `make looks` judges the other two as well, which takes twice as long.
LOOKS = [(DESK, "light"), (PHONE, "dark")]
EVERYTHING = bool(os.environ.get("HUBSTER_ALL_LOOKS"))
if EVERYTHING:
    LOOKS += [(DESK, "dark"), (PHONE, "light")]

# All rules but contrast judge the whole page. Contrast took nine tenths of the time, for it looks at each text, and
# long pages say the same in the same colours a thousand times: it judges one text of each colouring.
_JUDGE = """async ({ within, everything }) => {
  const whole = within ? { include: [within] } : document;
  const wanted = { resultTypes: ['violations'] };
  if (everything) return axe.run(whole, wanted);
  const grounds = new Map();
  const above = (one) => one.parentElement || one.getRootNode().host;
  const ground = (one) => {
    if (!one) return '';
    if (!grounds.has(one)) {
      const { backgroundColor, backgroundImage, opacity, filter, mixBlendMode, position } = getComputedStyle(one);
      const floats = position === 'static' ? '' : one.getAttribute('class');
      const own = [backgroundColor, backgroundImage, opacity, filter, mixBlendMode, floats];
      grounds.set(one, [ground(above(one)), ...own].join());
    }
    return grounds.get(one);
  };
  const texts = new Map();
  const collect = (root) => [...(root.querySelectorAll ? [root] : []), ...root.querySelectorAll('*')].forEach((one) => {
    if (one.shadowRoot) collect(one.shadowRoot);
    if (one.nodeType !== Node.ELEMENT_NODE || !one.checkVisibility()) return;
    const says = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!says && !('value' in one)) return;
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(one);
    const colouring = [ground(one), color, fontSize, fontWeight, textShadow].join();
    if (!texts.has(colouring)) texts.set(colouring, one);
  });
  collect(within ? document.querySelector(within) : document);
  const found = await axe.run(whole, { ...wanted, rules: { 'color-contrast': { enabled: false } } });
  if (!texts.size) return found;
  const only = { ...wanted, runOnly: ['color-contrast'] };
  const { violations } = await axe.run({ include: [...texts.values()] }, only);
  return { ...found, violations: [...found.violations, ...violations] };
}"""


def judged(page: Page, within: str | None = None, everything: bool = EVERYTHING) -> AxeResults:
    """Everything that keeps somebody from using a page or the part `within` of it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return AxeResults(page.evaluate(_JUDGE, {"within": within, "everything": everything}))


def is_accessible(page: Page, within: str | None = None) -> None:
    """Fails with a report of what is not; `within` is the part that is looked at, without it the whole page."""
    found = judged(page, within)
    assert found.violations_count == 0, found.generate_report()


def is_accessible_in_all_looks(page: Page) -> None:
    """The same of the whole page on every screen, light and dark; nothing is wider than the screen either."""
    for screen, scheme in LOOKS:
        page.set_viewport_size(screen)
        page.emulate_media(color_scheme=scheme)
        is_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"], page.url
