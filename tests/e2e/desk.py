"""The people of the desk's browser tests: a customer over the API, agents in browsers."""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests import live
from tests.e2e.screens import DESK
from tests.system.account import Account, Shop
from tests.system.listeners import Listener

GRAY = bytes.fromhex(
    "47494638396101000100800000808080ffffff2c00000000010001000002024401003b"
)  # a GIF of one pixel, for every picture of a message


@dataclass
class Customer:
    """Somebody who writes in a hub of their own."""

    shop: Shop
    name: str
    conversation: str = field(init=False)
    ear: Listener = field(init=False)

    def __post_init__(self) -> None:
        account = self.shop.account
        body = {"integrationId": self.shop.customer, "channelType": "Direct", "binding": uuid.uuid4().hex}
        made = account.done("POST", "/api/v1/conversations/establish",
                            {**body, "properties": {"profile": {"full name": self.name}}})  # fmt: skip
        self.conversation = made["conversationId"]
        self.ear = Listener(account.base, account.token, self.shop.customer, self.conversation, leid=0)

    def says(self, text: str) -> int:
        """Write; the eventId."""
        return int(self.shop.say(self.conversation, text)["eventId"])

    def does(self, kind: str, **more: Any) -> None:
        """Signal typing_on, typing_off or seen."""
        path = f"/inbound/customer/v1/direct/activity/{self.conversation}"
        self.shop.account.done("POST", path, {"event": {"type": kind, **more}})

    def hears(self) -> dict[str, Any]:
        """The next message or event that reaches the customer."""
        found = self.ear.next(20)
        return dict(found.get("message") or found["event"])

    def hears_text(self) -> str:
        """The next message; what was signalled before it is passed over."""
        found = self.hears()
        return str(found["text"]) if "text" in found else self.hears_text()


def called(site: live.Stack, username: str) -> str:
    """A demo person as the desk names them."""
    query = "SELECT first_name, last_name, username FROM portal_user WHERE username = ?"
    first, last, name = site.rows(query, username)[0]
    return f"{first} {last}".strip() or name


def new_shop(site: live.Stack, bot: bool = False) -> Shop:
    """A hub in which nobody else writes."""
    shop = Account(site.base).shop()
    if bot:
        shop.add("Direct", integrationType="Bot")
    return shop


def prepare(shop: Shop, name: str, text: str, **more: Any) -> None:
    """A prepared response."""
    body = {"name": name, "integrationTypeId": "customer", "type": "message",
            "responses": [{"type": "text", "text": text}], **more}  # fmt: skip
    shop.account.done("POST", f"/api/v1/commands/responses/{shop.hub}", body)


@dataclass
class Office:
    """Browsers in which agents are signed in. What a page complains about on its console is kept."""

    browser: Browser
    base: str
    sessions: dict[str, Any] = field(default_factory=dict)
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    cut: bool = False  # whether the test itself cuts or refuses requests, of which the browser writes a line

    def enter(self, who: str = "agent", **options: Any) -> Page:
        """The desk of a demo person, connected; the first time by the login form."""
        given = {"viewport": DESK, "base_url": self.base, "storage_state": self.sessions.get(who), **options}
        context = self.browser.new_context(**given)
        self.contexts.append(context)
        context.set_default_timeout(15_000)
        context.on("console", lambda entry: self.complaints.append(entry.text) if entry.type == "error" else None)
        context.route(re.compile(r"^https://"), lambda route: route.fulfill(body=GRAY, content_type="image/gif"))
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto("/admin/desk/")
        if who not in self.sessions:
            page.fill("input[name=username]", who)
            page.fill("input[name=password]", who)
            page.keyboard.press("Enter")
        expect(page.locator("#state-text")).to_have_text("Live")
        self.sessions[who] = context.storage_state()
        return page

    def leave(self) -> list[str]:
        """Close all; the complaints."""
        for context in self.contexts:
            context.close()
        cut, found = self.cut, self.complaints
        self.contexts, self.complaints, self.cut = [], [], False
        return [text for text in found if not (cut and text.startswith("Failed to load resource"))]


def row(page: Page, customer: Customer) -> Locator:
    """A customer's row in the list."""
    return page.locator(f"#row-{customer.conversation}")


def opened(page: Page, customer: Customer) -> Page:
    """The customer's conversation, by a click on its row."""
    row(page, customer).click()
    expect(page.locator("#name")).to_have_text(customer.name)
    return page


def write(page: Page, text: str) -> None:
    """Type an answer and send it."""
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")
