"""The chat on pages with strict content policies: it opens, talks, and breaks none of them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.hostpage import SCRIPT, Site, serving
from tests.e2e.widget import GREETING, Business, bubbles, part, say
from tests.system.account import Account, guid

pytestmark = pytest.mark.browser
NONCES = "script-src 'nonce-n1'"
TRUSTED = "require-trusted-types-for 'script'"
POLICIES = {
    "the server is named": "script-src 'nonce-n1' {base}",
    "nonces alone": NONCES,
    "nonces, and what they bring": f"{NONCES} 'strict-dynamic'",
    "trusted types": f"{NONCES}; {TRUSTED}",
    "trusted types by name": f"{NONCES}; {TRUSTED}; trusted-types hubster-webchat",
    "trusted types of the page's own": f"{NONCES}; {TRUSTED}; trusted-types default",
}
DEFAULT = "trustedTypes.createPolicy('default', { createScriptURL: (url) => url });"
SNIPPET = """<hubster-webchat></hubster-webchat>
<script nonce="n1">window.HUBSTER_CONFIG = {{ integrationId: '{id}' }}; {more}</script>
<script nonce="n1" src="{src}"></script>"""
BREACHES = (
    "window.breaches = []; addEventListener('securitypolicyviolation', (e) => breaches.push(e.violatedDirective));"
)


@pytest.fixture(scope="module")
def host() -> Iterator[Site]:
    """The customer's site."""
    with serving() as site:
        yield site


@pytest.mark.complains("Content Security Policy", "TrustedTypePolicy")
@pytest.mark.parametrize("name", POLICIES)
def test_the_chat_opens_and_shows_all_there_is(visitor, host, site, name):
    policy = POLICIES[name].format(base=site.base)
    sockets = site.base.replace("http", "ws", 1)
    host.policy = f"default-src 'none'; style-src 'nonce-n1'; {policy}; connect-src {site.base} {sockets}"
    host.snippet = SNIPPET.format(id=guid("33"), src=site.base + SCRIPT, more=DEFAULT if "default" in policy else "")
    visitor.add_init_script(BREACHES)
    page = visitor.new_page()
    page.goto(host.url)
    own = page.evaluate("breaches.length")  # the page's own style element, which has no nonce
    part(page, ".launcher").click()
    expect(bubbles(page).first).to_contain_text(GREETING)
    say(page, "Hello https://example.com/")
    business = Business(Account(site.base))
    business.send(message={"type": "youtube", "url": "https://youtu.be/dQw4w9WgXcQ"})
    business.say("Noor here.")
    expect(bubbles(page, "agent").last).to_contain_text("Noor here.")
    part(page, ".tool").click()
    expect(part(page, ".choice").first).to_be_visible()
    asked = {"trusted-types"} if name == "trusted types of the page's own" else set()
    assert set(page.evaluate("breaches")[own:]) <= asked
