"""Facts are believed for seconds, and forgotten when their owner has changed."""

from types import SimpleNamespace

import pytest
from redis.exceptions import ConnectionError as Away

from hubster.lib import kept


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    moment = SimpleNamespace(now=1_000.0)
    monkeypatch.setattr(kept, "time", SimpleNamespace(monotonic=lambda: moment.now))
    monkeypatch.setattr(kept, "SECONDS", 4.0)
    monkeypatch.setattr(kept, "_changed", {})
    return moment


@pytest.fixture
def facts(settings):
    """Facts of two owners: `look(key)` tells one, and how often that was looked up."""
    settings.EMBEDDED = True
    made, asked = kept.Kept(), []

    def look(key):
        def find():
            asked.append(key)
            return f"{key} {asked.count(key)}"

        return made.find(key, find, lambda fact: "mine" if fact.startswith("m") else "others")

    return look


def test_a_fact_is_looked_up_once_and_again_after_its_time(facts, clock):
    assert [facts("m"), facts("m")] == ["m 1", "m 1"]
    clock.now += 3.9
    assert facts("m") == "m 1"
    clock.now += 0.1
    assert facts("m") == "m 2"


@pytest.mark.parametrize(("owner", "mine", "others"), [("mine", 2, 1), ("others", 1, 2), (kept.ALL, 2, 2)])
def test_what_has_changed_is_forgotten_and_nothing_else(facts, clock, owner, mine, others):
    assert (facts("m"), facts("o")) == ("m 1", "o 1")
    clock.now += 1
    kept.forget(owner)
    clock.now += 1
    assert (facts("m"), facts("o")) == (f"m {mine}", f"o {others}")
    assert (facts("m"), facts("o")) == (f"m {mine}", f"o {others}")


def test_what_changes_while_it_is_looked_up_is_not_believed(clock):
    made = kept.Kept()

    def look():
        kept.forget("mine")
        return "old"

    assert made.find(1, look, lambda _: "mine") == "old"
    assert made.get(1) is None


def test_what_cannot_be_looked_up_is_not_known():
    made = kept.Kept()
    with pytest.raises(KeyError):
        made.find(1, lambda: {}[1], str)
    assert made.get(1) is None


def test_of_too_many_facts_none_is_kept(facts, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    assert [facts("m"), facts("n"), facts("o"), facts("m")] == ["m 1", "n 1", "o 1", "m 2"]


def test_others_are_told_after_the_commit(settings, monkeypatch, db, django_capture_on_commit_callbacks):
    settings.EMBEDDED, told = False, []
    monkeypatch.setattr(kept.wakeups, "publish", lambda *word: told.append(word))
    with django_capture_on_commit_callbacks() as after:
        kept.changed("mine")
    assert told == []
    after[0]()
    assert told == [("mine", kept.CHANNEL)]


def test_a_redis_that_is_away_undoes_no_change(settings, monkeypatch):
    settings.EMBEDDED = False

    def publish(*_):
        raise Away

    monkeypatch.setattr(kept.wakeups, "publish", publish)
    kept._tell("mine")
    assert "mine" in kept._changed
