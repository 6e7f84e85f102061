"""Fixtures of the portal's tests."""

import pytest

from hubster.lib import rate


@pytest.fixture(autouse=True)
def counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test counts tries and requests for itself, whoever else runs tests beside it on the same Redis."""
    monkeypatch.setattr(rate, "_shared", rate._memory)
    rate.forget()
