"""A page of another origin with SignalR's own browser client, unmodified and with its defaults."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.hostpage import Site, serving
from tests.system.account import Account

BUNDLE = Path(__file__).resolve().parents[1] / "clients/node_modules/@microsoft/signalr/dist/browser/signalr.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not BUNDLE.is_file(), reason="needs `npm ci` in tests/clients"),
]
CONNECT = """async ([url, token]) => {
  window.heard = [];
  const connection = new signalR.HubConnectionBuilder().withUrl(url, { accessTokenFactory: () => token }).build();
  connection.on('ReceiveDirectActivities', (activity) => window.heard.push(activity));
  await connection.start();
}"""


@pytest.fixture
def host() -> Iterator[Site]:
    """Somebody's site, on another port than the product."""
    with serving() as site:
        yield site


def test_it_connects_from_there_and_receives(visitor, host, site):
    account = Account(site.base)
    shop = account.shop()
    conversation = shop.conversation()
    page = visitor.new_page()
    page.goto(host.url)
    page.add_script_tag(path=BUNDLE)
    page.evaluate(CONNECT, [f"{site.base}/engine-chat-hub?iId={shop.agent}", account.token])
    shop.say(conversation, "from another origin")
    page.wait_for_function("window.heard.length === 1")
    assert page.evaluate("window.heard[0].message.text") == "from another origin"
