"""Fixtures of the system tests: a running stack, a hub of one's own, a webhook receiver."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests import live as living
from tests.services import NotHere
from tests.system.account import Account, Shop
from tests.system.providers import Providers, providers
from tests.system.receiver import Receiver, receiver


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives processes."""
    for item in items:
        if "tests/system" in item.nodeid:
            item.add_marker("system")


@pytest.fixture(scope="session")
def peers() -> Iterator[Providers]:
    """Telegram and WhatsApp."""
    with providers() as made:
        yield made


@pytest.fixture(scope="session")
def running(peers: Providers) -> Iterator[living.Stack]:
    """The stack that HUBSTER_STACK names, started once."""
    try:
        with living.stack(os.environ.get("HUBSTER_STACK", "embedded"), **peers.settings) as stack:
            yield stack
    except NotHere as missing:
        pytest.skip(f"{missing} is not installed")


@pytest.fixture
def live(running: living.Stack, request: pytest.FixtureRequest) -> Iterator[living.Stack]:
    """The whole stack, alive; what its processes print during the test is shown when the test fails."""
    running.revive()
    running.mark()
    request.node.stack = running
    yield running


@pytest.fixture
def account(live: living.Stack) -> Account:
    """The tenant "Demo"."""
    return Account(live.base)


@pytest.fixture
def shop(account: Account) -> Shop:
    """A hub of its own."""
    return account.shop()


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    """A webhook receiver."""
    with receiver() as made:
        yield made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    """Show the processes' logs of a failed test."""
    report = yield
    stack = getattr(item, "stack", None)
    if report.failed and stack:
        for node in stack.nodes:
            report.sections.append((f"log of {node.name}", node.output()[-6000:]))
    return report
