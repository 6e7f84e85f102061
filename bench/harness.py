"""Measures the sides of a goal in turns and judges the medians.

A goal is one file in `bench/goals` with a `GOAL`. Its sides are functions that measure once and return figures by
name. Sides take turns (A B, B A, A B, ...), so that a drift of the machine harms none of them. A ratio is taken within
each round; the median of these ratios is what is judged.
"""

import importlib
import pkgutil
import statistics
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from bench import goals

Sample = dict[str, float]  # figures by name
Sides = Mapping[str, Callable[[], Sample]]  # what measures once, by the name of the side
PRODUCT = "product"


@dataclass(frozen=True)
class Target:
    """A figure of the product and the value that it has to reach: `least` or `most`.

    With `over`, the ratio to the same figure of that side is judged instead. Without a limit it is shown only.
    """

    figure: str
    over: str = ""
    least: float | None = None
    most: float | None = None
    side: str = PRODUCT
    label: str = ""

    @property
    def limit(self) -> str:
        """`>= 1.2x`, as the table shows it."""
        unit = "x" if self.over else ""
        if self.least is not None:
            return f">= {self.least:,g}{unit}"
        return f"<= {self.most:,g}{unit}" if self.most is not None else ""

    def met(self, value: float) -> bool | None:
        """None if there is no limit."""
        if self.least is not None:
            return value >= self.least
        return value <= self.most if self.most is not None else None


@dataclass(frozen=True)
class Goal:
    """One line of the list of goals. `open(scale)` starts what is needed and gives the sides."""

    name: str
    measures: str
    floor: str
    targets: tuple[Target, ...]
    rounds: int
    open: Callable[[float], AbstractContextManager[Sides]]


Rounds = list[dict[str, Sample]]  # for each round the sample of each side


def all_goals() -> dict[str, Goal]:
    """Every goal by name: a file with a `GOAL` is a goal."""
    names = sorted(found.name for found in pkgutil.iter_modules(goals.__path__))
    found = [importlib.import_module(f"bench.goals.{name}").GOAL for name in names]
    return {goal.name: goal for goal in found}


def measure(goal: Goal, rounds: int, scale: float = 1.0, say: Callable[[str], None] = print) -> Rounds:
    """Run all rounds, after one that is thrown away (`scale` below 1 throws none away: it is a trial)."""
    taken: Rounds = []
    with goal.open(scale) as sides:
        names = list(sides)
        warm = 1 if scale >= 1 and rounds > 1 else 0
        for number in range(rounds + warm):
            order = names if number % 2 == 0 else names[::-1]
            samples = {name: sides[name]() for name in order}
            title = "warm-up" if number < warm else f"round {number - warm + 1}"
            for name in names:
                say(f"  {title}, {name}: " + ", ".join(f"{key} {show(value)}" for key, value in samples[name].items()))
            if number >= warm:
                taken.append(samples)
    return taken


def judge(goal: Goal, rounds: Rounds) -> list[dict[str, Any]]:
    """A row for each target: the values of both sides, what is judged, and whether the goal is met."""
    return [_row(target, rounds) for target in goal.targets if _has(target, rounds)]


def _has(target: Target, rounds: Rounds) -> bool:
    sides = [target.side, target.over] if target.over else [target.side]
    return bool(rounds) and all(target.figure in one.get(side, {}) for one in rounds for side in sides)


def _row(target: Target, rounds: Rounds) -> dict[str, Any]:
    ours = [one[target.side][target.figure] for one in rounds]
    row: dict[str, Any] = {"label": target.label or target.figure, "limit": target.limit, "product": ours}
    judged = ours
    if target.over:
        row["floor"] = [one[target.over][target.figure] for one in rounds]
        row["over"] = target.over
        judged = row["ratio"] = [ratio(own, floor) for own, floor in zip(ours, row["floor"], strict=True)]
    row["value"] = statistics.median(judged)
    row["met"] = target.met(row["value"])
    bound = target.least if target.least is not None else target.most
    if bound is not None:
        row["bound"], row["more_is_better"] = bound, target.least is not None
    return row


def ratio(own: float, floor: float) -> float:
    """Infinite if the floor is nothing and we are not."""
    if floor:
        return own / floor
    return float("inf") if own else 1.0


def show(value: float) -> str:
    """A figure with three digits that count, and no more than one needs."""
    if value == float("inf"):
        return "∞"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.095 else f"{value:.3f}"


def spread(values: list[float]) -> str:
    """Median, and the smallest and largest where there are several: `412 (380-440)`."""
    middle = show(statistics.median(values))
    if len(values) == 1 or min(values) == max(values):
        return middle
    return f"{middle} ({show(min(values))}-{show(max(values))})"


def percentile(values: list[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
