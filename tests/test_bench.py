"""The measurements: their arithmetic, their page, and what one of them proves with room to spare."""

import asyncio
import json
from contextlib import contextmanager
from xml.etree import ElementTree

import pytest

from bench import __main__ as command
from bench import plots, report, validate
from bench.goals.webhooks import steady_rate
from bench.harness import PRODUCT, Goal, Target, all_goals, judge, measure, percentile, ratio, show, spread
from bench.load import Line, is_whole
from bench.processes import seconds_of
from bench.seed import Sizes
from bench.sockets import frame_size

NAMES = {"ingest", "latency", "throughput", "webhooks", "pipeline", "fanout", "idle", "embedded", "lists", "fairness",
         "incoming"}  # fmt: skip


def goal(*targets: Target, sides=None, rounds: int = 3) -> Goal:
    """A goal whose sides return given figures, one after another."""

    @contextmanager
    def opened(scale):
        yield sides

    return Goal("toy", "what is measured", "the floor", targets, rounds, opened)


def rounds_of(ours: list[float], floor: list[float]) -> list[dict[str, dict[str, float]]]:
    return [{PRODUCT: {"rate": own}, "floor": {"rate": other}} for own, other in zip(ours, floor, strict=True)]


def test_validating_a_text_costs_less_than_the_limit():
    assert validate.cost(validate.ACTIVITIES["text"]) < validate.LIMIT


def test_each_goal_has_a_file_and_something_to_reach():
    found = all_goals()
    assert set(found) == NAMES
    for one in found.values():
        assert any(target.limit for target in one.targets), one.name
        assert one.rounds >= 1
        assert one.measures
        assert one.floor


def test_the_ratio_is_taken_within_each_round_and_the_median_judged():
    rounds = rounds_of([100.0, 10.0, 30.0], [200.0, 10.0, 20.0])  # 0.5, 1, 1.5; of the medians it would be 1.5
    (row,) = judge(goal(Target("rate", over="floor", least=1.0)), rounds)
    assert row["ratio"] == [0.5, 1.0, 1.5]
    assert row["value"] == 1.0
    assert row["met"] is True
    assert (row["limit"], row["bound"], row["more_is_better"]) == (">= 1x", 1.0, True)


@pytest.mark.parametrize(
    ("target", "met"),
    [
        (Target("rate", least=50), True), (Target("rate", least=51), False),
        (Target("rate", most=50), True), (Target("rate", most=49.9), False), (Target("rate"), None),
    ],
)  # fmt: skip
def test_a_figure_without_a_floor_is_judged_by_itself(target, met):
    (row,) = judge(goal(target), rounds_of([40.0, 50.0, 90.0], [1.0, 1.0, 1.0]))
    assert row["value"] == 50.0
    assert row["met"] is met
    assert "ratio" not in row


def test_a_figure_that_a_side_did_not_measure_is_left_out():
    assert judge(goal(Target("other", least=1), Target("rate", over="nobody", least=1)), rounds_of([1.0], [1.0])) == []


def test_sides_take_turns_and_the_first_round_is_thrown_away():
    calls = []
    sides = {name: lambda name=name: calls.append(name) or {"rate": float(len(calls))} for name in ("a", "b")}
    taken = measure(goal(sides=sides), 2, say=lambda line: None)
    assert calls == ["a", "b", "b", "a", "a", "b"]
    assert [one["a"]["rate"] for one in taken] == [4.0, 5.0]


def test_nothing_is_thrown_away_in_a_trial():
    sides = {"a": lambda: {"rate": 1.0}}
    assert len(measure(goal(sides=sides), 1, say=lambda line: None)) == 1
    assert len(measure(goal(sides=sides), 2, scale=0.1, say=lambda line: None)) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.0123, "0.012"), (0.25, "0.25"), (1.0, "1"), (12.34, "12.3"), (1234.5, "1,234"),
     (float("inf"), "∞")],
)  # fmt: skip
def test_figures_are_short(value, text):
    assert show(value) == text


def test_spread_and_percentile():
    assert spread([3.0, 1.0, 2.0]) == "2 (1-3)"
    assert spread([2.0]) == "2"
    assert percentile([float(number) for number in range(100)], 99) == 99.0
    assert percentile([5.0, 1.0, 3.0], 50) == 3.0
    assert ratio(0.0, 0.0) == 1.0
    assert ratio(1.0, 0.0) == float("inf")


def test_the_rate_leaves_out_start_and_end():
    slow_start = [0.0] * 5 + [100 + number / 10 for number in range(90)] + [500.0] * 5
    assert steady_rate(slow_start) == pytest.approx(10.0)


@pytest.fixture
def results():
    """Figures of two goals as they are stored."""
    met, missed = Target("rate", over="floor", least=0.5), Target("rate", most=1, label="a < b")
    rows = judge(goal(met, missed, Target("rate")), rounds_of([4.0, 6.0], [4.0, 4.0]))
    facts = {"measures": "It", "floor": "Less", "date": "2026-11-29", "rounds": 2, "load": 1.5, "machine": "2 cores"}
    return {"toy": {**facts, "rows": json.loads(json.dumps(rows))}}


def test_the_page_is_written_between_its_marks(tmp_path, results):
    (tmp_path / "images").mkdir()
    page = tmp_path / "performance.md"
    page.write_text(f"# Title\n\n{report.BEGIN}\nold\n{report.END}\n\nAfter.\n")
    report.write(results, page)
    text = page.read_text()
    assert text.startswith("# Title\n\n")
    assert text.endswith(f"{report.END}\n\nAfter.\n")
    assert "old" not in text
    assert "1 of 2 figures meet their goal." in text
    assert "| rate | 4 | 5 (4-6) | 1.25x (1-1.5x) | >= 0.5x | met |".replace("1-1.5x", "1-1.50") in text
    assert "| a < b |  | 5 (4-6) |  | <= 1 | **missed** |" in text
    report.write(results, page)
    assert page.read_text() == text, "Writing the same figures changes nothing."


def test_the_plot_has_a_bar_for_each_judged_figure(results):
    rows = plots.judged(results)
    assert [label for label, _ in rows] == ["toy: rate >= 0.5x", "toy: a < b <= 1"]
    assert [plots.score(row) for _, row in rows] == [2.5, 0.2]
    drawn = ElementTree.fromstring(plots.overview(rows))
    bars = [part for part in drawn if part.tag.endswith("rect")]
    assert [bar.get("class") for bar in bars] == ["met", "missed"]
    middle = {float(bar.get("x")) + (0 if bar.get("class") == "met" else float(bar.get("width"))) for bar in bars}
    assert len(middle) == 1, "Bars go from the goal's line to the right, or to the left."
    (whisker, _) = [part for part in drawn if part.get("class") == "range"]
    assert float(whisker.get("x1")) < float(whisker.get("x2")), "It goes from the worst round to the best."
    assert plots.score({"value": 0.0, "bound": 2.0, "more_is_better": False}) == plots.SPAN


def test_the_processor_time_of_a_message_is_drawn_by_process():
    sides = {
        PRODUCT: {"CPU ms": 20.0, "web CPU ms": 12.0, "worker CPU ms": 4.0, "postgres CPU ms": 3.0},
        "floor": {"CPU ms": 5.0, "web CPU ms": 2.0, "worker CPU ms": 1.0, "postgres CPU ms": 1.0},
    }
    rows = judge(goal(*(Target(name, over="floor") for name in sides["floor"])), [sides])
    assert plots.has_shares({"throughput": {"rows": rows}})
    assert not plots.has_shares({"throughput": {"rows": rows[1:]}})
    assert not plots.has_shares({})
    bars = [part for part in ElementTree.fromstring(plots.shares(rows)) if part.tag.endswith("rect")]
    floor, product = ([float(bar.get("width")) for bar in bars[first : first + 4]] for first in (0, 4))
    assert sum(floor) == pytest.approx(sum(product) / 4, abs=0.3)
    assert floor[3] == pytest.approx(product[3], abs=0.1), "What no named process took is shown as other."


def test_the_committed_page_shows_the_committed_figures():
    found = json.loads(report.RESULTS.read_text())
    assert set(found) <= NAMES
    assert report.figures(found) in report.PAGE.read_text()
    if plots.has_shares(found):
        assert plots.shares(found["throughput"]["rows"]) == (report.PAGE.parent / "images" / plots.SHARES).read_text()
    assert plots.overview(plots.judged(found)) == (report.PAGE.parent / "images" / plots.OVERVIEW).read_text()


def test_names_are_told(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["bench", "help"])
    assert command.main() == 0
    told = capsys.readouterr().out
    assert all(f"  {name} " in told for name in {*NAMES, *command.OTHERS})
    monkeypatch.setattr("sys.argv", ["bench", "nothing"])
    assert command.main() == 2


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", True),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", False),
        (b"HTTP/1.1 200 OK\r\nContent-Len", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", True),
    ],
)
def test_an_answer_is_whole(data, whole):
    assert is_whole(data) is whole


async def test_a_refused_request_is_no_success():
    line = Line()
    line.transport = type("Transport", (), {"write": lambda self, data: None})()
    call = asyncio.create_task(line.call(b"POST / HTTP/1.1\r\n\r\n"))
    await asyncio.sleep(0)
    line.data_received(b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(AssertionError, match="429"):
        await call


@pytest.mark.parametrize(
    ("head", "size"),
    [(b"\x81", 0), (b"\x81\x05", 7), (b"\x81\x7e\x01\x00", 4 + 256), (b"\x81\x7e\x01", 0),
     (b"\x81\x7f" + (70_000).to_bytes(8, "big"), 10 + 70_000)],
)  # fmt: skip
def test_frames_are_measured(head, size):
    assert frame_size(head) == size


def test_processor_time_has_children_in_it():
    import subprocess
    import sys

    code = "import subprocess, sys, time; subprocess.run([sys.executable, '-c', 'sum(range(20_000_000))']); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as parent:
        own = 0.0
        while own < 0.2 and parent.poll() is None:  # the child runs, or has ended and is counted with its parent
            own = seconds_of(parent.pid)
        parent.communicate(b"\n")
    assert own >= 0.2


def test_the_seed_has_the_sizes_of_the_goal():
    assert Sizes().messages == 1_000_000
    assert Sizes().deliveries == 1_200_000
