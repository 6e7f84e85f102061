"""The quick tests are quick because of what they do without, and the list of them is true."""

import re

import pytest

from tests.quick import FILES
from tests.test_house import ROOT

SLOW = re.compile(
    r"hypothesis|playwright|import threading|import subprocess|\binline\b|transactional_db|transaction=True|tests\.live"
)


@pytest.mark.parametrize("name", FILES)
def test_a_quick_file_starts_and_commits_nothing(name):
    found = SLOW.findall((ROOT / name).read_text()) if name != "tests/test_quick.py" else []
    assert not found, f"{name} uses {', '.join(found)}: take it from the list of tests/quick.py"
