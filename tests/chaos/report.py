"""The table of a run, on the screen and in `docs/reliability.md`."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.chaos.oracle import Findings
from tests.live import ROOT

DOCS = ROOT / "docs" / "reliability.md"
BEGIN, END = "[//]: # (figures begin)", "[//]: # (figures end)"
_WIDTHS = (4, 44, 6, 9, 5, 8, 10, 8, 8, 7)
_HEADS = ("", "fault", "kills", "messages", "lost", "doubled", "reordered", "repeats", "worst s", "verdict")


@dataclass(frozen=True)
class Result:
    """One fault as it went."""

    code: str
    title: str
    found: Findings
    seconds: float

    @property
    def good(self) -> bool:
        """Whether it held; what was skipped for a reason does not fail a run."""
        return self.found.held

    @property
    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        one = self.found
        verdict = "skipped" if one.skipped else "held" if one.held else "FAILED"
        numbers = (one.kills, one.messages, one.lost, one.doubled, one.reordered, one.repeats)
        return self.code, self.title, *map(str, numbers), f"{one.worst:.1f}", verdict


def _laid_out(cells: tuple[str, ...]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def heading() -> str:
    """The first line."""
    return _laid_out(_HEADS)


def line(result: Result) -> str:
    """One row, with what was wrong or worth knowing below it."""
    one = result.found
    more = [f"      ! {fault}" for fault in dict.fromkeys(one.faults)]
    more += [f"      {note}" for note in [one.skipped, *one.notes] if note]
    return "\n".join([_laid_out(result.cells) + f"  ({result.seconds:.0f} s)", *more])


def show(results: list[Result], seconds: float) -> None:
    """The whole table once more, and the sums."""
    print("\n" + heading())
    for result in results:
        print(_laid_out(result.cells))
    print(f"\n{_sums(results)} In {seconds / 60:.1f} minutes on {os.cpu_count()} cores.")


def _sums(results: list[Result]) -> str:
    played = [result.found for result in results if not result.found.skipped]
    messages, kills = sum(one.messages for one in played), sum(one.kills for one in played)
    bad = [sum(getattr(one, name) for one in played) for name in ("lost", "doubled", "reordered")]
    bound = f" At 95 %, that is less than {3 / messages:.1e} lost per message." if messages and not bad[0] else ""
    failed = [result.code for result in results if not result.good]
    verdict = f" FAILED: {', '.join(failed)}." if failed else ""
    return (
        f"{messages:,} messages, {kills:,} kills: {bad[0]} lost, {bad[1]} doubled, {bad[2]} reordered.{bound}{verdict}"
    )


def write_figures(results: list[Result], profile: str, seconds: float) -> None:
    """Replace what stands between the two marks."""
    command = "make chaos" if profile == "quick" else f"make chaos PROFILE={profile}"
    today = datetime.now(UTC).date().isoformat()
    rows = [f"| {' | '.join(result.cells)} |" for result in results]
    heads = "| | fault | kills | messages | lost | doubled | reordered | repeats | worst s | verdict |"
    said = f"`{command}`, {today}, {os.cpu_count()} cores, {seconds / 60:.0f} minutes:"
    text = [BEGIN, "", said, "", heads, f"|{' --- |' * len(_HEADS)}", *rows, "", _sums(results), "", END]
    page = DOCS.read_text()
    before, rest = page.split(BEGIN, 1)
    DOCS.write_text(before + "\n".join(text) + rest.split(END, 1)[1])
