"""`python -m tests.chaos [quick|full|ci] [F1 F7 …]`: plays the faults of a profile and tells what was found."""

import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from tests.chaos.catalogue import FAULTS, Fault
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.oracle import Findings
from tests.chaos.report import Result, heading, line, show, write_figures

PROFILES = {"quick": 15, "full": 78, "ci": 3}  # minutes after which no further fault is begun


def main(words: list[str]) -> int:
    """Play, print, and write the figures of a whole run into the docs; the exit code."""
    profile = words.pop(0) if words and words[0] in PROFILES else "quick"
    unknown = set(words) - {fault.code for fault in FAULTS}
    if unknown:
        print(f"There is no {', '.join(sorted(unknown))}; choose from {', '.join(fault.code for fault in FAULTS)}.")
        return 2
    wanted = [fault for fault in FAULTS if fault.size(profile) and (not words or fault.code in words)]
    began = time.monotonic()
    results: list[Result] = []
    print(heading(), flush=True)
    with cluster() as made, ThreadPoolExecutor(1) as beside:
        waiting = [beside.submit(play, made, fault, profile) for fault in wanted if fault.beside]
        for fault in [fault for fault in wanted if not fault.beside]:
            minutes = (time.monotonic() - began) / 60
            late = minutes > PROFILES[profile]
            results.append(_too_late(fault, minutes) if late else play(made, fault, profile))
            print(line(results[-1]), flush=True)
        for played in waiting:
            results.append(played.result())
            print(line(results[-1]), flush=True)
    results.sort(key=lambda result: int(result.code[1:]))
    show(results, time.monotonic() - began)
    if not words and profile != "ci":
        write_figures(results, profile, time.monotonic() - began)
    return 0 if all(result.good for result in results) else 1


def play(made: Cluster, fault: Fault, profile: str) -> Result:
    """One fault; what breaks the harness itself is a row too, and a red one."""
    kills, messages = fault.size(profile) or (0, 0)
    began = time.monotonic()
    try:
        found = fault.play(made, kills, messages)
    except Exception as broken:
        traceback.print_exc()
        found = Findings(faults=[f"the harness failed: {broken!r}"[:300]])
    if fault.beside:
        return Result(fault.code, fault.title, found, time.monotonic() - began)
    found.notes += [f"logged {count} times: {what}" for what, count in made.complaints().most_common(4)]
    return Result(fault.code, fault.title, found, time.monotonic() - began)


def _too_late(fault: Fault, minutes: float) -> Result:
    return Result(fault.code, fault.title, Findings(faults=[f"not begun after {minutes:.0f} minutes"]), 0.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
