"""A page that runs the widget's source modules as they are, under a strict content policy, without any server."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Route

SOURCE = Path(__file__).resolve().parents[2] / "webchat" / "src"
ORIGIN = "https://shop.example"
IMAGES = "https://images.example"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src https:; media-src https:; "
    "frame-src https://www.youtube-nocookie.com"
)
_PIXELS = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="400"><path fill="#396" d="M0 0h640v400H0z"/></svg>'
)
_PAGE = '<!doctype html><html lang="en"><title>Shop</title><body><main><h1>A shop</h1></main></body></html>'
_START = """
import { renderMessage } from '/src/messages/registry.js';
import launcherCss from '/src/view/launcher.css';
import { adoptLooks } from '/src/view/looks.js';
import { adoptStyles } from '/src/view/stylesheet.js';
import { startStyling } from '/src/styling.js';

/* A part of the chat's window, in which a test shows messages. */
window.show = (messages, { styles = {}, isNewest = true, kind = 'agent' } = {}) => {
  document.querySelectorAll('hubster-test').forEach((old) => old.remove());
  const host = document.createElement('hubster-test');
  document.body.append(host);
  const root = host.attachShadow({ mode: 'open' });
  const list = document.createElement('div');
  list.className = 'list';
  root.append(list);
  adoptStyles(root, launcherCss);
  adoptLooks(root, styles);
  window.pressed = [];
  const config = { styles, engineEndpoint: location.origin, host: {} };
  window.shown = messages.map((message) => {
    const given = { config, kind, isNewest, onPress: (action) => window.pressed.push(action) };
    const made = renderMessage(message, given);
    const row = document.createElement('div');
    row.className = `row ${kind}`;
    const bubble = document.createElement('div');
    bubble.className = 'bubble';
    bubble.append(...made.inside);
    bubble.hidden = !made.inside.length;
    row.append(bubble, ...made.below);
    list.append(row);
    return made;
  });
};

window.style = (config) => {
  const host = document.createElement('hubster-test');
  document.body.append(host);
  window.HUBSTER_CONFIG = config;
  const root = host.attachShadow({ mode: 'open' });
  adoptStyles(root, launcherCss);
  window.styling = startStyling(root, {
    styles: config.styles || {}, styling: true, engineEndpoint: location.origin, host: config,
  });
};

window.isReady = true;
"""


@dataclass
class Sources:
    """The page, and what went wrong or out on it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def show(self, *messages: Any, **options: Any) -> None:
        """Render messages below each other. `options`: `styles`, `isNewest`, `kind`."""
        # As text, for on the wire a property can have any name, `__proto__` too.
        wire = json.dumps(list(messages))
        self.page.evaluate("([wire, options]) => window.show(JSON.parse(wire), options)", [wire, options])


def opened(context: BrowserContext, policy: str = POLICY) -> Sources:
    """A page whose modules are loaded. Requests to other hosts are listed; pictures come from `IMAGES` only."""
    found = Sources(context.new_page())
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("dialog", lambda dialog: (found.complaints.append(dialog.message), dialog.dismiss()))
    context.route("**/*", lambda route: _answer(route, found, policy))
    found.page.goto(f"{ORIGIN}/")
    found.page.add_script_tag(url="/start.js", type="module")
    found.page.wait_for_function("window.isReady")
    return found


def _answer(route: Route, found: Sources, policy: str) -> None:
    parts = urlsplit(route.request.url)
    if f"{parts.scheme}://{parts.netloc}" == ORIGIN:
        _serve(route, parts.path, policy)
        return
    found.requests.append(route.request.url)
    if route.request.url.startswith(f"{IMAGES}/") and "missing" not in parts.path:
        route.fulfill(body=_PIXELS, content_type="image/svg+xml")
    else:
        route.abort()


def _serve(route: Route, path: str, policy: str) -> None:
    """Style sheets are modules that export their text, as the bundler makes of them."""
    if path == "/":
        route.fulfill(body=_PAGE, content_type="text/html", headers={"Content-Security-Policy": policy})
    elif path == "/start.js":
        route.fulfill(body=_START, content_type="text/javascript")
    elif path.startswith("/src/") and (SOURCE / path[5:]).is_file():
        text = (SOURCE / path[5:]).read_text()
        body = f"export default {json.dumps(text)};" if path.endswith(".css") else text
        route.fulfill(body=body, content_type="text/javascript")
    else:
        route.fulfill(status=404, body="")
