"""The desk shows what became of messages, and until when one may write, as channels of providers tell it."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests import live
from tests.e2e.desk import Customer, Office, new_shop, opened
from tests.e2e.screens import is_accessible

pytestmark = pytest.mark.browser
CLOSED = "WhatsApp allows no message so long after the customer's last one. Wait until they write again."
STATES = [
    ("available", "", "Sent", "close"), ("sent", "", "Sent", "close"), ("delivered", "", "Delivered", "ticks"),
    ("read", "", "Seen", "eye"), ("failed", "The customer blocked you.", "Not delivered: The customer blocked you.",
     "warning"), ("window_closed", CLOSED, f"Not sent: {CLOSED}", "warning"),
]  # fmt: skip


@pytest.fixture(scope="module")
def people(chromium: Browser, site: live.Stack) -> Office:
    """Sessions of the whole module."""
    return Office(chromium, site.base)


@pytest.fixture
def page(people: Office, site: live.Stack) -> Iterator[Page]:
    """An agent's desk, whose console stays empty."""
    site.revive()
    entered = people.enter()
    yield entered
    entered.unroute_all(behavior="ignoreErrors")
    assert people.leave() == []


@pytest.fixture
def ada(site: live.Stack) -> Customer:
    """A customer whom the business has answered as often as there are states."""
    customer = Customer(new_shop(site), "Ada Lovelace")
    customer.says("Hello")
    for status, *_ in STATES:
        body = {"sender": {"integrationId": customer.shop.agent}, "message": {"type": "text", "text": status}}
        path = f"/inbound/business/v1/direct/activity/{customer.conversation}"
        customer.shop.account.done("POST", path, body)
        customer.hears_text()
    return customer


def with_channel(page: Page, customer: Customer, window: dict[str, Any] | None = None) -> None:
    """What the server says of a thread, as if its customer wrote over a provider's channel."""
    states = {status: error for status, error, *_ in STATES}

    def answer(route: Route) -> None:
        response = route.fetch()
        said = response.json()
        for entry in said["activities"]:
            text = entry["content"].get("text")
            if text in states:
                entry.update(delivery=text, error=states[text])
        said["conversation"].update(channel="WhatsApp", window=window)
        route.fulfill(response=response, json=said)

    page.route(re.compile(rf"/admin/desk/conversations/{customer.conversation}(\?|$)"), answer)


def window(left: int, **more: Any) -> dict[str, Any]:
    """A window that has some milliseconds left."""
    until = int(time.time() * 1_000) + left
    return {"open": left > 0, "until": until, "left": max(0, left), "tag": "", "reason": "" if left > 0 else "expired",
            **more}  # fmt: skip


def test_each_state_has_its_words_and_its_drawing(page, ada):
    with_channel(page, ada)
    opened(page, ada)
    for status, _, words, drawing in STATES:
        entry = page.locator("#log article").filter(has=page.locator(".words", has_text=re.compile(f"^{status}$")))
        state = entry.locator(".meta > span").last
        expect(state).to_have_text(words)
        assert state.locator("use").get_attribute("href") == f"#i-{drawing}"
        assert state.locator("svg").get_attribute("aria-hidden") == "true"
    is_accessible(page)
    expect(page.locator("#window")).to_be_hidden()


def test_the_desk_says_until_when_one_may_write_and_under_which_tag(page, ada):
    with_channel(page, ada, window(3_600_000, tag="HUMAN_AGENT"))
    opened(page, ada)
    told = page.locator("#window")
    expect(told).to_have_text(
        re.compile(r"^You can reply until \d.* \d\d:\d\d.*\. Messages are sent as HUMAN_AGENT\.$")
    )
    is_accessible(page)


def test_when_the_window_ends_it_says_what_to_do(page, ada):
    with_channel(page, ada, window(1_500))  # open, as the server says
    opened(page, ada)
    expect(page.locator("#window")).to_have_text(CLOSED.replace("'", "’"))
    expect(page.locator("#text")).to_be_editable()  # commands work, and the next message may open it again
    is_accessible(page)


@pytest.mark.parametrize(("reason", "words"), [
    ("expired", "Wait until they write again."), ("stopped", "blocked you or opted out"),
    ("silent", "only after the customer has"), ("author", "allows no messages from agents"),
])  # fmt: skip
def test_a_closed_window_names_its_reason(page, ada, reason, words):
    with_channel(page, ada, window(0, reason=reason))
    opened(page, ada)
    expect(page.locator("#window")).to_contain_text(words)
