"""The judgement of the fault harness, on logs made by hand."""

import pytest

from tests.chaos.ledger import Entry
from tests.chaos.oracle import longest_silence
from tests.chaos.receiver import Arrival


@pytest.mark.parametrize(
    ("said", "came", "seconds"),
    [
        ({}, {}, 0),
        ({"a": 1}, {"a": 6}, 5),
        ({"a": 1, "b": 1}, {"a": 2, "b": 9}, 7),
        ({"a": 1, "b": 2, "c": 30}, {"a": 3, "b": 4, "c": 31}, 2),  # nobody waited from 4 to 30
        ({"a": 0, "b": 0, "c": 0, "d": 0}, {"a": 1, "b": 2, "c": 3, "d": 4}, 1),  # the last waited 4, in a queue
        ({"a": 0, "b": 1}, {"b": 2}, 1),  # what is lost is judged elsewhere
    ],
)
def test_a_silence_is_counted_while_something_waits(said, came, seconds):
    ledger = [Entry("c", text, 0, "", at, at) for text, at in said.items()]
    arrivals = [Arrival(text, "/", "c", 0, text, at, 1, 200) for text, at in came.items()]
    assert longest_silence(ledger, arrivals) == seconds
