"""The measurements run, and what they are to prove holds with room to spare."""

from bench import validate


def test_validating_a_text_costs_less_than_the_limit():
    assert validate.cost(validate.ACTIVITIES["text"]) < validate.LIMIT
