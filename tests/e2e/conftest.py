"""The running demo and the browser of all tests here."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests import live

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--disable-quic"]  # fmt: skip
expect.set_options(timeout=20_000)  # milliseconds; a busy machine is slow, and what is right does not wait for it


@pytest.fixture(scope="session")
def site() -> Iterator[live.Stack]:
    """A running demo, for all tests of a process: each makes its own conversations."""
    with live.embedded() as stack:
        yield stack


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a module; each test has a profile of its own.

    Not for longer: an event loop runs in this thread as long as it is there, and other tests make their own.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(request: pytest.FixtureRequest, chromium: Browser, site: live.Stack) -> Iterator[BrowserContext]:
    """A visitor's profile. What the pages complain about on the console fails the test at its end."""
    site.revive()
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=site.base, locale="en-GB")
    complaints: list[str] = []
    context.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
    context.on("weberror", lambda fault: complaints.append(str(fault.error)))
    context.set_default_timeout(15_000)
    yield context
    context.close()
    assert [text for text in complaints if not any(known in text for known in expected(request))] == []


def expected(request: pytest.FixtureRequest) -> list[str]:
    """Parts of complaints that are right: those of a dead server, and what `complains` names for test and module."""
    return ["net::ERR_", *(part for mark in request.node.iter_markers("complains") for part in mark.args)]
