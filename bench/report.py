"""The measured goals as a table and plots in docs/performance.md; the last figures of each stay in results.json."""

import datetime
import json
import os
import platform
import textwrap
from pathlib import Path
from typing import Any

from bench import plots
from bench.harness import Goal, show, spread

HERE = Path(__file__).resolve().parent
RESULTS, PAGE = HERE / "results.json", HERE.parent / "docs" / "performance.md"
BEGIN, END = "[//]: # (figures begin)", "[//]: # (figures end)"
HEAD = ("goal", "figure", "floor", "product", "ratio", "required", "verdict")
Row = dict[str, Any]


def cells(name: str, row: Row) -> list[str]:
    """One line of the table."""
    state = {True: "met", False: "**missed**", None: ""}[row["met"]]
    floor = spread(row["floor"]) if "floor" in row else ""
    shown = f"{show(row['value'])}x" if "ratio" in row else ""
    if "ratio" in row and len(row["ratio"]) > 1:
        shown += f" ({show(min(row['ratio']))}-{show(max(row['ratio']))})"
    label = row["label"] if row.get("over", "floor") == "floor" else f"{row['label']}, beside {row['over']}"
    return [name, label, floor, spread(row["product"]), shown, row["limit"], state]


def table(name: str, rows: list[Row]) -> str:
    """Markdown, aligned for a terminal."""
    lines = [HEAD, *(cells(name, row) for row in rows)]
    widths = [max(3, *(len(line[place]) for line in lines)) for place in range(len(HEAD))]
    written = [[text.ljust(width) for text, width in zip(line, widths, strict=True)] for line in lines]
    written.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(line) + " |" for line in written)


def keep(goal: Goal, rounds: int, rows: list[Row]) -> None:
    """Store the figures of a goal, then write the page anew."""
    found = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    found[goal.name] = {"measures": goal.measures, "floor": goal.floor, "date": today, "rounds": rounds,
                        "load": round(os.getloadavg()[1], 1), "machine": machine(), "rows": rows}  # fmt: skip
    found = dict(sorted(found.items()))
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    write(found)


def machine() -> str:
    """Processors and the interpreter; nothing that names a machine."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}"


def write(found: dict[str, Any], page: Path = PAGE) -> None:
    """Put the figures between the marks of the page, and draw the plots."""
    text = page.read_text()
    assert text.count(BEGIN) == text.count(END) == 1, f"{page.name} must have both marks once."
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{figures(found)}\n\n{END}{after}")
    plots.draw(found, page.parent / "images")


def figures(found: dict[str, Any]) -> str:
    """The part of the page that is made: an overview, then each goal with its table."""
    judged = [row for one in found.values() for row in one["rows"] if row["met"] is not None]
    met = sum(row["met"] for row in judged)
    parts = [f"{met} of {len(judged)} figures meet their goal. Thin lines go from the worst round to the best."]
    parts += [f"![{plots.OVERVIEW_TEXT}](images/{plots.OVERVIEW})"]
    for name, one in found.items():
        first = one["measures"][0].upper() + one["measures"][1:]
        parts += [f"### {name}", wrapped(f"{first}."), wrapped(f"Floor: {one['floor']}.")]
        parts += [_table(one["rows"])]
        if name == "throughput" and plots.has_shares(found):
            parts += [f"![{plots.SHARES_TEXT}](images/{plots.SHARES})"]
        parts += [f"Measured {one['date']} in {one['rounds']} rounds, {one['machine']}, load average {one['load']}."]
    return "\n\n".join(parts)


def wrapped(text: str) -> str:
    """Prose in lines of the length that the docs keep to."""
    return "\n".join(textwrap.wrap(text, 140, break_on_hyphens=False))


def _table(rows: list[Row]) -> str:
    """Without the column of the goal's name, which the heading says."""
    lines = [HEAD[1:], ("---",) * (len(HEAD) - 1), *(cells("", row)[1:] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
