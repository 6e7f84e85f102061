"""Another app answers on the channel itself: the desk shows it while it lasts, as the provider's webhooks tell it."""

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import live
from tests.e2e.desk import Office, write
from tests.e2e.screens import is_accessible_in_all_looks
from tests.services import free_port
from tests.system.account import Account

pytestmark = pytest.mark.browser
TOKEN = "rich-standby-1"


@pytest.fixture(scope="module")
def site() -> Iterator[live.Stack]:
    """The demo with a provider's channel."""
    with live.embedded("-m", "tests.e2e.provider_demo", TOY_PORT=str(free_port())) as stack:
        yield stack


@pytest.fixture
def hear(site: live.Stack) -> Callable[..., None]:
    """Posts things as the provider of a new integration."""
    shop = Account(site.base).shop()
    body = {"channelId": "Rich", "name": "Rich chat", "configuration": {"token": TOKEN}}
    made = shop.account.done("POST", f"/api/v1/integrations/hubs/{shop.hub}", body)

    def post(*things: dict[str, Any]) -> None:
        address = f"{site.base}/inbound/customer/v1/rich/{made['integrationId']}"
        sent = json.dumps({"things": [{"from": "ann", "profile": {"full name": "Ann Ito"}, **one} for one in things]})
        request = urllib.request.Request(address, sent.encode(), {"X-Token": TOKEN, "Content-Type": "application/json"})
        assert urllib.request.urlopen(request).status == 200

    return post


@pytest.fixture
def page(chromium: Browser, site: live.Stack) -> Iterator[Page]:
    """An agent's desk, whose console stays empty."""
    people = Office(chromium, site.base)
    yield people.enter()
    assert people.leave() == []


def test_it_says_who_answers_until_the_thread_is_ours(page, hear):
    at = int(time.time() * 1_000) - 60_000
    size = {"id": "m2", "at": at + 1, "text": "Which size do you want?"}
    hear({"kind": "say", "id": "m0", "at": at - 1, "text": "Is anybody there?"})
    hear({"kind": "standby", "id": "m1", "at": at, "text": "Do you have this in blue?"},
         {"kind": "standby", "by_holder": True, "holder": "Meta Business Suite", **size})  # fmt: skip
    row = page.locator("#rows [role=option]", has_text="Ann Ito")
    row.click()
    expect(page.locator("#held p")).to_have_text(
        re.compile(r"^Meta Business Suite has been answering this customer since \d.* \d\d:\d\d:\d\d\.$")
    )
    expect(page.locator("#window")).to_contain_text("Messages will not be sent.")
    expect(page.locator("#assignee")).to_have_text("Meta Business Suite")
    expect(row.locator(".row-tags")).to_contain_text("Meta Business Suite")
    expect(page.locator("#side")).to_be_hidden()
    entries = page.locator("#log article")
    expect(entries).to_have_count(3)
    expect(entries.nth(1).locator(".meta")).to_contain_text("To another app")
    expect(entries.nth(2).locator(".meta")).to_contain_text("Another app")
    is_accessible_in_all_looks(page)
    write(page, "Blue is sold out")
    expect(entries.last).to_contain_text("Not sent: Meta Business Suite is answering this customer")
    hear({"kind": "control", "at": at + 2, "ours": True})
    expect(page.locator("#held")).to_be_hidden()
    expect(page.locator("#assignee")).to_have_text("You")
    expect(row.locator(".row-tags")).to_contain_text("You")
    expect(page.locator("#window")).to_contain_text("You can reply until")
    write(page, "We have it in green")
    expect(entries.last).to_contain_text("Sent")
