"""Traps for hostile texts in a browser: whatever runs, asks another host or breaks a policy springs one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

from tests.e2e.desk import GRAY

IMAGES = "images.example"  # the one other host of which a message may have a picture
FOUND = """() => {
  const all = [];
  const walk = (root) => root.querySelectorAll('*').forEach((one) => {
    all.push(one);
    if (one.shadowRoot) walk(one.shadowRoot);
  });
  walk(document);
  const bad = (one) => {
    const text = one.textContent;
    const has = (name) => one.hasAttribute(name);
    if (['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'APPLET'].includes(one.tagName)) return true;
    if (['SCRIPT', 'STYLE'].includes(one.tagName) && /pwned|evil\\.example/.test(text)) return true;
    if (one.tagName === 'META' && /refresh/i.test(one.httpEquiv)) return true;
    if (one.tagName === 'LINK' && new URL(one.href).origin !== location.origin) return true;
    if (one.tagName === 'A' && has('href') && !/^(https?|mailto|tel):$/.test(one.protocol)) return true;
    if (one.tagName === 'A' && one.protocol.startsWith('http') && one.username) return true;
    return [...one.attributes].some(({ name, value }) =>
      (name.startsWith('on') && /pwned/.test(value)) || name === 'srcdoc' ||
      (name === 'style' && /url|expression|fixed/.test(value)) ||
      (/^(src|action|formaction|poster|srcset|data)$/.test(name) && /^\\W*(\\w+script|data:text)|evil/i.test(value)));
  };
  return {
    pwned: window.pwned ?? null, polluted: ({}).polluted ?? null,
    bad: all.filter(bad).map((one) => one.outerHTML.slice(0, 200)),
  };
}"""
TEXT = """(selector) => {
  const find = (root) => root.querySelector(selector) ||
    [...root.querySelectorAll('*')].map((one) => one.shadowRoot && find(one.shadowRoot)).find(Boolean);
  const found = find(document);
  const values = [...found.querySelectorAll('input, textarea')].map((one) => one.value);
  return [found.textContent, ...values].join('\\n');
}"""


@dataclass
class Traps:
    """A browser's profile, and what went wrong in it."""

    context: BrowserContext
    base: str
    sprung: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(20_000)
        self.context.on("dialog", lambda dialog: (self.sprung.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.context.on("console", lambda entry: self._hear(entry.text) if entry.type == "error" else None)
        self.context.on("weberror", lambda fault: self.sprung.append(f"error {fault.error}"))
        self.context.on("request", self._asked)
        self.context.route(lambda url: not url.startswith(self.base), self._answer)

    def _hear(self, text: str) -> None:
        if "Content Security Policy" in text or "Uncaught" in text:
            self.sprung.append(text)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss", "ftp") and parts.netloc not in self._known:
            self.sprung.append(f"asked {request.url}")

    @property
    def _known(self) -> set[str]:
        return {urlsplit(self.base).netloc, IMAGES}

    def _answer(self, route: Route) -> None:
        """Pictures are there, everything else of strangers is not."""
        if urlsplit(route.request.url).netloc == IMAGES:
            route.fulfill(body=GRAY, content_type="image/gif")
        else:
            route.abort()

    def check(self, page: Page, name: str) -> None:
        """Nothing has run, and nothing of a text has become an element that could."""
        found: dict[str, Any] = page.evaluate(FOUND)
        assert found == {"pwned": None, "polluted": None, "bad": []}, name
        assert self.sprung == [], name

    def text(self, page: Page, selector: str) -> str:
        """All text below an element of the page or of a part of it, with what stands in fields."""
        return str(page.evaluate(TEXT, selector))


@contextmanager
def trapped(browser: Browser, base: str) -> Iterator[Traps]:
    """A fresh profile with traps."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=base, locale="en-GB")
    try:
        yield Traps(context, base)
    finally:
        context.close()
