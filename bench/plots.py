"""Small SVG plots, drawn without a library."""

import math
import statistics
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

OVERVIEW = "performance-goals.svg"
OVERVIEW_TEXT = "How far each figure is from its goal"
SHARES = "performance-cpu.svg"
SHARES_TEXT = "Where the processor time of a message goes, by process"
WIDTH, LEFT, RIGHT, LINE, TOP = 860, 420, 70, 22, 46
SPAN = 100.0  # the scale goes from a hundredth of the goal to a hundred times
PARTS = ("web", "worker", "postgres", "other")
_STYLE = """<style>
text{font:13px system-ui,sans-serif;fill:#1f2328}.small{font-size:11px;fill:#59636e}.axis{stroke:#59636e}
.met{fill:#1a7f37}.missed{fill:#bc4c00}.grid{stroke:#d1d9e0}.range{stroke:#1f2328}
.web{fill:#0969da}.worker{fill:#8250df}.postgres{fill:#1a7f37}.other{fill:#9a6700}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.axis{stroke:#9198a1}
.met{fill:#3fb950}.missed{fill:#f0883e}.grid{stroke:#3d444d}.range{stroke:#e6edf3}
.web{fill:#4493f8}.worker{fill:#ab7df8}.postgres{fill:#3fb950}.other{fill:#d29922}}
</style>"""


def draw(found: dict[str, Any], folder: Path) -> None:
    """Write the overview of all goals, and the processor time of a message if it was measured."""
    (folder / OVERVIEW).write_text(overview(judged(found)))
    if has_shares(found):
        (folder / SHARES).write_text(shares(found["throughput"]["rows"]))


def judged(found: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(label with goal and limit, row) of all figures that have a limit."""
    rows = [(name, row) for name, one in found.items() for row in one["rows"] if "bound" in row]
    return [(f"{name}: {row['label']} {row['limit']}", row) for name, row in rows]


def score(row: dict[str, Any], value: float | None = None) -> float:
    """1 where the goal is just met, 2 where the product is twice as good, 0.5 where it is half as good."""
    value, bound = row["value"] if value is None else value, row["bound"]
    good, bad = (value, bound) if row["more_is_better"] else (bound, value)
    return SPAN if not bad else good / bad


def overview(rows: list[tuple[str, dict[str, Any]]]) -> str:
    """A bar for each figure on a logarithmic scale: to the right of the line the goal is met."""
    height = TOP + LINE * len(rows) + 10
    parts = _begin(OVERVIEW_TEXT, height)
    for times in (0.01, 0.1, 1, 10, 100):
        x, kind = _x(times), "axis" if times == 1 else "grid"
        label = "goal" if times == 1 else f"{times:g}x"
        parts += [f'<line class="{kind}" x1="{x:.0f}" x2="{x:.0f}" y1="{TOP - 12}" y2="{height - 6}"/>',
                  f'<text class="small" x="{x:.0f}" y="{TOP - 18}" text-anchor="middle">{label}</text>']  # fmt: skip
    for number, (label, row) in enumerate(rows):
        parts += _bar(label, row, TOP + LINE * number)
    return "\n".join([*parts, "</svg>", ""])


def _begin(title: str, height: int) -> list[str]:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    return [head, f"<title>{title}</title>", _STYLE]


def has_shares(found: dict[str, Any]) -> bool:
    """True if the processor time of both sides was measured by process."""
    labels = {row["label"] for row in found.get("throughput", {}).get("rows", [])}
    return {"CPU ms", *(f"{part} CPU ms" for part in PARTS if part != "other")} <= labels


def shares(rows: list[dict[str, Any]]) -> str:
    """A bar for the floor and one for the product, each of their processes' milliseconds."""
    of = {row["label"]: {side: statistics.median(row[side]) for side in ("floor", "product")} for row in rows}
    whole, left, height = max(of["CPU ms"].values()), 90, 112
    parts = _begin(SHARES_TEXT, height)
    for number, side in enumerate(("floor", "product")):
        y, x, rest = 14 + 34 * number, float(left), of["CPU ms"][side]
        parts.append(f'<text x="{left - 12}" y="{y + 16}" text-anchor="end">{side}</text>')
        for part in PARTS:
            spent = max(0.0, rest) if part == "other" else of[f"{part} CPU ms"][side]
            rest -= spent
            wide = spent / whole * (WIDTH - left - RIGHT)
            parts.append(f'<rect class="{part}" x="{x:.1f}" y="{y}" width="{wide:.1f}" height="24"/>')
            x += wide
        parts.append(f'<text class="small" x="{x + 6:.1f}" y="{y + 16}">{of["CPU ms"][side]:.1f} ms</text>')
    for number, part in enumerate(PARTS):
        x, name = left + 130 * number, {"postgres": "PostgreSQL"}.get(part, part)
        parts += [f'<rect class="{part}" x="{x}" y="88" width="12" height="12"/>',
                  f'<text class="small" x="{x + 18}" y="98">{name}</text>']  # fmt: skip
    return "\n".join([*parts, "</svg>", ""])


def _bar(label: str, row: dict[str, Any], y: int) -> list[str]:
    ours = score(row)
    first, last = sorted((_x(1), _x(ours)))
    kind = "met" if row["met"] else "missed"
    ends = [_x(score(row, value)) for value in row.get("ratio", row["product"])]
    middle = y + 3 + (LINE - 9) / 2
    return [
        f'<text x="{LEFT - 12}" y="{y + 13}" text-anchor="end">{escape(label)}</text>',
        f'<rect class="{kind}" x="{first:.1f}" y="{y + 3}" width="{max(2.0, last - first):.1f}" height="{LINE - 9}"/>',
        f'<line class="range" x1="{min(ends):.1f}" x2="{max(ends):.1f}" y1="{middle}" y2="{middle}"/>',
        f'<text class="small" x="{WIDTH - 6}" y="{y + 13}" text-anchor="end">{_times(ours)}</text>',
    ]


def _times(ours: float) -> str:
    return f"over {SPAN:.0f}x" if ours >= SPAN else f"{ours:.2g}x" if ours < 10 else f"{ours:.0f}x"


def _x(times: float) -> float:
    middle, half = (LEFT + WIDTH - RIGHT) / 2, (WIDTH - RIGHT - LEFT) / 2
    place = math.log(min(SPAN, max(1 / SPAN, times))) / math.log(SPAN)
    return middle + half * place
