"""Fixtures of the tests that use the document: a running server, and its document as a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests import live
from tests.system.account import Account


@pytest.fixture(scope="session")
def running() -> Iterator[live.Stack]:
    """A running demo."""
    with live.embedded() as stack:
        yield stack


@pytest.fixture(scope="session")
def account(running: live.Stack) -> Account:
    """The demo's business, over the API."""
    return Account(running.base)


@pytest.fixture(scope="session")
def served(running: live.Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document, fetched as a developer would."""
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(requests.get(f"{running.base}/api/openapi.json", timeout=20).content)
    return path
