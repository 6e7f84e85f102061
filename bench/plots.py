"""Small SVG plots, drawn without a library."""

import math
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

OVERVIEW = "performance-goals.svg"
OVERVIEW_TEXT = "How far each figure is from its goal"
WIDTH, LEFT, RIGHT, LINE, TOP = 720, 300, 70, 22, 46
SPAN = 100.0  # the scale goes from a hundredth of the goal to a hundred times
_STYLE = """<style>
text{font:13px system-ui,sans-serif;fill:#1f2328}.small{font-size:11px;fill:#59636e}.axis{stroke:#59636e}
.met{fill:#1a7f37}.missed{fill:#bc4c00}.grid{stroke:#d1d9e0}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.axis{stroke:#9198a1}
.met{fill:#3fb950}.missed{fill:#f0883e}.grid{stroke:#3d444d}}
</style>"""


def draw(found: dict[str, Any], folder: Path) -> None:
    """Write the overview of all goals."""
    rows = [(f"{name}: {row['label']}", row) for name, one in found.items() for row in one["rows"] if "bound" in row]
    (folder / OVERVIEW).write_text(overview(rows))


def score(row: dict[str, Any]) -> float:
    """1 where the goal is just met, 2 where the product is twice as good, 0.5 where it is half as good."""
    value, bound = row["value"], row["bound"]
    good, bad = (value, bound) if row["more_is_better"] else (bound, value)
    return SPAN if not bad else good / bad


def overview(rows: list[tuple[str, dict[str, Any]]]) -> str:
    """A bar for each figure on a logarithmic scale: to the right of the line the goal is met."""
    height = TOP + LINE * len(rows) + 10
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
             f"<title>{OVERVIEW_TEXT}</title>", _STYLE]  # fmt: skip
    for times in (0.01, 0.1, 1, 10, 100):
        x, kind = _x(times), "axis" if times == 1 else "grid"
        label = "goal" if times == 1 else f"{times:g}x"
        parts += [f'<line class="{kind}" x1="{x:.0f}" x2="{x:.0f}" y1="{TOP - 12}" y2="{height - 6}"/>',
                  f'<text class="small" x="{x:.0f}" y="{TOP - 18}" text-anchor="middle">{label}</text>']  # fmt: skip
    for number, (label, row) in enumerate(rows):
        parts += _bar(label, row, TOP + LINE * number)
    return "\n".join([*parts, "</svg>", ""])


def _bar(label: str, row: dict[str, Any], y: int) -> list[str]:
    ours = score(row)
    first, last = sorted((_x(1), _x(ours)))
    kind = "met" if row["met"] else "missed"
    return [
        f'<text x="{LEFT - 12}" y="{y + 13}" text-anchor="end">{escape(label)}</text>',
        f'<rect class="{kind}" x="{first:.1f}" y="{y + 3}" width="{max(2.0, last - first):.1f}" height="{LINE - 9}"/>',
        f'<text class="small" x="{WIDTH - 6}" y="{y + 13}" text-anchor="end">{_times(ours)}</text>',
    ]


def _times(ours: float) -> str:
    return f"over {SPAN:.0f}x" if ours >= SPAN else f"{ours:.2g}x" if ours < 10 else f"{ours:.0f}x"


def _x(times: float) -> float:
    middle, half = (LEFT + WIDTH - RIGHT) / 2, (WIDTH - RIGHT - LEFT) / 2
    place = math.log(min(SPAN, max(1 / SPAN, times))) / math.log(SPAN)
    return middle + half * place
