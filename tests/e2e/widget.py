"""What tests of the widget share: a page with its chat, the visitor's hands, the business's voice."""

import json
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.services import wait_until
from tests.system.account import Account, guid

GREETING = "Welcome to Kettle & Fern! How can we help you?"
PATH = "/demo/support"  # only people answer here
SENT = ".row.own.sent"


def part(page: Page, selector: str) -> Locator:
    """Elements of the widget."""
    return page.locator(f"hubster-webchat {selector}")


def bubbles(page: Page, kind: str = "") -> Locator:
    """The messages; `kind` is own, bot, agent or other."""
    return part(page, f".row{'.' + kind if kind else ''} .bubble")


def configure(context: BrowserContext, script: str = "", **options: Any) -> None:
    """The chat's settings of every page of the visitor; `script` can add callbacks to them."""
    body = f"window.HUBSTER_CONFIG = {json.dumps({'integrationId': guid('33'), **options})};\n{script}"
    context.route("**/chat-support*.js", lambda route: route.fulfill(content_type="text/javascript", body=body))


def opened(context: BrowserContext, path: str = PATH) -> Page:
    """A page with its chat open and connected."""
    page = context.new_page()
    page.goto(path)
    part(page, ".launcher").click()
    expect(bubbles(page).first).to_contain_text(GREETING)
    return page


def say(page: Page, text: str) -> None:
    """The visitor types, and the service takes it."""
    before = part(page, SENT).count()
    field = part(page, "textarea")
    field.fill(text)
    field.press("Enter")
    expect(part(page, SENT)).to_have_count(before + 1)


def held(page: Page, url: str) -> list[Route]:
    """The requests to addresses like `url`, which wait for the test from now on."""
    found: list[Route] = []
    page.route(url, lambda route: found.append(route))
    return found


def first(page: Page, waiting: list[Route]) -> Route:
    """The first of those requests, as soon as it is on its way: what the page shows may be ahead of it."""
    for _ in range(1_000):
        if waiting:
            return waiting[0]
        page.wait_for_timeout(10)
    raise AssertionError("no request was made")


def set_hidden(page: Page, hidden: bool) -> None:
    """As if the visitor went to another tab, or came back."""
    value = json.dumps(hidden)
    page.evaluate(f"""() => {{
      Object.defineProperty(document, 'hidden', {{ get: () => {value}, configurable: true }});
      document.dispatchEvent(new Event('visibilitychange'));
    }}""")


class Business:
    """An agent over the API, in the conversation that was opened last."""

    def __init__(self, account: Account) -> None:
        rows = account.done("GET", f"/api/v1/conversations/hubs/{guid('a2')}/established")
        self.account, self.conversation = account, str(rows[0]["conversationId"])

    def send(self, **node: Any) -> int:
        """A `message` or an `event`; its eventId."""
        body = {**node, "sender": {"integrationId": guid("31")}}
        path = f"/inbound/business/v1/direct/activity/{self.conversation}"
        return int(self.account.done("POST", path, body)["eventId"])

    def say(self, text: str) -> int:
        """A text; its eventId."""
        return self.send(message={"type": "text", "text": text})

    def transfer(self, url: str, **more: Any) -> int:
        """Another page for the visitor."""
        payload = {"url": url, "label": "Click here to be transferred", **more}
        return self.send(event={"type": "payload", "payloadType": "hubster.transfer", "payload": payload})

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """The events of a type that the visitor's browser sent."""
        rows = self.account.done("GET", f"/api/v1/interactions/activities/{self.conversation}?type=Customer")
        events = [row["event"] for row in rows if row["sender"]["integrationType"] == "Customer" and "event" in row]
        return [event for event in events if event["type"] == kind]

    def wait_for(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """The same, when there are that many."""
        wait_until(f"the visitor's {kind}", lambda: len(self.heard(kind)) >= count, seconds=15)
        return self.heard(kind)
